import { NotImplementedError } from "../core/errors.js";
import type { ConcurrentFuture } from "./concurrent-future.js";
import type { Work } from "./exported.js";
import { MapResults, type MapOptions } from "./map.js";

/** Options of `executor.shutdown`. */
export interface ShutdownOptions {
  /** Whether what is returned waits until the workers are gone; default true. */
  wait?: boolean;
  /** Whether jobs that wait for a worker are cancelled instead of run; default false. */
  cancelFutures?: boolean;
}

/** An iterable for each parameter; the options may stand where an optional one is left out. */
type Columns<A extends unknown[]> = { [K in keyof A]: undefined extends A[K] ? Iterable<A[K]> | MapOptions : Iterable<A[K]> };

/** Runs functions elsewhere. Mirrors concurrent.futures.Executor. */
export abstract class Executor {
  /**
   * Has `fn(...args)` run; its result comes as a ConcurrentFuture. RuntimeError after `shutdown`, TypeError for a function no other thread
   * can find: see `exported()`.
   */
  abstract submit<A extends unknown[], R>(fn: Work<A, R>, ...args: A): ConcurrentFuture<Awaited<R>>;

  /**
   * No job is taken from now on; those there are still run, unless `cancelFutures`. What is returned is done when the workers are gone, or
   * at once without `wait`. Idempotent.
   */
  abstract shutdown(options?: ShutdownOptions): ConcurrentFuture<void>;

  /** Submits many calls as one job; their results come as a list. @internal */
  submitMany<A extends unknown[], R>(_fn: Work<A, R>, _calls: readonly A[]): ConcurrentFuture<Awaited<R>[]> {
    throw new NotImplementedError("this executor does not run calls in chunks; leave chunksize at 1");
  }

  /**
   * As `array.map` with the calls made elsewhere, several at a time: `executor.map(pow, [2, 3], [10, 10], { timeout: 5 })`. All calls are
   * submitted at once, and the results come in their order: `for await`, or `asyncFor`. The first error ends it; leaving early cancels
   * what has not begun. With several iterables the shortest one ends it.
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
