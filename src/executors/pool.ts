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
 * What cancelling a job does that runs already. "abandon", as in asyncio: nothing; it goes on and nobody hears of its result. "terminate":
 * its worker is killed, which frees it at once, whatever the job was doing.
 */
export type OnCancel = "abandon" | "terminate";

/** What pools of threads and of processes have in common. */
export interface PoolOptions {
  /** How many workers there are at most; they are started when needed. */
  maxWorkers?: number;
  /** An exported function that each worker runs before its first job. If it fails, the pool is broken. */
  initializer?: Work;
  /** What the initializer is called with. */
  initargs?: readonly unknown[];
  /** Default "abandon". */
  onCancel?: OnCancel;
}

/** To be called once, never before `execute` has returned; with null and an error where there is no outcome. */
export type Finish = (outcome: Outcome | null, error: unknown) => void;

/** A job and who waits for it. */
class Job {
  readonly future: ConcurrentFuture<unknown>;
  /** Null once it was sent or is not to be sent any more, so that nothing keeps the arguments alive. */
  packed: Packed | null;
  /** While it runs, in a pool that terminates. */
  abort: AbortController | null = null;

  constructor(packed: Packed, stop: (job: Job) => boolean) {
    this.packed = packed;
    this.future = new ConcurrentFuture<unknown>(() => stop(this));
  }
}

/** What the pools of threads and of processes share: the queue in front of the workers, and the end. */
export abstract class PoolExecutor extends Executor {
  readonly maxWorkers: number;
  readonly onCancel: OnCancel;
  protected readonly initializer: Initializer | null;
  /** Jobs no worker has yet. Those that were cancelled have nothing to send, and are passed over. */
  readonly #queue = new Deque<Job>();
  #running = 0;
  /** Done when the workers are gone; made by shutdown(). */
  #gone: ConcurrentFuture<void> | null = null;
  #disposing = false;
  /** Set when no worker can be used: every job fails with it. */
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

  /** Sends one call to a worker that is free or can be started. `finish` gets an error if it cannot be sent, or its worker dies. */
  protected abstract execute(packed: Packed, abort: AbortSignal | null, finish: Finish): void;
  /** Ends all workers, which have nothing to do, and waits until they are gone. */
  protected abstract dispose(): Promise<void>;
  /** The pool's own kind of BrokenExecutor. */
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

  /** No worker can be used any more: all jobs fail. */
  protected breakDown(error: BrokenExecutor): void {
    this.#broken ??= error;
    for (let job = this.#queue.shift(); job !== undefined; job = this.#queue.shift()) job.future.setException(this.#broken);
  }

  #enqueue(packed: Packed): ConcurrentFuture<unknown> {
    if (this.#gone !== null) throw new RuntimeError("cannot schedule new futures after shutdown; make another executor");
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
      this.breakDown(this.brokenError("the initializer of a worker has failed; see the cause", decodeThrown(outcome.thrown)));
    }
    this.#startNext(); // Before anybody hears of the outcome: a worker waits.
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
