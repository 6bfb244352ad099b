/** Turns awaitables into futures and tasks: ensureFuture and wrapFuture. */
import type { EventLoop } from "../core/contracts.js";
import { ValueError } from "../core/errors.js";
import { runningOrCurrentLoop } from "../core/running.js";
import { describe } from "../util/format.js";
import { isAwaitable, type Awaitable } from "../tasks/awaitable.js";
import { describeGenerator, isGenerator } from "../core/generators.js";
import type { CoroutineGenerator } from "../tasks/coroutine.js";
import { Future } from "../tasks/future.js";
import type { Task } from "../tasks/task.js";

/**
 * An argument of `gather`, `shield`, `waitFor` and so on. Functions, coroutines and other awaitables become tasks; futures and promises
 * are awaited.
 */
export type AwaitableSource<T> = Awaitable<T> | PromiseLike<T> | (() => PromiseLike<T> | CoroutineGenerator<T>);

/** The type obtained by awaiting a function's return value; distributes over unions. */
type OutcomeOf<P> = P extends Generator<unknown, infer R, unknown> ? R : Awaited<P>;

/** The type obtained by awaiting the source. */
export type ResultOf<S> = S extends () => infer P ? OutcomeOf<P> : Awaited<S>;

/** An awaitable that completes independently of any loop: a ConcurrentFuture. `futureOn` connects it to a loop. */
interface Chainable<T> {
  futureOn(loop: EventLoop): Future<T>;
}

/** Such an awaitable does not become a task: a task would observe it only once it starts, and an error could be unhandled by then. */
function isChainable(source: object): source is Chainable<never> {
  return typeof (source as Partial<Chainable<unknown>>).futureOn === "function";
}

/**
 * Returns a Future for any awaitable. A Future is returned unchanged; coroutines, other awaitables and functions become tasks; promises
 * go through `wrapFuture`. Throws TypeError for anything else, and ValueError for a Future that does not belong to `options.loop`.
 * Mirrors asyncio.ensure_future.
 */
export function ensureFuture<T>(source: AwaitableSource<T>, options: { loop?: EventLoop } = {}): Future<T> {
  if (source instanceof Future) {
    if (options.loop !== undefined && options.loop !== source.loop) throw new ValueError(otherLoop(source));
    return source as Future<T>;
  }
  checkAwaitable(source);
  const loop = options.loop ?? runningOrCurrentLoop();
  if (isAwaitable(source) && isChainable(source)) return source.futureOn(loop);
  if (typeof source === "function" || isAwaitable(source)) return loop.createTask<T>(source as Awaitable<T>) as Task<T>;
  return wrapFuture(source as PromiseLike<T>, { loop });
}

/** Throws TypeError unless `source` can be awaited or called. */
export function checkAwaitable(source: unknown): void {
  if (typeof source === "function" || isAwaitable(source) || typeof (source as PromiseLike<unknown> | null)?.then === "function") return;
  if (isGenerator(source)) throw new TypeError(`an awaitable was expected, got ${describeGenerator(source)}`);
  const wayOut =
    typeof source === "object" && source !== null && Symbol.iterator in source
      ? "spread a list: gather(...list)"
      : "pass a coroutine, a function, a Future or a Promise";
  throw new TypeError(`an awaitable was expected, got ${describe(source)}; ${wayOut}`);
}

function otherLoop(future: Future<unknown>): string {
  return (
    "The future belongs to a different loop than the one specified as the loop argument; " +
    `await ${future.toString()} on its own loop, ${String(future.loop)}`
  );
}

/**
 * Returns a Future for a promise, to await it with `yield*` or to cancel the wait. Cancelling does not stop the work behind a promise;
 * it does cancel an executor's job. Mirrors asyncio.wrap_future, with a promise in place of a concurrent.futures.Future.
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
  // A promise may settle after the loop is closed. Then no task waits for it any more.
  promise.then(
    (value) => {
      if (future.canSettle()) future.setResult(value);
    },
    (error: unknown) => {
      if (future.canSettle()) future.failWith(error);
    },
  );
  return future;
}
