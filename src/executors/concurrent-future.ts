import type { EventLoop, Suspension } from "../core/contracts.js";
import { CancelledError, InvalidStateError } from "../core/errors.js";
import { getRunningLoop, runningLoopOrNull } from "../core/running.js";
import { Awaitable } from "../tasks/awaitable.js";
import { Future } from "../tasks/future.js";
import { currentScope } from "../tasks/current-task.js";
import { describe } from "../util/format.js";

type State = "pending" | "running" | "cancelled" | "failed" | "finished";
type Handler<A, R> = ((argument: A) => R | PromiseLike<R>) | null | undefined;

/**
 * The result of a job in another thread or process. It does not belong to a loop: `await` works anywhere, and `yield*` in generator
 * coroutines. Cancelling a task that awaits it cancels the job. Returned by `executor.submit()`. Mirrors concurrent.futures.Future.
 */
export class ConcurrentFuture<T = unknown> extends Awaitable<T> {
  #state: State = "pending";
  #value: unknown = undefined;
  #callbacks: ((future: ConcurrentFuture<T>) => void)[] | null = null;
  #settle: { resolve: (value: T) => void; reject: (error: unknown) => void } | null = null;
  /** Created by the first await, or on a failure without callbacks, so that Node reports an unhandled rejection. */
  #promise: Promise<T> | null = null;
  /** Stops the job. Returns false if it cannot be stopped. */
  readonly #stop: () => boolean;

  /** @internal */
  constructor(stop: () => boolean) {
    super();
    this.#stop = stop;
  }

  /**
   * Cancels the job; awaiting it then rejects with CancelledError. A queued job is removed from the queue. A running job cannot be
   * cancelled, unless its executor has `onCancel: "terminate"`. Returns whether the job is cancelled.
   */
  cancel(): boolean {
    if (this.done() || !this.#stop()) return this.#state === "cancelled";
    this.#promise?.catch(() => {}); // A cancellation is not reported as unhandled.
    this.#finish("cancelled", undefined);
    return true;
  }

  /** Whether the job was cancelled. */
  cancelled(): boolean {
    return this.#state === "cancelled";
  }

  /** Whether a worker is running the job. */
  running(): boolean {
    return this.#state === "running";
  }

  /** Whether the job has a result or an error, or was cancelled. */
  done(): boolean {
    return this.#state !== "pending" && this.#state !== "running";
  }

  /** Returns the result. Throws the job's error, or CancelledError. Throws InvalidStateError if the job is not done. */
  result(): T {
    if (this.#state === "finished") return this.#value as T;
    if (this.#state === "failed") throw this.#value;
    throw this.#noOutcome("result");
  }

  /** Returns the job's error; null if it has a result. Throws CancelledError, or InvalidStateError if the job is not done. */
  exception(): unknown {
    if (this.#state === "finished") return null;
    if (this.#state === "failed") return this.#value;
    throw this.#noOutcome("exception");
  }

  /**
   * Calls `callback(this)` when the job is done, immediately if it already is. An error of the callback is passed to the running loop's
   * exception handler; without a running loop it is written to stderr.
   */
  addDoneCallback(callback: (future: this) => void): void {
    if (typeof callback !== "function") throw new TypeError(`callback must be a function, got ${describe(callback)}`);
    this.#promise?.catch(() => {}); // The callback handles a failure: do not report it as unhandled.
    if (this.done()) this.#call(callback as (future: ConcurrentFuture<T>) => void);
    else (this.#callbacks ??= []).push(callback as (future: ConcurrentFuture<T>) => void);
  }

  /** Returns a future of the loop for this job. Cancelling that future cancels the job. @internal */
  futureOn(loop: EventLoop): Future<T> {
    const future = new Future<T>({ loop });
    this.addDoneCallback(() => {
      if (!future.canSettle()) return;
      if (this.#state === "finished") future.setResult(this.#value as T);
      else if (this.#state === "failed") future.failWith(this.#value);
      else future.cancel();
    });
    future.addDoneCallback(() => {
      if (future.cancelled()) this.cancel();
    });
    return future;
  }

  override [Symbol.iterator](): Iterator<Suspension, T, unknown> {
    return this.futureOn(getRunningLoop())[Symbol.iterator]();
  }

  override then<A = T, B = never>(onFulfilled?: Handler<T, A>, onRejected?: Handler<unknown, B>): PromiseLike<A | B> {
    return currentScope() === null ? this.#promised().then(onFulfilled, onRejected) : super.then(onFulfilled, onRejected);
  }

  catch<B>(onRejected: (error: unknown) => B | PromiseLike<B>): PromiseLike<T | B> {
    return this.then(undefined, onRejected);
  }

  /** @internal */
  markRunning(): void {
    this.#state = "running";
  }

  /** No effect if the job was cancelled. @internal */
  setResult(value: T): void {
    if (!this.done()) this.#finish("finished", value);
  }

  /** No effect if the job was cancelled. @internal */
  setException(error: unknown): void {
    if (!this.done()) this.#finish("failed", error);
  }

  override toString(): string {
    return `<ConcurrentFuture ${this.#state}>`;
  }

  #finish(state: State, value: unknown): void {
    this.#state = state;
    this.#value = value;
    const callbacks = this.#callbacks;
    this.#callbacks = null;
    if (this.#settle !== null) this.#settlePromise();
    else if (state === "failed" && callbacks === null) void this.#promised();
    for (const callback of callbacks ?? []) this.#call(callback);
  }

  /** Runs a callback. Its error must not affect the other callbacks or the executor. */
  #call(callback: (future: ConcurrentFuture<T>) => void): void {
    try {
      callback(this);
    } catch (exception) {
      const message = `Exception in a callback of ${this.toString()}`;
      const loop = runningLoopOrNull();
      if (loop !== null) loop.callExceptionHandler({ message, exception });
      else console.error(message, exception);
    }
  }

  #promised(): Promise<T> {
    if (this.#promise !== null) return this.#promise;
    this.#promise = new Promise<T>((resolve, reject) => (this.#settle = { resolve, reject }));
    if (this.done()) this.#settlePromise();
    return this.#promise;
  }

  #settlePromise(): void {
    const { resolve, reject } = this.#settle!;
    if (this.#state === "finished") resolve(this.#value as T);
    else reject(this.#state === "cancelled" ? new CancelledError() : this.#value);
  }

  #noOutcome(method: string): Error {
    if (this.#state === "cancelled") return new CancelledError();
    return new InvalidStateError(`the job is ${this.#state}; await it or check done() before ${method}()`);
  }
}
