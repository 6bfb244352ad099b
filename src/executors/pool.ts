/** The common base of thread and process pools: the queue in front of the workers, and the shutdown. */
import { RuntimeError } from "../core/errors.js";
import { Deque } from "../util/deque.js";
import { describe } from "../util/format.js";
import { checkOptions } from "../util/options.js";
import { checkBoolean, checkPositive } from "./check.js";
import { ConcurrentFuture } from "./concurrent-future.js";
import { isClonable } from "./context-values.js";
import type { BrokenExecutor } from "./errors.js";
import { decodeThrown } from "./error-codec.js";
import { Executor, type ShutdownOptions } from "./executor.js";
import type { Work } from "./exported.js";
import { packCall, packCalls, unpackValue, type Initializer, type Outcome, type Packed } from "./job.js";

/**
 * The effect of cancelling a running job. "abandon", as in asyncio: the job goes on and its result is ignored. "terminate": its worker is
 * killed immediately.
 */
export type OnCancel = "abandon" | "terminate";

/** Options that thread pools and process pools share. */
export interface PoolOptions {
  /** Maximum number of workers. They are started on demand. */
  maxWorkers?: number;
  /** An exported function that each worker runs before its first job. If it fails, the pool is broken. */
  initializer?: Work;
  /** Arguments of the initializer. */
  initargs?: readonly unknown[];
  /** Default "abandon". */
  onCancel?: OnCancel;
}

/** Reports the end of a job, once and never before `execute()` has returned. Without an outcome there is an error. */
export type Finish = (outcome: Outcome | null, error: unknown) => void;

/** A job and its future. */
class Job {
  readonly future: ConcurrentFuture<unknown>;
  /** Null after the job was sent or cancelled, so that the arguments can be garbage-collected. */
  packed: Packed | null;
  /** Set while the job runs in a pool with `onCancel: "terminate"`. */
  abort: AbortController | null = null;

  constructor(packed: Packed, stop: (job: Job) => boolean) {
    this.packed = packed;
    this.future = new ConcurrentFuture<unknown>(() => stop(this));
  }
}

/** The common base of thread and process pools: the queue in front of the workers, and the shutdown. */
export abstract class PoolExecutor extends Executor {
  readonly maxWorkers: number;
  readonly onCancel: OnCancel;
  protected readonly initializer: Initializer | null;
  /** Jobs that wait for a worker. Cancelled ones stay in it without a call and are skipped. */
  readonly #queue = new Deque<Job>();
  #running = 0;
  /** Created by shutdown(); completes when the workers have exited. */
  #gone: ConcurrentFuture<void> | null = null;
  #disposing = false;
  /** Set if no worker can be used. Every job then fails with it. */
  #broken: BrokenExecutor | null = null;

  constructor(options: PoolOptions, defaultWorkers: number) {
    super();
    checkOptions(options, "{ maxWorkers: 4 }");
    const { maxWorkers, initializer, initargs = [], onCancel = "abandon" } = options;
    if (maxWorkers !== undefined) checkPositive("maxWorkers", maxWorkers);
    if (onCancel !== "abandon" && onCancel !== "terminate") {
      throw new TypeError(`onCancel must be "abandon" or "terminate", got ${describe(onCancel)}`);
    }
    this.maxWorkers = maxWorkers ?? defaultWorkers;
    this.onCancel = onCancel;
    if (!Array.isArray(initargs)) throw new TypeError(`initargs must be an array, got ${describe(initargs)}`);
    this.initializer = initializer === undefined ? null : packCall(initializer, initargs, "initializer").call;
    if (!isClonable(initargs)) throw new TypeError("initargs must be plain data that can be sent to a worker");
  }

  /** Sends a call to an idle or a new worker. `finish` gets an error if the call cannot be sent or the worker dies. */
  protected abstract execute(packed: Packed, abort: AbortSignal | null, finish: Finish): void;
  /** Ends all workers, which are idle, and waits until they have exited. */
  protected abstract dispose(): Promise<void>;
  /** Creates the pool's own kind of BrokenExecutor. */
  protected abstract brokenError(message: string, cause: unknown): BrokenExecutor;

