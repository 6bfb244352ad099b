/** A job on both sides of the boundary: what is sent to a worker, and what the worker does with it. */
import { threadContext } from "../core/contextvars.js";
import { LookupError } from "../core/errors.js";
import { isAwaitable } from "../tasks/awaitable.js";
import { isGenerator } from "../tasks/coroutine.js";
import { describe } from "../util/format.js";
import { bindingsOf, valuesOf, type ContextValues } from "./context-values.js";
import { encodeThrown, type EncodedThrow } from "./error-codec.js";
import { locateFunction, type Target, type Work } from "./exported.js";
import { Transferred, type Transferables } from "./transfer.js";

/** A call as it is sent. */
export interface Call {
  readonly target: Target;
  readonly args: readonly unknown[];
  /** Which of the arguments are Buffers: structured clone makes Uint8Arrays of them. */
  readonly buffers?: readonly number[];
  readonly context?: ContextValues;
  /** The arguments are those of many calls; the result is all of their results. */
  readonly many?: true;
}

/** How a call ended, as it is sent back. */
export type Outcome =
  | { readonly ok: true; readonly value: unknown; readonly isBuffer?: true }
  | { readonly ok: false; readonly thrown: EncodedThrow; /** The worker itself cannot be used. */ readonly broken?: true };

/** A call, and what is given away with it. */
export interface Packed {
  readonly call: Call;
  readonly transferList: Transferables;
}

/** What to run in a worker before its first job. */
export type Initializer = Pick<Call, "target" | "args">;

const NOTHING: Transferables = [];

/** Checks the function and prepares what is to be sent; nothing has been copied yet. */
export function packCall(fn: unknown, args: readonly unknown[], caller: string): Packed {
  const { target, context } = locateFunction(fn, caller);
  let transferList = NOTHING;
  let buffers: number[] | undefined;
  let plain = args;
  args.forEach((arg, i) => {
    if (arg instanceof Transferred) {
      if (plain === args) plain = [...args];
      transferList = [...transferList, ...arg.list];
      arg = (plain as unknown[])[i] = arg.value;
    }
    if (Buffer.isBuffer(arg)) (buffers ??= []).push(i);
  });
  const call: Call = {
    target,
    args: plain,
    ...(buffers === undefined ? {} : { buffers }),
    ...(context === null ? {} : { context: valuesOf(context) }),
  };
  return { call, transferList };
}

/** The error of a call that cannot be sent. */
export function unsendableArgument({ target }: Call, cause: unknown): TypeError {
  return new TypeError(`an argument of ${target.name} cannot be sent: ${messageOf(cause)}; give it plain data`, { cause });
}

/** The value of a good outcome. */
export function unpackValue(outcome: Outcome & { ok: true }): unknown {
  return outcome.isBuffer === true ? asBuffer(outcome.value) : outcome.value;
}

// ------------------------------------------------------------------------------------------------ in the worker

/** The context's variables as the initializer has left them; each job begins with these. */
let base = threadContext.bindings;
const INITIALIZED = Promise.resolve(null);

/** Whether the initializer has run; and how it failed, if it did. */
let initialized: Promise<Outcome | null> | null = null;

/** How a call ended, and what is given away with it. */
export interface Ended {
  readonly outcome: Outcome;
  readonly transferList: Transferables;
}

/**
 * Runs the call in a worker that has nothing else to do; never throws. `initializer` comes first, once. Not a promise where nothing had to be
 * waited for: most jobs are functions that are known already, and return at once.
 */
export function runJob(call: Call, initializer: Initializer | null): Ended | Promise<Ended> {
  const fn = initializer === null || initialized === INITIALIZED ? knownFunction(call.target) : undefined;
  if (fn === undefined || call.many === true) return prepareAndRun(call, initializer);
  try {
    enterContext(call);
    const result: unknown = fn(...(restoreBuffers(call) as never[]));
    if (isThenable(result)) return whenReturned(result, call.target);
    return packValue(resultOf(result, call.target));
  } catch (error) {
    return { outcome: failed(error), transferList: NOTHING };
  }
}

async function whenReturned(result: PromiseLike<unknown>, target: Target): Promise<Ended> {
  try {
    return packValue(await resultOf(result, target));
  } catch (error) {
    return { outcome: failed(error), transferList: NOTHING };
  }
}

