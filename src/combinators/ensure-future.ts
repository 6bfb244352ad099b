import type { EventLoop } from "../core/contracts.js";
import { runningOrCurrentLoop } from "../core/running.js";
import { describe } from "../util/format.js";
import { isAwaitable, type Awaitable } from "../tasks/awaitable.js";
import type { CoroutineGenerator } from "../tasks/coroutine.js";
import { Future } from "../tasks/future.js";
import type { Task } from "../tasks/task.js";

/** What `gather`, `shield`, `waitFor` and the like take: functions, coroutines and other awaitables are made into tasks, futures and promises waited for. */
export type AwaitableSource<T> = Awaitable<T> | PromiseLike<T> | (() => PromiseLike<T> | CoroutineGenerator<T>);

/** What waiting for what a function returned gives; for each member of a union by itself. */
type OutcomeOf<P> = P extends Generator<unknown, infer R, unknown> ? R : Awaited<P>;

/** What awaiting the source gives. */
export type ResultOf<S> = S extends () => infer P ? OutcomeOf<P> : Awaited<S>;

/** What settles by itself, whatever loop runs: a ConcurrentFuture. */
interface Chainable<T> {
  futureOn(loop: EventLoop): Future<T>;
}

/** A task would look at it only when it begins: a failure that is there already would have gone unhandled by then. */
function isChainable(source: object): source is Chainable<never> {
  return typeof (source as Partial<Chainable<unknown>>).futureOn === "function";
}

/**
 * A Future for any awaitable: futures as they are, coroutines, other awaitables and functions as new tasks, promises through `wrapFuture`.
 * Mirrors asyncio.ensure_future.
 */
export function ensureFuture<T>(source: AwaitableSource<T>, options: { loop?: EventLoop } = {}): Future<T> {
  if (source instanceof Future) return source as Future<T>;
  const loop = options.loop ?? runningOrCurrentLoop();
  if (isAwaitable(source) && isChainable(source)) return source.futureOn(loop);
  if (typeof source === "function" || isAwaitable(source)) return loop.createTask<T>(source as Awaitable<T>) as Task<T>;
  if (typeof (source as PromiseLike<T> | null)?.then === "function") return wrapFuture(source as PromiseLike<T>, { loop });
  if (typeof source === "object" && source !== null && Symbol.iterator in source) {
    throw new TypeError(`an awaitable was expected, got ${describe(source)}; spread a list: gather(...list)`);
  }
  throw new TypeError(`an awaitable was expected, got ${describe(source)}; pass a coroutine, a function, a Future or a Promise`);
}

/**
 * A promise as a Future: awaitable with `yield*`, and cancellable at once (the promise's own work goes on: it cannot be stopped; a job of an
 * executor's is cancelled too).
 * Mirrors asyncio.wrap_future: a promise is to us what a concurrent.futures.Future is to asyncio.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * await asyncio.run(async () => {
 *   console.log(await asyncio.waitFor(asyncio.wrapFuture(Promise.resolve("a promise's value")), 60)); // a promise's value
 * });
 * ```
 */
export function wrapFuture<T>(promise: PromiseLike<T>, options: { loop?: EventLoop } = {}): Future<T> {
  if (promise instanceof Future) return promise as Future<T>;
  if (typeof (promise as PromiseLike<T> | null)?.then !== "function")
    throw new TypeError(`promise must be a promise, got ${describe(promise)}`);
  const loop = options.loop ?? runningOrCurrentLoop();
  if (isChainable(promise)) return promise.futureOn(loop);
  const future = new Future<T>({ loop });
  // A promise may outlive the loop: then nobody waits for it any more.
  promise.then(
    (value) => {
      if (!future.done() && !loop.isClosed()) future.setResult(value);
    },
    (error: unknown) => {
      if (!future.done() && !loop.isClosed()) future.failWith(error);
    },
  );
  return future;
}
