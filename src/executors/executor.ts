/** The abstract base of executors. */
import { NotImplementedError } from "../core/errors.js";
import type { ConcurrentFuture } from "./concurrent-future.js";
import type { Work } from "./exported.js";
import { MapResults, type MapOptions } from "./map.js";

/** Options of `executor.shutdown()`. */
export interface ShutdownOptions {
  /** Whether the returned future waits until the workers have exited; default true. */
  wait?: boolean;
  /** Whether queued jobs are cancelled and not run; default false. */
  cancelFutures?: boolean;
}

/** One iterable per parameter. The options can take the place of an omitted optional parameter. */
type Columns<A extends unknown[]> = { [K in keyof A]: undefined extends A[K] ? Iterable<A[K]> | MapOptions : Iterable<A[K]> };

/** Runs functions in other threads or processes. Mirrors concurrent.futures.Executor. */
export abstract class Executor {
  /**
   * Runs `fn(...args)` in a worker and returns a ConcurrentFuture for its result. Throws RuntimeError after `shutdown()`, and TypeError for
   * a function that other threads cannot find; see `exported()`.
   */
  abstract submit<A extends unknown[], R>(fn: Work<A, R>, ...args: A): ConcurrentFuture<Awaited<R>>;

  /**
   * Stops accepting jobs. Jobs that were already submitted still run, unless `cancelFutures` is true. The returned future completes when
   * the workers have exited; with `wait: false` it is already complete. Can be called repeatedly.
   */
  abstract shutdown(options?: ShutdownOptions): ConcurrentFuture<void>;

  /** Submits several calls as one job. The future's result is the array of their results. @internal */
  submitMany<A extends unknown[], R>(_fn: Work<A, R>, _calls: readonly A[]): ConcurrentFuture<Awaited<R>[]> {
    throw new NotImplementedError("this executor does not support chunks; use chunksize 1");
  }

  /**
   * Calls `fn` in workers, several calls at a time, with the arguments from the iterables: `executor.map(pow, [2, 3], [10, 10], { timeout:
   * 5 })`. All calls are submitted immediately. Iterate over the results, in the order of the calls, with `for await` or `asyncFor()`. The
   * first error ends the iteration. Leaving it early cancels the calls that have not started. The shortest iterable determines the number
   * of calls.
   */
  map<A extends unknown[], R>(fn: Work<A, R>, ...columns: [...Columns<A>, options?: MapOptions]): MapResults<Awaited<R>> {
    return MapResults.begin<A, R>(this, fn, columns);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  aenter(): Promise<this> {
    return Promise.resolve(this);
  }

  async aexit(): Promise<void> {
    await this.shutdown();
  }
}
