/** Calls of user functions from a library coroutine's frame: awaits their results in the same task and cancel scope. */
import type { Suspension } from "../core/contracts.js";
import { describe, functionName } from "../util/format.js";
import { isAwaitable } from "../tasks/awaitable.js";
import { isGenerator, isGeneratorFunction } from "../core/generators.js";
import type { CoroutineGenerator } from "../tasks/coroutine.js";
import { currentScope, startInScope } from "../tasks/current-task.js";
import { PromiseSuspension } from "../tasks/step.js";

/** The body of a block: an async function or a generator function. */
export type Body<A extends unknown[], R> = (...args: A) => PromiseLike<R> | CoroutineGenerator<R>;

/** Calls an async or generator function and awaits it, as part of the current task and cancel scope. */
export function* awaitCall<A extends unknown[], R>(body: Body<A, R>, ...args: A): Generator<Suspension, R, unknown> {
  if (isGeneratorFunction(body)) return yield* body(...args) as CoroutineGenerator<R>;
  const result: unknown = startInScope(currentScope()!, () => body(...args));
  return (yield* awaitResult(result, body)) as R;
}

/** Awaits the return value of a user's function: a uvio awaitable, a generator, or a promise. Throws TypeError for anything else. */
export function* awaitResult(result: unknown, from: unknown): Generator<Suspension, unknown, unknown> {
  if (isAwaitable(result)) return yield* result;
  if (isGenerator(result)) return yield* result;
  if (typeof (result as PromiseLike<unknown> | null)?.then === "function") {
    return yield new PromiseSuspension(result as PromiseLike<unknown>) as unknown as Suspension;
  }
  throw new TypeError(`${functionName(from)} must be an async function or a generator function, but returned ${describe(result)}`);
}
