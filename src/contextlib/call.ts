/** Calls somebody's functions, and tells them from each other. */
import type { Suspension } from "../core/contracts.js";
import { isAwaitable } from "../tasks/awaitable.js";
import { isCoroutineFunction, isGenerator, isGeneratorFunction } from "../tasks/coroutine.js";
import { awaitResult } from "../syntax/await-call.js";
import { currentScope, startInScope } from "../tasks/current-task.js";

const AsyncGeneratorFunction: unknown = Object.getPrototypeOf(async function* () {});

/** Calls `call`, which calls `fn` for its caller, and waits for the result as part of the task and scope that run now. */
export function* callAndWait(call: () => unknown, fn: object): Generator<Suspension, unknown, unknown> {
  // What an async function awaits belongs to whom it was started under.
  const result = isGeneratorFunction(fn) ? call() : startInScope(currentScope()!, call);
  return yield* awaitResult(result, fn);
}

/** Whether calling `fn` only starts something that has to be awaited, as far as one can know without calling it. */
export function isAsync(fn: object): boolean {
  return isGeneratorFunction(fn) || isCoroutineFunction(fn);
}

/** An `async function*`. */
export function isAsyncGeneratorFunction(fn: object): boolean {
  return Object.prototype.isPrototypeOf.call(AsyncGeneratorFunction as object, fn);
}

/** Whether a call that should have been synchronous has only begun. */
export function mustBeAwaited(result: unknown): boolean {
  return isAwaitable(result) || isGenerator(result) || typeof (result as PromiseLike<unknown> | null | undefined)?.then === "function";
}
