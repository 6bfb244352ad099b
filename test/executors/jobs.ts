/** The functions that tests run in other threads and processes. */
import { isMainThread, threadId } from "node:worker_threads";
import * as asyncio from "uvio";
import { transfer } from "uvio/concurrent";

export function double(x: number): number {
  return x * 2;
}

export function add(a: number, b: number): number {
  return a + b;
}

export async function later(x: number): Promise<number> {
  await new Promise((resolve) => setImmediate(resolve));
  return x;
}

export async function insideALoop(x: number): Promise<number> {
  return await asyncio.run(async () => await asyncio.sleep(0.001, x));
}

export function coroutineOf(x: number): unknown {
  return asyncio.sleep(0, x);
}

export function where(): { main: boolean; thread: number; pid: number } {
  return { main: isMainThread, thread: threadId, pid: process.pid };
}

class Refused extends asyncio.ValueError {
  readonly code = "E_REFUSED";
  readonly details = { limit: 3 };
  readonly callback = (): void => {};
}

export function fail(kind: string): never {
  switch (kind) {
    case "custom":
      throw new Refused("three at most", { cause: new RangeError("4 > 3") });
    case "system":
      process.chdir("/nowhere/at/all");
      break;
    case "group":
      throw new asyncio.ExceptionGroup("both", [new TypeError("one"), new asyncio.ValueError("two")]);
    case "string":
      throw "just text";
    case "unreadable":
      throw Object.defineProperty(new Error("never seen"), "code", {
        enumerable: true,
        get: () => {
          throw new Error("in the getter");
        },
      });
    case "polluted":
      throw Object.defineProperty(new RangeError("polite"), "__proto__", { enumerable: true, value: { polluted: "yes" } });
    case "dom":
      throw new DOMException("gone", "AbortError");
  }
  throw new asyncio.ValueError(kind);
}

/** Says that it has begun, then blocks the thread until the gate is opened. */
export function waitAtGate(gate: SharedArrayBuffer, result = 0): number {
  const cells = new Int32Array(gate);
  Atomics.add(cells, 0, 1);
  Atomics.notify(cells, 0);
  Atomics.wait(cells, 1, 0);
  return result;
}

/** Blocks until it is its turn, then makes it the next one's. */
export function inTurn(turns: SharedArrayBuffer, turn: number, result: string): string {
  const cells = new Int32Array(turns);
  for (let now = Atomics.load(cells, 0); now !== turn; now = Atomics.load(cells, 0)) Atomics.wait(cells, 0, now);
  return result;
}

export function block(): never {
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

export function exit(code: number): never {
  process.exit(code);
}

export function killItself(): Promise<never> {
  process.kill(process.pid, "SIGKILL");
  return new Promise(() => {});
}

export function failUncaught(): Promise<never> {
  setImmediate(() => {
    throw new Error("nobody catches this");
  });
  return new Promise(() => {});
}

export function fillMemory(): never {
  const hoard: unknown[] = [];
  for (;;) hoard.push(new Array(1e5).fill({}));
}

export function returnFunction(): unknown {
  return { deep: [() => 1] };
}

export function kindOf(value: unknown): string {
  return Buffer.isBuffer(value) ? `Buffer ${value.toString()}` : Object.prototype.toString.call(value);
}

/** Sends a message to the parent, as a library that reports progress does. */
export function sendMessages(): string {
  process.send?.("a message");
  process.send?.(null as never);
  return "done";
}

export function bufferOf(text: string): Buffer {
  return Buffer.from(text);
}

/** A view that has arrived: the kind of a view, its bytes, and the number of bytes of its memory. */
export type Arrived = readonly [kind: string, text: string, memory: number];
export function arrivedAs(view: ArrayBufferView): Arrived {
  const { buffer, byteOffset, byteLength } = view;
  return [view.constructor.name, Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString(), buffer.byteLength];
}

let first: Arrived | null = null;
export function prepareArrived(view: ArrayBufferView): void {
  first = arrivedAs(view);
}
export function preparedArrived(): Arrived | null {
  return first;
}

export const bytesInContext = new asyncio.ContextVar<Uint8Array>("test bytes");
export function arrivedInContext(): Arrived {
  return arrivedAs(bytesInContext.get());
}

export function throwWithBytes(text: string): never {
  throw Object.assign(new Error("with bytes"), { bytes: Buffer.from(text) });
}

/** Gives the memory away, and says afterwards whether it is gone. */
let given: Uint8Array | null = null;
export function giveAway(length: number): Uint8Array {
  given = new Uint8Array(length).fill(7);
  return transfer(given);
}
export function lengthOfGiven(): number {
  return given!.length;
}

/** A view of memory that is not there any more. */
export function returnDetached(): Uint8Array {
  const view = new Uint8Array(8);
  structuredClone(view.buffer, { transfer: [view.buffer] });
  return view;
}

export function same(bytes: Uint8Array): Uint8Array {
  return bytes;
}

/** A part of memory that says that it is all of it. */
export function returnLying(): Uint8Array {
  const view = new Uint8Array(new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]).buffer, 0, 4);
  return Object.defineProperties(view, { byteLength: { value: 8 }, length: { value: 8 } });
}

/** A view without its memory that says that it has bytes. */
export function returnLyingDetached(): Uint8Array {
  return Object.defineProperty(returnDetached(), "byteLength", { value: 8 });
}

let kind = "nothing";
export function prepareKind(value: unknown): void {
  kind = kindOf(value);
}
export function preparedKind(): string {
  return kind;
}

export const requestId = new asyncio.ContextVar<string>("test request id", { default: "none" });
export const connection = new asyncio.ContextVar<object | null>("test connection", { default: null });

export async function readContext(): Promise<[string, string, boolean]> {
  const before = requestId.get();
  await new Promise((resolve) => setImmediate(resolve));
  const after = requestId.get();
  requestId.set("left behind");
  return [before, after, connection.get() === null];
}

let prepared = "nothing";
export function prepare(what: string): void {
  if (what === "broken") throw new asyncio.ValueError("cannot prepare");
  prepared = what;
  requestId.set(`of ${what}`);
}
export function whatIsPrepared(): string {
  return `${prepared}, ${requestId.get()}`;
}

asyncio.exported(import.meta, {
  double,
  add,
  later,
  insideALoop,
  coroutineOf,
  where,
  fail,
  waitAtGate,
  inTurn,
  block,
  exit,
  killItself,
  failUncaught,
  fillMemory,
  returnFunction,
  kindOf,
  sendMessages,
  bufferOf,
  arrivedAs,
  prepareArrived,
  preparedArrived,
  arrivedInContext,
  throwWithBytes,
  giveAway,
  lengthOfGiven,
  returnDetached,
  returnLyingDetached,
  returnLying,
  same,
  prepareKind,
  preparedKind,
  readContext,
  prepare,
  whatIsPrepared,
});
