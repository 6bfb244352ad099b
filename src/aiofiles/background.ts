import { coroutine, type Coroutine } from "../tasks/coroutine.js";
import { wrapFuture } from "../combinators/ensure-future.js";

/** Makes a coroutine function of one that gives a promise. Waiting for it can be cancelled at once; what the system does goes on. */
export function inBackground<A extends unknown[], T>(fn: (...args: A) => Promise<T>): (...args: A) => Coroutine<T> {
  const generator = function* (...args: A) {
    return yield* wrapFuture(fn(...args));
  };
  return coroutine(Object.defineProperty(generator, "name", { value: fn.name }));
}
