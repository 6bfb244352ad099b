/** The functions that the tests of remote loops run on the loops of other threads. */
import type { MessagePort } from "node:worker_threads";
import { threadId } from "node:worker_threads";
import * as asyncio from "uvio";

const arrived: string[] = [];
let waiting: asyncio.Future<void> | null = null;

/** Notes an item in the loop's thread. Returns the number of items. */
export function arrive(item: string): number {
  if (asyncio.currentTask() !== null) throw new Error("a plain callback has no task");
  return arrived.push(item);
}

export function takeArrived(): string[] {
  return arrived.splice(0);
}

/** In another thread: calls back into the loop. */
export async function callBack(port: MessagePort, items: readonly string[]): Promise<number[]> {
  const remote = new asyncio.RemoteLoop(port);
  const counts = await Promise.all(items.map((item) => remote.callSoon(arrive, item)));
  remote.disconnect();
  return counts;
}

export async function nap(seconds: number): Promise<[name: string, thread: number]> {
  await asyncio.sleep(seconds);
  return [asyncio.currentTask()!.getName().replace(/\d+/, "N"), threadId];
}

export const napCoroutine = asyncio.coroutine(function* napCoroutine(result: string) {
  yield* asyncio.sleep(0.001);
  return result;
});

/** Waits until it is cancelled, and notes it. */
export async function forever(): Promise<void> {
  waiting = asyncio.getRunningLoop().createFuture<void>();
  try {
    arrived.push("waiting");
    await waiting;
  } catch (error) {
    arrived.push(asyncio.isCancelled(error) ? "cancelled" : "failed");
    throw error;
  }
}

export function isWaiting(): boolean {
  return waiting !== null;
}

export function forgetWaiting(): void {
  waiting = null;
}

/** Blocks the loop's thread until it is killed. */
export function hang(): never {
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** Runs processes, several at once; what they have printed. */
export async function spawn(count: number, text: string): Promise<string[]> {
  const runs = Array.from(
    { length: count },
    (_, i) => () => asyncio.runProcess("sh", "-c", `cat; exit ${i % 3}`, { input: `${text} ${i}` }),
  );
  return (await asyncio.gather(...runs)).map(({ returncode, stdout }) => `${stdout} ${returncode}`);
}

export function loopKind(): string {
  return asyncio.getRunningLoop().constructor.name;
}

export function refuse(): never {
  throw new asyncio.ValueError("not this one");
}

export function unsendable(): unknown {
  return () => 1;
}

export function exit(code: number): never {
  process.exit(code);
}

export function crash(): void {
  setImmediate(() => {
    throw new Error("the thread dies of this");
  });
}

/** An echo that says which thread it is. */
async function echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter): Promise<void> {
  for await (const line of reader) {
    writer.write(`${threadId} ${line.toString()}`);
    await writer.drain();
  }
  writer.close();
}

export async function startEcho(port: number): Promise<Awaited<ReturnType<typeof asyncio.startServer>>> {
  return await asyncio.startServer(echo, "127.0.0.1", port, { reusePort: true });
}

export const startEchoCoroutine = asyncio.coroutine(function* startEcho(port: number) {
  return yield* asyncio.startServer(echo, "127.0.0.1", port, { reusePort: true });
});

export async function startNothing(): Promise<never> {
  return await Promise.resolve(5 as never);
}

export async function startOnlyOnce(port: number): Promise<Awaited<ReturnType<typeof asyncio.startServer>>> {
  return await asyncio.startServer(echo, "127.0.0.1", port);
}

asyncio.exported(import.meta, {
  arrive,
  takeArrived,
  callBack,
  nap,
  napCoroutine,
  forever,
  isWaiting,
  hang,
  spawn,
  loopKind,
  refuse,
  unsendable,
  exit,
  crash,
  startEcho,
  startEchoCoroutine,
  startNothing,
  startOnlyOnce,
});
