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
 * The result of a job that runs elsewhere: a promise that can be cancelled. It belongs to no loop: `await` works anywhere, `yield*` in
 * generator coroutines; inside a task, cancelling the task cancels it. Made by `executor.submit()`. Mirrors concurrent.futures.Future.
 */
export class ConcurrentFuture<T = unknown> extends Awaitable<T> {
  #state: State = "pending";
  #value: unknown = undefined;
  #callbacks: ((future: ConcurrentFuture<T>) => void)[] | null = null;
  #settle: { resolve: (value: T) => void; reject: (error: unknown) => void } | null = null;
  /** Made when somebody awaits it, or to have Node report an error that nobody looks at. */
  #promise: Promise<T> | null = null;
  /** Stops the work; false if it cannot be stopped any more. */
  readonly #stop: () => boolean;

  /** @internal */
  constructor(stop: () => boolean) {
    super();
    this.#stop = stop;
  }

  /**
   * A queued job is taken out of the queue. A running one is left alone, and this is false, unless its executor terminates
   * (`onCancel: "terminate"`). Whoever awaits gets CancelledError. False if the job is done already.
   */
  cancel(): boolean {
    if (this.done() || !this.#stop()) return this.#state === "cancelled";
    this.#promise?.catch(() => {}); // Whoever cancels knows of it: nobody needs to look.
    this.#finish("cancelled", undefined);
    return true;
  }

  /** Whether it was cancelled before it began. */
  cancelled(): boolean {
    return this.#state === "cancelled";
  }

  /** Whether a worker has it. */
  running(): boolean {
    return this.#state === "running";
  }

  /** Whether it has a result or an error, or was cancelled. */
  done(): boolean {
    return this.#state !== "pending" && this.#state !== "running";
  }

  /** The result; throws the job's error, CancelledError, or InvalidStateError while it is not done: await it instead. */
  result(): T {
    if (this.#state === "finished") return this.#value as T;
    if (this.#state === "failed") throw this.#value;
    throw this.#noOutcome("result");
  }

  /** The job's error, null after a result; throws CancelledError, or InvalidStateError while it is not done. */
  exception(): unknown {
    if (this.#state === "finished") return null;
    if (this.#state === "failed") return this.#value;
    throw this.#noOutcome("exception");
  }

  /**
   * Calls `callback(this)` at the moment the job is done; at once if it is. What it throws is told to the running loop's exception handler,
   * or written to stderr where no loop runs.
   */
  addDoneCallback(callback: (future: this) => void): void {
    if (typeof callback !== "function") throw new TypeError(`callback must be a function, got ${describe(callback)}`);
    this.#promise?.catch(() => {}); // If it has failed, somebody looks now.
    if (this.done()) this.#call(callback as (future: ConcurrentFuture<T>) => void);
    else (this.#callbacks ??= []).push(callback as (future: ConcurrentFuture<T>) => void);
  }

  /** A Future of the loop's for it: cancelling that one cancels this. @internal */
  futureOn(loop: EventLoop): Future<T> {
    const future = new Future<T>({ loop });
    this.addDoneCallback(() => {
      if (future.done() || loop.isClosed()) return;
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

  /** Without effect on one that was cancelled. @internal */
  setResult(value: T): void {
    if (!this.done()) this.#finish("finished", value);
  }

  /** Without effect on one that was cancelled. @internal */
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

  /** One that fails concerns neither the others nor the executor. */
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
