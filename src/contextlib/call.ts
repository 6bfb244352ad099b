/** Calls users' functions and distinguishes synchronous ones from asynchronous ones. */
import type { Suspension } from "../core/contracts.js";
import { isAwaitable } from "../tasks/awaitable.js";
import { isGenerator, isGeneratorFunction } from "../core/generators.js";
import { isCoroutineFunction } from "../tasks/coroutine.js";
import { awaitResult } from "../syntax/await-call.js";
import { currentScope, startInScope } from "../tasks/current-task.js";

const AsyncGeneratorFunction: unknown = Object.getPrototypeOf(async function* () {});

/** Runs `call`, which calls `fn`, and awaits its result in the current task and cancel scope. */
export function* callAndWait(call: () => unknown, fn: object): Generator<Suspension, unknown, unknown> {
  // An async function must be started in the scope that its awaits belong to; a generator is run by the caller.
  const result = isGeneratorFunction(fn) ? call() : startInScope(currentScope()!, call);
  return yield* awaitResult(result, fn);
}

/** Whether a call of `fn` must be awaited, if that is known before the call. A function that returns a promise is not recognized. */
export function isAsync(fn: object): boolean {
  return isGeneratorFunction(fn) || isCoroutineFunction(fn);
}

/** Whether `fn` is an `async function*`. */
export function isAsyncGeneratorFunction(fn: object): boolean {
  return Object.prototype.isPrototypeOf.call(AsyncGeneratorFunction as object, fn);
}

/** Whether the result of a call that should be synchronous must be awaited. */
export function mustBeAwaited(result: unknown): boolean {
  return isAwaitable(result) || isGenerator(result) || typeof (result as PromiseLike<unknown> | null | undefined)?.then === "function";
}
