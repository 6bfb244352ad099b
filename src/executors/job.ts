/** Jobs on both sides of the boundary: packing in the caller, running in the worker. */
import { threadContext } from "../core/contextvars.js";
import { LookupError, RuntimeError } from "../core/errors.js";
import { isAwaitable } from "../tasks/awaitable.js";
import { isGenerator } from "../core/generators.js";
import { arrayKind, isBytes, lengthOf } from "../util/bytes.js";
import { describe } from "../util/format.js";
import { bindingsOf, valuesOf, type ContextValues } from "./context-values.js";
import { encodeThrown, type EncodedThrow } from "./error-codec.js";
import { knownFunction, locateFunction, rememberFunction, type Target, type Work } from "./exported.js";
import { checkTransferables, sendable, Transferred, type Transferables } from "./transfer.js";

/** Values in the form in which they are sent. */
interface Values {
  readonly args: readonly unknown[];
  /** Indexes of Buffers in `args`: structured clone turns them into Uint8Arrays. */
  readonly buffers?: readonly number[];
}

/** A call in the form in which it is sent. */
export interface Call extends Values {
  readonly target: Target;
  readonly context?: ContextValues;
  /** The arguments of several calls, in place of `args`. The result is then the list of their results. */
  readonly many?: readonly Values[];
}

/** The outcome of a call in the form in which it is sent back. */
export type Outcome =
  | { readonly ok: true; readonly value: unknown; readonly isBuffer?: true; /** Results of several calls. */ readonly many?: Values }
  | { readonly ok: false; readonly thrown: EncodedThrow; /** The worker is unusable. */ readonly broken?: true };

/** A call, and the objects that are transferred with it. */
export interface Packed {
  readonly call: Call;
  readonly transferList: Transferables;
}

/** The function that a worker runs before its first job. */
export type Initializer = Pick<Call, "target" | keyof Values>;

const NOTHING: Transferables = [];

/** Checks the function and prepares the call for sending. Of the arguments only views of shared memory are copied yet. */
export function packCall(fn: unknown, args: readonly unknown[], caller: string): Packed {
  const { target, context } = locateFunction(fn, caller);
  if (importing !== null) throw new RuntimeError(`${caller}: ${howItRecurs(importing)}`);
  const { values, transferList } = packValues(args);
  const call: Call = { target, ...values, ...(context === null ? {} : { context: valuesOf(context) }) };
  return { call, transferList };
}

function howItRecurs({ module, name }: Target): string {
  return (
    `this worker is importing ${module} for its function ${name}, and the top level of that module submits a job: each worker would start ` +
    "another; move the functions for workers to a module of their own, or run the program only if isMainThread of node:worker_threads is true"
  );
}

/** Like packCall, for several calls that form one job. */
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
    if (isBytes(arg) && Buffer.isBuffer(arg)) (buffers ??= []).push(i);
    const sent = sendable(arg);
    if (sent === arg) return;
    if (plain === args) plain = [...args];
    (plain as unknown[])[i] = sent;
  });
  return { values: buffers === undefined ? { args: plain } : { args: plain, buffers }, transferList };
}

/** The error of a call with an argument that cannot be sent. */
export function unsendableArgument({ target }: Call, cause: unknown): TypeError {
  return new TypeError(`an argument of ${target.name} cannot be sent: ${messageOf(cause)}; use plain data`, { cause });
}

/** The value of a successful outcome. */
export function unpackValue(outcome: Outcome & { ok: true }): unknown {
  if (outcome.many !== undefined) return restoreBuffers(outcome.many);
  return outcome.isBuffer === true ? asBuffer(outcome.value) : outcome.value;
}

// ------------------------------------------------------------------------------------------------ in the worker

/** The context's variables after the initializer; each job starts with them. */
let base = threadContext.bindings;
const INITIALIZED = Promise.resolve(null);

/** Null before the initializer has started; then resolves to its failure, or to null. */
let initialized: Promise<Outcome | null> | null = null;

/** The function whose module this worker is importing for a job; then the worker must not submit jobs. */
let importing: Target | null = null;

async function loadForJob(target: Target): Promise<Work> {
  importing = target;
  try {
    return await loadFunction(target);
  } finally {
    importing = null;
  }
}

/** The outcome of a call, and the objects that are transferred with it. */
export interface Ended {
  readonly outcome: Outcome;
  readonly transferList: Transferables;
}

/**
 * Runs a call in a worker, one at a time, after running `initializer` once. Never throws. Returns a promise only if something had to be
 * awaited: most jobs are synchronous functions that are already loaded.
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
    const fn = await loadForJob(call.target);
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

/** Sets the context of the job. A worker runs one job at a time, so the thread's own context serves, also after its awaits. */
function enterContext({ context }: Call): void {
  threadContext.replace(context === undefined ? base : bindingsOf(context, base));
}

async function initialize(initializer: Initializer): Promise<Outcome | null> {
  const { target } = initializer;
  try {
    await resultOf((await loadForJob(target))(...(restoreBuffers(initializer) as never[])), target);
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
    // For example a getter throws, or the name is a symbol.
    return { ok: false, thrown: encodeThrown(new Error("the thrown value cannot be read and therefore cannot be sent")) };
  }
}

/** Packs the result of a job for sending. */
export function packValue(result: unknown): Ended {
  if (result instanceof Transferred) checkTransferables(result.list);
  const [value, transferList] = result instanceof Transferred ? [result.value, result.list] : [result, NOTHING];
  const isBuffer = Buffer.isBuffer(value) && isBytes(value);
  const sent = sendable(value);
  return { outcome: isBuffer ? { ok: true, value: sent, isBuffer } : { ok: true, value: sent }, transferList };
}

/** The outcome of a job with a result that cannot be sent. */
export function unsendableResult(target: Target, cause: unknown): Outcome {
  return failed(new TypeError(`the result of ${target.name} cannot be sent: ${messageOf(cause)}; return plain data`, { cause }));
}

/**
 * Returns the reason why the value cannot be sent; null if it can. Primitives and short arrays of them can always be sent. Other values are
 * cloned to find out, because a piscina worker dies if its result cannot be cloned.
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
  // The memory of an empty view may have been transferred, so that it cannot be sent.
  if (typeof value === "object") return value === null || (arrayKind(value) !== undefined && lengthOf(value as Uint8Array) > 0);
  return typeof value !== "function" && typeof value !== "symbol";
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Loads a function: one that exported() has declared in this thread, also while the top level of its module still runs; otherwise by
 * importing its module. LookupError if the import fails or the module does not export the function.
 */
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
      `the module ${module} has no exported function ${name}, got ${describe(fn)}; export it under the name that exported() got`,
    );
  }
  rememberFunction({ module, name }, fn as Work);
  return fn as Work;
}

function wayOut(cause: unknown): string {
  if ((cause as NodeJS.ErrnoException | null)?.code !== "ERR_UNKNOWN_FILE_EXTENSION") return "";
  return "; Node runs TypeScript from 22.18 on. Compile the module, and pass the URL of the JavaScript file to exported()";
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

/** Rejects coroutines as results: a worker does not have a loop to run them. */
function resultOf(result: unknown, target: Target): unknown {
  if (!isAwaitable(result) && !isGenerator(result)) return result;
  throw new TypeError(`${target.name} returned ${describe(result)}, but a worker does not have a loop; return asyncio.run(...)`);
}
