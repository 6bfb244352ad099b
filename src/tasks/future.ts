/** Future: a result that is set later, and the waiters for it. */
import { inspect } from "node:util";
import type { Context } from "../core/contextvars.js";
import { recordCreation } from "../core/creation-site.js";
import type { EventLoop, Runnable, Suspension } from "../core/contracts.js";
import { type CancelledError, cancelledError, InvalidStateError } from "../core/errors.js";
import { Handle } from "../core/handles.js";
import { runningOrCurrentLoop } from "../core/running.js";
import { className, describe } from "../util/format.js";
import { Awaitable } from "./awaitable.js";
import { RuntimeError } from "../core/errors.js";
import { watchRetrieval, type Retrieval } from "./unretrieved-exceptions.js";

/** The states of a future. It leaves PENDING once, for one of the others. @internal */
export const PENDING = 0;
/** @internal */
export const CANCELLED = 1;
/** @internal */
export const RESULT = 2;
/** @internal */
export const FAILED = 3;

/**
 * A result that is set later. Callbacks run through the loop, one turn after completion, in the order they were added. Await it with
 * `yield*` or `await`. Mirrors asyncio.Future; created by `loop.createFuture()`.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * await asyncio.run(async () => {
 *   const answer = new asyncio.Future<number>();
 *   asyncio.getRunningLoop().callLater(0.001, () => answer.setResult(42));
 *   console.log(await answer); // 42
 * });
 * ```
 */
export class Future<T = unknown> extends Awaitable<T> {
  /** @internal */ readonly loop: EventLoop;
  /** @internal */ state: number = PENDING;
  /** The result or the error, by `state`. @internal */
  value: unknown = undefined;
  /** True from the `yield` inside `yield* future` until step() takes the future: a bare `yield future` leaves it false. @internal */
  blocking = false;
  /** Runnables to enqueue on completion, in order. A single one is stored without an array. @internal */
  waiters: Runnable | Runnable[] | null = null;
  /** The message given to cancel(). @internal */
  cancelMessage: unknown = undefined;
  /** Created when the future fails; reports an error that is never retrieved. */
  #retrieval: Retrieval | null = null;

  constructor(options: { loop?: EventLoop } = {}) {
    super();
    this.loop = options.loop ?? runningOrCurrentLoop();
    if (this.loop.debug) recordCreation(this);
  }

  /** The loop that the future belongs to. Mirrors Future.get_loop. */
  getLoop(): EventLoop {
    return this.loop;
  }

  /** Whether it has a result or an error, or was cancelled. */
  done(): boolean {
    return this.state !== PENDING;
  }

  /** Whether an outcome can be set: not if it is done, or its loop is closed. Node may call back after both. @internal */
  canSettle(): boolean {
    return this.state === PENDING && !this.loop.isClosed();
  }

  /** Whether it was cancelled. */
  cancelled(): boolean {
    return this.state === CANCELLED;
  }

  /** Whether it has an error. That may be null: coroutines can throw anything. @internal */
  failed(): boolean {
    return this.state === FAILED;
  }

  /** The result. Throws the future's error, CancelledError if it was cancelled, InvalidStateError while it is pending. */
  result(): T {
    switch (this.state) {
      case RESULT:
        return this.value as T;
      case FAILED:
        this.#retrieval?.markRetrieved();
        throw this.value;
      case CANCELLED:
        throw this.makeCancelledError();
      default:
        throw new InvalidStateError(`${this.kind()} is pending; await it or check done() before result()`);
    }
  }

  /**
   * The error, or null after a result (and after a coroutine threw null). Throws CancelledError if the future was cancelled,
   * InvalidStateError while it is pending.
   */
  exception(): unknown {
    switch (this.state) {
      case RESULT:
        return null;
      case FAILED:
        this.#retrieval?.markRetrieved();
        return this.value;
      case CANCELLED:
        throw this.makeCancelledError();
      default:
        throw new InvalidStateError(`${this.kind()} is pending; await it or check done() before exception()`);
    }
  }

  /** Completes the future with a result. Throws InvalidStateError if it is done. */
  setResult(result: T): void {
    if (this.state !== PENDING) throw this.#doneAlready("setResult");
    this.state = RESULT;
    this.value = result;
    this.schedule();
  }

  /** Completes the future with an error. Throws InvalidStateError if it is done, TypeError if `exception` is not an Error. */
  setException(exception: unknown): void {
    if (this.state !== PENDING) throw this.#doneAlready("setException");
    if (typeof exception === "function" && (exception === Error || (exception as { prototype?: unknown }).prototype instanceof Error)) {
      exception = new (exception as unknown as new () => Error)();
    }
    if (!(exception instanceof Error)) throw new TypeError(`exception must be an Error, got ${describe(exception)}`);
    this.failWith(exception);
  }