async function prepareAndRun(call: Call, initializer: Initializer | null): Promise<Ended> {
  if (initializer !== null) {
    const failure = await (initialized ??= initialize(initializer));
    if (failure !== null) return { outcome: failure, transferList: NOTHING };
    initialized = INITIALIZED;
  }
  try {
    const fn = await loadFunction(call.target);
    if (call.many !== true) return await runJob(call, null);
    enterContext(call);
    const values: unknown[] = [];
    for (const args of call.args as unknown[][]) values.push(await resultOf(fn(...(args as never[])), call.target));
    return { outcome: { ok: true, value: values }, transferList: NOTHING };
  } catch (error) {
    return { outcome: failed(error), transferList: NOTHING };
  }
}

/** One job at a time: the thread's own context is the job's, also after its awaits. */
function enterContext({ context }: Call): void {
  threadContext.replace(context === undefined ? base : bindingsOf(context, base));
}

async function initialize({ target, args }: Initializer): Promise<Outcome | null> {
  try {
    await resultOf((await loadFunction(target))(...(args as never[])), target);
    base = threadContext.bindings;
    return null;
  } catch (error) {
    return { ...failed(error), broken: true };
  }
}

export function failed(error: unknown): Outcome & { ok: false } {
  return { ok: false, thrown: encodeThrown(error) };
}

/** What a job returned, on its way. */
export function packValue(result: unknown): Ended {
  const [value, transferList] = result instanceof Transferred ? [result.value, result.list] : [result, NOTHING];
  return { outcome: Buffer.isBuffer(value) ? { ok: true, value, isBuffer: true } : { ok: true, value }, transferList };
}

/** The failure of a job whose result cannot be sent. */
export function unsendableResult(target: Target, cause: unknown): Outcome {
  return failed(new TypeError(`what ${target.name} returned cannot be sent: ${messageOf(cause)}; return plain data`, { cause }));
}

/**
 * Why the value cannot be sent; null if it can. What is made of few primitives is known to be sendable; anything else is cloned to find
 * out, since a worker of piscina's dies of a result that cannot be.
 */
export function whyUnsendable(value: unknown): unknown {
  if (isSimple(value) || (Array.isArray(value) && value.length < 64 && value.every(isSimple))) return null;
  try {
    structuredClone(value);
    return null;
  } catch (error) {
    return error;
  }
}

function isSimple(value: unknown): boolean {
  if (typeof value === "object") return value === null || ArrayBuffer.isView(value);
  return typeof value !== "function" && typeof value !== "symbol";
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** By module and name. */
const functions = new Map<string, Map<string, Work>>();

function knownFunction({ module, name }: Target): Work | undefined {
  return functions.get(module)?.get(name);
}

/** The function itself, its module imported. LookupError if the module cannot be imported or has no such function. */
export function loadFunction(target: Target): Work | Promise<Work> {
  return knownFunction(target) ?? importFunction(target);
}

async function importFunction({ module, name }: Target): Promise<Work> {
  let namespace: Readonly<Record<string, unknown>>;
  try {
    namespace = (await import(module)) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw new LookupError(`the module ${module} of ${name} cannot be imported: ${messageOf(cause)}${wayOut(cause)}`, { cause });
  }
  const fn = namespace[name];
  if (typeof fn !== "function") {
    throw new LookupError(
      `the module ${module} has no exported function ${name}, got ${describe(fn)}; export it by the name given to exported()`,
    );
  }
  const known = functions.get(module);
  if (known === undefined) functions.set(module, new Map([[name, fn as Work]]));
  else known.set(name, fn as Work);
  return fn as Work;
}

function wayOut(cause: unknown): string {
  if ((cause as NodeJS.ErrnoException | null)?.code !== "ERR_UNKNOWN_FILE_EXTENSION") return "";
  return "; Node runs TypeScript as it is from 22.18 on: compile the module, and give exported() the URL of the JavaScript";
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as PromiseLike<unknown>).then === "function";
}

export function restoreBuffers({ args, buffers }: Call): readonly unknown[] {
  return buffers === undefined ? args : args.map((arg, i) => (buffers.includes(i) ? asBuffer(arg) : arg));
}

function asBuffer(value: unknown): Buffer {
  const { buffer, byteOffset, byteLength } = value as Uint8Array<ArrayBuffer>;
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** A worker has no loop: a coroutine would never run. */
function resultOf(result: unknown, target: Target): unknown {
  if (!isAwaitable(result) && !isGenerator(result)) return result;
  throw new TypeError(`${target.name} returned ${describe(result)}, and a worker has no loop to run it; return asyncio.run(...) of it`);
}
