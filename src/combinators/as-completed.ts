/** asCompleted and the iterable that it returns. */
import { StopAsyncIteration, TimeoutError } from "../core/errors.js";
import { getRunningLoop } from "../core/running.js";
import { coroutine, type Coroutine } from "../tasks/coroutine.js";
import { ensureFuture, type AwaitableSource, type ResultOf } from "./ensure-future.js";
import { isAwaitable } from "../tasks/awaitable.js";
import type { Future } from "../tasks/future.js";
import { describe } from "../util/format.js";
import { Queue } from "../sync/queue.js";
import { anext } from "../syntax/async-for.js";
import type { Awaitable } from "../tasks/awaitable.js";

/**
 * Iterates over awaitables in the order of completion. `for (const next of asCompleted(list)) await next` gives one result after the
 * other; `for await (const future of asCompleted(list))` gives the completed futures. After `timeout` seconds both fail with
 * TimeoutError. Mirrors asyncio.as_completed.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * await asyncio.run(async () => {
 *   const slow = () => asyncio.sleep(0.1, "slow");
 *   const quick = () => asyncio.sleep(0.001, "quick");
 *   const order: string[] = [];
 *   for await (const task of asyncio.asCompleted([slow, quick])) order.push(await task);
 *   console.log(order); // [ 'quick', 'slow' ]
 * });
 * ```
 */
export function asCompleted<S extends AwaitableSource<unknown>>(
  sources: Iterable<S>,
  options: { timeout?: number | null } = {},
): AsCompleted<ResultOf<S>> {
  if (isAwaitable(sources) || typeof (sources as Iterable<S> | null)?.[Symbol.iterator] !== "function") {
    throw new TypeError(`expect an iterable of awaitables, not ${describe(sources)}`);
  }
  return new AsCompleted<ResultOf<S>>([...sources], options.timeout ?? null);
}

/** The result of `asCompleted`: an iterable of results and an async iterable of futures. */
export class AsCompleted<T> implements Iterable<Coroutine<T>>, AsyncIterable<Future<T>> {
  /** Completed futures in order; null for each one that was not done at the timeout. */
  readonly #done = new Queue<Future<T> | null>();
  /** Futures that are not done; empty after the timeout. */
  readonly #pending = new Set<Future<T>>();
  /** The number of results that the iteration has not given out yet. */
  #left: number;
  readonly #timer: { cancel(): void } | null = null;

  /** @internal */
  constructor(sources: readonly AwaitableSource<unknown>[], timeout: number | null) {
    const loop = getRunningLoop();
    // An awaitable that appears twice is awaited once, but a function that appears twice is called twice.
    const distinct = sources.filter((source, i) => typeof source === "function" || sources.indexOf(source) === i);
    for (const source of distinct) this.#pending.add(ensureFuture(source, { loop }) as Future<T>);
    this.#left = this.#pending.size;
    for (const future of this.#pending) future.addDoneCallback(this.#onDone);
    if (this.#left > 0 && timeout !== null) this.#timer = loop.callLater(timeout, () => this.#onTimeout());
  }

  *[Symbol.iterator](): Generator<Coroutine<T>, void, undefined> {
    while (this.#left > 0) {
      this.#left--;
      yield nextResult(this as unknown as AsCompleted<unknown>) as Coroutine<T>;
    }
  }

  [Symbol.asyncIterator](): AsyncIterator<Future<T>, undefined> {
    const iterator: AsyncIterator<Future<T>, undefined> & { [anext](): Awaitable<unknown> } = {
      next: async () => {
        if (this.#left === 0) return { done: true, value: undefined };
        this.#left--;
        const [future] = await nextDone(this as unknown as AsCompleted<unknown>);
        return { done: false, value: future as Future<T> };
      },
      [anext]: () => nextOrStop(this as unknown as AsCompleted<unknown>),
    };
    return iterator;
  }

  /** Waits for the next completed future; throws StopAsyncIteration after the last one. @internal */
  *takeOrStop() {
    if (this.#left === 0) throw new StopAsyncIteration("all awaitables have completed");
    this.#left--;
    return yield* this.take();
  }

  /** Waits for the next completed future. @internal */
  *take() {
    const future = yield* this.#done.get();
    if (future === null) throw new TimeoutError("the deadline has passed");
    return future;
  }

  readonly #onDone = (future: Future<T>): void => {
    if (!this.#pending.delete(future)) return; // The timeout came first.
    this.#done.putNowait(future);
    if (this.#pending.size === 0) this.#timer?.cancel();
  };

  #onTimeout(): void {
    for (const future of this.#pending) {
      future.removeDoneCallback(this.#onDone);
      this.#done.putNowait(null);
    }
    this.#pending.clear();
  }
}

const nextResult = coroutine(function* (iterator: AsCompleted<unknown>) {
  return (yield* iterator.take()).result();
});

const nextOrStop = coroutine(function* (iterator: AsCompleted<unknown>) {
  return yield* iterator.takeOrStop();
});

/** Returns the future inside an array: returning it from an async function would await it and give its result instead. */
const nextDone = coroutine(function* (iterator: AsCompleted<unknown>) {
  return [yield* iterator.take()] as const;
});
