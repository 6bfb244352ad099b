/** A job on both sides of the boundary: what is sent to a worker, and what the worker does with it. */
import { threadContext } from "../core/contextvars.js";
import { LookupError } from "../core/errors.js";
import { isAwaitable } from "../tasks/awaitable.js";
import { isGenerator } from "../tasks/coroutine.js";
import { describe } from "../util/format.js";
import { bindingsOf, valuesOf, type ContextValues } from "./context-values.js";
import { encodeThrown, type EncodedThrow } from "./error-codec.js";
import { locateFunction, type Target, type Work } from "./exported.js";
import { checkTransferables, Transferred, type Transferables } from "./transfer.js";

/** Values as they are sent. */
interface Values {
  readonly args: readonly unknown[];
  /** Which of them are Buffers: structured clone makes Uint8Arrays of them. */
  readonly buffers?: readonly number[];
}

/** A call as it is sent. */
export interface Call extends Values {
  readonly target: Target;
  readonly context?: ContextValues;
  /** The arguments of many calls, which has none of its own then; the result is all of their results. */
  readonly many?: readonly Values[];
}

/** How a call ended, as it is sent back. */
export type Outcome =
  | { readonly ok: true; readonly value: unknown; readonly isBuffer?: true; /** Those of many calls. */ readonly many?: Values }
  | { readonly ok: false; readonly thrown: EncodedThrow; /** The worker itself cannot be used. */ readonly broken?: true };

/** A call, and what is given away with it. */
export interface Packed {
  readonly call: Call;
  readonly transferList: Transferables;
}

/** What to run in a worker before its first job. */
export type Initializer = Pick<Call, "target" | keyof Values>;

const NOTHING: Transferables = [];

/** Checks the function and prepares what is to be sent; nothing has been copied yet. */
export function packCall(fn: unknown, args: readonly unknown[], caller: string): Packed {
  const { target, context } = locateFunction(fn, caller);
  const { values, transferList } = packValues(args);
  const call: Call = { target, ...values, ...(context === null ? {} : { context: valuesOf(context) }) };
  return { call, transferList };
}

/** As packCall, of many calls that are one job. */
export function packCalls(fn: unknown, calls: readonly (readonly unknown[])[], caller: string): Packed {
  const { call } = packCall(fn, [], caller);
  const packed = calls.map(packValues);
  return {
    call: { ...call, many: packed.map(({ values }) => values) },
    transferList: packed.flatMap(({ transferList }) => transferList),
  };
}

function packValues(args: readonly unknown[]): { values: Values; transferList: Transferables } {
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
  return { values: buffers === undefined ? { args: plain } : { args: plain, buffers }, transferList };
}

/** The error of a call that cannot be sent. */
export function unsendableArgument({ target }: Call, cause: unknown): TypeError {
  return new TypeError(`an argument of ${target.name} cannot be sent: ${messageOf(cause)}; give it plain data`, { cause });
}

/** The value of a good outcome. */
export function unpackValue(outcome: Outcome & { ok: true }): unknown {
  if (outcome.many !== undefined) return restoreBuffers(outcome.many);
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
  if (fn === undefined || call.many !== undefined) return prepareAndRun(call, initializer);
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
    if (call.many === undefined) return await runJob(call, null);
    enterContext(call);
    const results: unknown[] = [];
    for (const one of call.many) results.push(await resultOf(fn(...(restoreBuffers(one) as never[])), call.target));
    const { values, transferList } = packValues(results);
    checkTransferables(transferList);
    return { outcome: { ok: true, value: null, many: values }, transferList };
  } catch (error) {
    return { outcome: failed(error), transferList: NOTHING };
  }
}

/** One job at a time: the thread's own context is the job's, also after its awaits. */
function enterContext({ context }: Call): void {
  threadContext.replace(context === undefined ? base : bindingsOf(context, base));
}

async function initialize(initializer: Initializer): Promise<Outcome | null> {
  const { target } = initializer;
  try {
    await resultOf((await loadFunction(target))(...(restoreBuffers(initializer) as never[])), target);
    base = threadContext.bindings;
    return null;
  } catch (error) {
    return { ...failed(error), broken: true };
  }
}

export function failed(error: unknown): Outcome & { ok: false } {
  try {
    return { ok: false, thrown: encodeThrown(error) };
  } catch {
    // A getter of it throws, its name is a symbol ...: there is nothing that could be told of it.
    return { ok: false, thrown: encodeThrown(new Error("what was thrown cannot be read, and so not be sent")) };
  }
}

/** What a job returned, on its way. */
export function packValue(result: unknown): Ended {
  if (result instanceof Transferred) checkTransferables(result.list);
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
  // An empty view may be one of memory that was given away.
  if (typeof value === "object") return value === null || (ArrayBuffer.isView(value) && value.byteLength > 0);
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

export function restoreBuffers({ args, buffers }: Values): readonly unknown[] {
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
