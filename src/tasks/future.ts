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

/** A future's states. Once it has left PENDING it never changes again. @internal */
export const PENDING = 0;
/** @internal */
export const CANCELLED = 1;
/** @internal */
export const RESULT = 2;
/** @internal */
export const FAILED = 3;

/**
 * A result that is not there yet. Callbacks always run through the loop, one turn after completion, in the order they were added.
 * Await it with `yield*` or `await`. Mirrors asyncio.Future; made by `loop.createFuture()`.
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
  /** Set between an awaitable handing this future to its driver and the driver taking it; tells `yield*` from `yield`. @internal */
  blocking = false;
  /** Who is to be put into the ready queue on completion, in order. One of them needs no list. @internal */
  waiters: Runnable | Runnable[] | null = null;
  /** What `cancel` was given. @internal */
  cancelMessage: unknown = undefined;
  /** Made for every future that failed, to report errors nobody asked for. */
  #retrieval: Retrieval | null = null;

  constructor(options: { loop?: EventLoop } = {}) {
    super();
    this.loop = options.loop ?? runningOrCurrentLoop();
    if (this.loop.debug) recordCreation(this);
  }

  /** The loop it belongs to. */
  getLoop(): EventLoop {
    return this.loop;
  }

  /** Whether it has a result or an error, or was cancelled. */
  done(): boolean {
    return this.state !== PENDING;
  }

  /** Whether it was cancelled. */
  cancelled(): boolean {
    return this.state === CANCELLED;
  }

  /** Whether it has an error, which a coroutine may have thrown as null. @internal */
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

  /** The error, or null after a result; also for a coroutine that has thrown null. Throws CancelledError if it was cancelled, InvalidStateError while it is pending. */
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

  /** Completes the future. InvalidStateError if it is done already. */
  setResult(result: T): void {
    if (this.state !== PENDING) throw this.#doneAlready("setResult");
    this.state = RESULT;
    this.value = result;
    this.schedule();
  }

  /** Fails the future. InvalidStateError if it is done already. */
  setException(exception: unknown): void {
    if (this.state !== PENDING) throw this.#doneAlready("setException");
    if (typeof exception === "function" && (exception === Error || (exception as { prototype?: unknown }).prototype instanceof Error)) {
      exception = new (exception as unknown as new () => Error)();
    }
    if (!(exception instanceof Error)) throw new TypeError(`exception must be an Error, got ${describe(exception)}`);
    this.failWith(exception);
  }

  /** As setException, for whatever a coroutine has thrown. @internal */
  failWith(exception: unknown): void {
    this.state = FAILED;
    this.value = exception;
    this.#retrieval = watchRetrieval(this, exception);
    this.schedule();
  }

  /** Cancels the future; its awaiters get CancelledError (with the message, if any). False if it was done already. */
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

  /** Calls `callback(this)` through the loop once the future is done, also if it is done already; in the given context, or a copy of the current one. */
  addDoneCallback(callback: (future: this) => unknown, options: { context?: Context } = {}): void {
    if (typeof callback !== "function") throw new TypeError(`callback must be a function, got ${describe(callback)}`);
    const handle = new Handle(this.loop, callback as () => unknown, [this], options.context);
    if (this.state !== PENDING) this.loop.enqueue(handle);
    else this.addWaiter(handle);
  }

  /** Removes every occurrence of `callback`; returns how many there were. */
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

  /** What messages call this object. @internal */
  kind(): string {
    return className(this);
  }

  /** @internal */
  describeState(): string {
    switch (this.state) {
      case PENDING:
        return `${this.kind()} pending`;
      case CANCELLED:
        return `${this.kind()} cancelled`;
      case RESULT:
        return `${this.kind()} finished result=${describe(this.value)}`;
      default:
        return `${this.kind()} finished exception=${String(this.value)}`;
    }
  }

  /** The future must be pending. @internal */
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

  /** Puts everyone who waits into the ready queue. @internal */
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

/** `future.__await__()`: hands the future to the driver once, then gives its result. */
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
        throw new RuntimeError(`${future.toString()} was resumed while it is pending; only its loop may resume who awaits it`);
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

/** Whether `value` is a Future or Task. Mirrors asyncio.isfuture. */
export function isFuture(value: unknown): value is Future<unknown> {
  return value instanceof Future;
}