  override submit<A extends unknown[], R>(fn: Work<A, R>, ...args: A): ConcurrentFuture<Awaited<R>> {
    return this.#enqueue(packCall(fn, args, "submit")) as ConcurrentFuture<Awaited<R>>;
  }

  override submitMany<A extends unknown[], R>(fn: Work<A, R>, calls: readonly A[]): ConcurrentFuture<Awaited<R>[]> {
    return this.#enqueue(packCalls(fn, calls, "map")) as ConcurrentFuture<Awaited<R>[]>;
  }

  override shutdown(options: ShutdownOptions = {}): ConcurrentFuture<void> {
    checkOptions(options, "{ wait: false }");
    const { wait = true, cancelFutures = false } = options;
    checkBoolean("wait", wait);
    checkBoolean("cancelFutures", cancelFutures);
    if (this.#gone === null) {
      this.#gone = new ConcurrentFuture<void>(() => false);
      this.#gone.addDoneCallback(() => {});
    }
    if (cancelFutures) for (const job of this.#queue) job.future.cancel();
    this.#disposeIfDone();
    return wait ? this.#gone : doneAlready();
  }

  override toString(): string {
    return `<${this.constructor.name} maxWorkers=${this.maxWorkers} running=${this.#running}${this.#gone === null ? "" : " shut down"}>`;
  }

  /** Fails all queued and future jobs, because no worker can be used. */
  protected breakDown(error: BrokenExecutor): void {
    this.#broken ??= error;
    for (let job = this.#queue.shift(); job !== undefined; job = this.#queue.shift()) job.future.setException(this.#broken);
  }

  #enqueue(packed: Packed): ConcurrentFuture<unknown> {
    if (this.#gone !== null) throw new RuntimeError("cannot schedule new futures after shutdown; create another executor");
    if (this.#broken !== null) throw this.#broken;
    const job = new Job(packed, this.#stop);
    if (this.#running < this.maxWorkers) this.#start(job);
    else this.#queue.push(job);
    return job.future;
  }

  readonly #stop = (job: Job): boolean => {
    if (job.packed !== null) {
      job.packed = null;
      return true;
    }
    if (job.abort === null) return false;
    job.abort.abort();
    return true;
  };

  #start(job: Job): void {
    const packed = job.packed!;
    job.packed = null;
    job.future.markRunning();
    if (this.onCancel === "terminate") job.abort = new AbortController();
    this.#running++;
    this.execute(packed, job.abort?.signal ?? null, (outcome, error) => this.#finish(job, outcome, error));
  }

  #finish(job: Job, outcome: Outcome | null, error: unknown): void {
    this.#running--;
    job.abort = null;
    if (outcome !== null && !outcome.ok && outcome.broken === true) {
      this.breakDown(this.brokenError("the initializer of a worker failed; see cause", decodeThrown(outcome.thrown)));
    }
    this.#startNext(); // Before callbacks of the outcome run: a worker is idle.
    if (outcome === null) job.future.setException(error);
    else if (outcome.ok) job.future.setResult(unpackValue(outcome));
    else job.future.setException(outcome.broken === true ? this.#broken : decodeThrown(outcome.thrown));
    this.#disposeIfDone();
  }

  #startNext(): void {
    while (this.#running < this.maxWorkers) {
      const job = this.#queue.shift();
      if (job === undefined) return;
      if (job.packed !== null) this.#start(job);
    }
  }

  #disposeIfDone(): void {
    if (this.#gone === null || this.#disposing || this.#running > 0) return;
    for (const job of this.#queue) if (job.packed !== null) return;
    this.#disposing = true;
    const gone = this.#gone;
    this.dispose().then(
      () => gone.setResult(),
      (error: unknown) => gone.setException(error),
    );
  }
}

function doneAlready(): ConcurrentFuture<void> {
  const future = new ConcurrentFuture<void>(() => false);
  future.setResult();
  return future;
}
