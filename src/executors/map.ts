/** The results of `executor.map()`. */
import { TimeoutError } from "../core/errors.js";
import { describe } from "../util/format.js";
import { checkPositive, checkSeconds } from "./check.js";
import type { ConcurrentFuture } from "./concurrent-future.js";
import type { Work } from "./exported.js";

/** Options of `executor.map()`. */
export interface MapOptions {
  /** Seconds from the call of `map()` until waiting for a result rejects with TimeoutError. */
  timeout?: number | null;
  /** Number of calls that are sent together; more than 1 makes many short calls cheaper. Default 1. */
  chunksize?: number;
}

/** The methods of an Executor that `map()` uses. */
interface Submitting {
  submit<A extends unknown[], R>(fn: Work<A, R>, ...args: A): ConcurrentFuture<Awaited<R>>;
  submitMany<A extends unknown[], R>(fn: Work<A, R>, calls: readonly A[]): ConcurrentFuture<Awaited<R>[]>;
}

/** The longest timer of Node, 24 days in milliseconds. A later deadline is not enforced. */
const MAX_TIMER = 2 ** 31 - 1;

/** The results of `executor.map()` in order, for `for await`. Mirrors the iterator that Executor.map returns. */
export class MapResults<R> implements AsyncIterableIterator<R, undefined> {
  /** One future per chunk; null if each call is sent alone. */
  readonly #chunks: ConcurrentFuture<R[]>[] | null;
  readonly #singles: ConcurrentFuture<R>[];
  readonly #deadline: number | null;
  /** The remaining results of the current chunk. */
  #ready: R[] = [];

  private constructor(singles: ConcurrentFuture<R>[], chunks: ConcurrentFuture<R[]>[] | null, timeout: number | null) {
    this.#singles = singles;
    this.#chunks = chunks;
    // A failure is thrown when the iteration reaches it, or is ignored after an early exit. Until then Node must not report it as
    // unhandled.
    for (const future of chunks ?? singles) future.addDoneCallback(() => {});
    this.#deadline = timeout === null ? null : performance.now() + timeout * 1000;
  }

  /** @internal */
  static begin<A extends unknown[], R>(executor: Submitting, fn: Work<A, R>, given: readonly unknown[]): MapResults<Awaited<R>> {
    const last = given.at(-1);
    const hasOptions = typeof last === "object" && last !== null && !(Symbol.iterator in last);
    const columns = (hasOptions ? given.slice(0, -1) : given) as readonly Iterable<unknown>[];
    const { timeout = null, chunksize = 1 } = hasOptions ? (last as MapOptions) : {};
    if (timeout !== null) checkSeconds("timeout", timeout);
    checkPositive("chunksize", chunksize);
    const calls = zip(columns) as A[];
    if (chunksize === 1)
      return new MapResults(
        calls.map((args) => executor.submit(fn, ...args)),
        null,
        timeout,
      );
    const chunks: ConcurrentFuture<Awaited<R>[]>[] = [];
    for (let i = 0; i < calls.length; i += chunksize) chunks.push(executor.submitMany(fn, calls.slice(i, i + chunksize)));
    return new MapResults<Awaited<R>>([], chunks, timeout);
  }

  async next(): Promise<IteratorResult<R, undefined>> {
    try {
      if (this.#chunks === null) {
        const single = this.#singles.shift();
        if (single === undefined) return { done: true, value: undefined };
        return { done: false, value: await this.#inTime(single) };
      }
      while (this.#ready.length === 0) {
        const chunk = this.#chunks.shift();
        if (chunk === undefined) return { done: true, value: undefined };
        this.#ready = await this.#inTime(chunk);
      }
      return { done: false, value: this.#ready.shift() as R };
    } catch (error) {
      this.#cancelRest();
      throw error;
    }
  }

  return(): Promise<IteratorResult<R, undefined>> {
    this.#cancelRest();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #cancelRest(): void {
    for (const future of [...this.#singles.splice(0), ...(this.#chunks?.splice(0) ?? [])]) future.cancel();
  }

  async #inTime<T>(future: ConcurrentFuture<T>): Promise<T> {
    const milliseconds = this.#deadline === null ? Infinity : this.#deadline - performance.now();
    if (milliseconds > MAX_TIMER || future.done()) return await future;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new TimeoutError("executor.map: the deadline has passed")), Math.max(0, milliseconds));
    });
    try {
      return await Promise.race([future, late]);
    } catch (error) {
      if (error instanceof TimeoutError && !future.done()) future.cancel();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Returns rows with one value of each iterable, until the shortest one ends. */
function zip(columns: readonly Iterable<unknown>[]): unknown[][] {
  if (columns.length === 0) throw new TypeError("executor.map: an iterable of arguments is missing");
  for (const column of columns) {
    if (typeof (column as Iterable<unknown> | null)?.[Symbol.iterator] !== "function") {
      throw new TypeError(`executor.map: arguments must come as iterables, got ${describe(column)}`);
    }
  }
  // Row by row, because all iterables but one can be infinite.
  const iterators = columns.map((column) => column[Symbol.iterator]());
  const open = new Set(iterators);
  const rows: unknown[][] = [];
  try {
    for (;;) {
      const row: unknown[] = [];
      for (const iterator of iterators) {
        const { done, value } = iterator.next();
        if (done === true) {
          open.delete(iterator);
          return rows;
        }
        row.push(value);
      }
      rows.push(row);
    }
  } finally {
    for (const iterator of open) iterator.return?.();
  }
}
