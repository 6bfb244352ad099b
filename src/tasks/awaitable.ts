/** Awaitable: the base class of everything that both spellings can await. */
import type { Awaitable as AwaitableContract, Suspension } from "../core/contracts.js";
import { COMPLETED } from "./completed.js";

type Handler<A, R> = ((argument: A) => R | PromiseLike<R>) | null | undefined;
type Then = (target: Awaitable<unknown>, onFulfilled: Handler<never, unknown>, onRejected: Handler<never, unknown>) => PromiseLike<unknown>;

/** `then` of an awaitable. Set once by await.ts, which imports this file through Future and so cannot be imported here. @internal */
export const awaiting: { then: Then } = {
  then: () => {
    throw new Error("uvio is not initialised: import it through its entry points");
  },
};

/**
 * Can be awaited by `yield*` (in generators) and `await` (in async functions). A class of your own extends it and implements one method,
 * Python's
 * `__await__`: a generator that delegates to Futures and other awaitables.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * class Pause extends asyncio.Awaitable<string> {
 *   *[Symbol.iterator]() {
 *     yield* asyncio.sleep(0.01);
 *     return "rested";
 *   }
 * }
 * console.log(await asyncio.run(async () => await new Pause())); // rested
 * ```
 */
export abstract class Awaitable<T> implements AwaitableContract<T> {
  /** Starts the awaitable. Mirrors Python's `__await__`. */
  abstract [Symbol.iterator](): Iterator<Suspension, T, unknown>;

  /** Drives the awaitable as part of the task that awaits. Called by `await`. */
  then<A = T, B = never>(onFulfilled?: Handler<T, A>, onRejected?: Handler<unknown, B>): PromiseLike<A | B> {
    return awaiting.then(
      this as Awaitable<unknown>,
      onFulfilled as Handler<never, unknown>,
      onRejected as Handler<never, unknown>,
    ) as PromiseLike<A | B>;
  }
}

/** Whether `value` is a uvio awaitable. Promises, arrays and other iterables are not. */
export function isAwaitable(value: unknown): value is Awaitable<unknown> {
  return value instanceof Awaitable || value === COMPLETED;
}
