import { coroutine, type Coroutine } from "../tasks/coroutine.js";
import { wrapFuture } from "../combinators/ensure-future.js";

/**
 * Turns an asynchronous function into a coroutine function. Cancelling the coroutine ends the wait at once, but not the system's work,
 * whose result is then ignored.
 */
export function inBackground<A extends unknown[], T>(fn: (...args: A) => Promise<T>): (...args: A) => Coroutine<T> {
  const generator = function* (...args: A) {
    return yield* wrapFuture(fn(...args));
  };
  return coroutine(Object.defineProperty(generator, "name", { value: fn.name }));
}