  /** Completes the future with whatever a coroutine threw. @internal */
  failWith(exception: unknown): void {
    this.state = FAILED;
    this.value = exception;
    this.#retrieval = watchRetrieval(this, exception);
    this.schedule();
  }

  /** Cancels the future: awaiting it throws CancelledError, with the message if there is one. Returns false if it was done. */
  cancel(message?: unknown): boolean {
    this.#retrieval?.markRetrieved();
    if (this.state !== PENDING) return false;
    this.completeCancelled(message);
    return true;
  }

  /** Completes a pending future as cancelled: the end of a cancellation, where `cancel()` is the request. @internal */
  completeCancelled(message?: unknown): void {
    this.state = CANCELLED;
    this.cancelMessage = message;
    this.schedule();
  }

  /**
   * Calls `callback(this)` through the loop once the future is done, or soon if it is done. Runs in `context`, or in a copy of the current
   * one.
   */
  addDoneCallback(callback: (future: this) => unknown, options: { context?: Context } = {}): void {
    if (typeof callback !== "function") throw new TypeError(`callback must be a function, got ${describe(callback)}`);
    const handle = new Handle(this.loop, callback as () => unknown, [this], options.context);
    if (this.state !== PENDING) this.loop.enqueue(handle);
    else this.addWaiter(handle);
  }

  /** Removes every occurrence of `callback`. Returns how many there were. */
  removeDoneCallback(callback: (future: this) => unknown): number {
    const waiters = this.waiters;
    if (waiters === null) return 0;
    const list = Array.isArray(waiters) ? waiters : [waiters];
    const kept = list.filter((waiter) => !(waiter instanceof Handle && waiter.callback === (callback as unknown)));
    this.waiters = kept.length === 0 ? null : kept.length === 1 ? kept[0]! : kept;
    return list.length - kept.length;
  }

  override [Symbol.iterator](): Iterator<Suspension, T, unknown> {
    return new FutureIterator<T>(this);
  }

  override toString(): string {
    return `<${this.describeState()}>`;
  }

  [inspect.custom](): string {
    return this.toString();
  }

  /** The name of this object in messages. @internal */
  kind(): string {
    return className(this);
  }

  /** @internal */
  describeState(): string {
    const parts = [this.kind(), this.stateText(), ...this.details()];
    if (this.state === RESULT) parts.push(`result=${describe(this.value)}`);
    if (this.state === FAILED) parts.push(`exception=${errorText(this.value)}`);
    return parts.join(" ");
  }

  /** asyncio's word for the state. @internal */
  stateText(): string {
    return this.state === PENDING ? "pending" : this.state === CANCELLED ? "cancelled" : "finished";
  }

  /** A subclass's part of the text, between the state and the outcome. @internal */
  protected details(): string[] {
    return [];
  }

  /** Adds a Runnable to enqueue on completion. The future must be pending. @internal */
  addWaiter(waiter: Runnable): void {
    const waiters = this.waiters;
    if (waiters === null) this.waiters = waiter;
    else if (Array.isArray(waiters)) waiters.push(waiter);
    else this.waiters = [waiters, waiter];
  }

  /** @internal */
  makeCancelledError(): CancelledError {
    return cancelledError(this.cancelMessage);
  }

  /** Enqueues all waiters. @internal */
  schedule(): void {
    const waiters = this.waiters;
    if (waiters === null) return;
    this.waiters = null;
    if (Array.isArray(waiters)) for (const waiter of waiters) this.loop.enqueue(waiter);
    else this.loop.enqueue(waiters);
  }

  #doneAlready(method: string): InvalidStateError {
    return new InvalidStateError(`${this.kind()} is already done (${this.describeState()}); check done() before ${method}()`);
  }
}

/** `future.__await__()`: yields the future to the driver once, then returns its result. */
class FutureIterator<T> implements Iterator<Suspension, T, unknown> {
  readonly #future: Future<T>;
  #handedOver = false;

  constructor(future: Future<T>) {
    this.#future = future;
  }

  next(): IteratorResult<Suspension, T> {
    const future = this.#future;
    if (future.state === PENDING) {
      if (this.#handedOver)
        throw new RuntimeError(`${future.toString()} was resumed while it is pending; only its loop may resume a coroutine that awaits it`);
      this.#handedOver = true;
      future.blocking = true;
      return { done: false, value: future as unknown as Suspension };
    }
    return { done: true, value: future.result() };
  }

  throw(error: unknown): IteratorResult<Suspension, T> {
    throw error;
  }

  return(value: T): IteratorResult<Suspension, T> {
    return { done: true, value };
  }
}

/** A coroutine may throw anything, also what cannot be converted to a string. */
function errorText(error: unknown): string {
  try {
    return String(error);
  } catch {
    return describe(error);
  }
}

/** Whether `value` is a Future or Task. Mirrors asyncio.isfuture. */
export function isFuture(value: unknown): value is Future<unknown> {
  return value instanceof Future;
}
