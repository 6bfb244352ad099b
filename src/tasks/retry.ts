/** Awaitables that are tried again after each wait, and how both spellings await them. */
import type { Suspension } from "../core/contracts.js";
import { awaiting } from "./awaitable.js";
import { errorOf, fulfilled, rejected } from "./await.js";
import { mustCancel, suspendOn, type CancelScope, type PendingAwait, type ScopedTask } from "./cancel-scope.js";
import { currentScope } from "./current-task.js";
import { DerivedPromise, type Handler } from "./derived-promise.js";
import { FastPathAwaitable, WOULD_BLOCK } from "./fast-path.js";
import { RESULT, type Future } from "./future.js";
import { takeCancellation } from "./step.js";

/**
 * A FastPathAwaitable that, after WOULD_BLOCK, waits for one future and tries again. A coroutine would do the same in a loop; this needs no
 * generator and no frame. Use it for calls that are made once a message.
 */
export abstract class RetryAwaitable<T> extends FastPathAwaitable<T> {
  /** The future after whose completion `tryNow` is worth another call. May throw. @internal */
  abstract waitToRetry(): Future<unknown>;

  /** The wait for `_future` ended early: it was cancelled or has failed, and nothing is tried again. @internal */
  stopWaiting(_future: Future<unknown>): void {}

  protected override slowPath(): Iterator<Suspension, T, unknown> {
    return new RetryFrame<T>(this);
  }

  override then<A = T, B = never>(onFulfilled?: Continuation<T, A>, onRejected?: Continuation<unknown, B>): PromiseLike<A | B> {
    return awaitRetry(this, onFulfilled as Handler, onRejected as Handler) as PromiseLike<A | B>;
  }
}

type Continuation<V, R> = ((argument: V) => R | PromiseLike<R>) | null | undefined;

/** A RetryAwaitable under `yield*`. Created after `tryNow` returned WOULD_BLOCK. */
class RetryFrame<T> implements Iterator<Suspension, T, unknown> {
  readonly #target: RetryAwaitable<T>;
  /** The future that the frame is suspended on. */
  #future: Future<unknown> | null = null;

  constructor(target: RetryAwaitable<T>) {
    this.#target = target;
  }

  next(): IteratorResult<Suspension, T> {
    const target = this.#target;
    const waited = this.#future;
    if (waited !== null) {
      if (waited.state !== RESULT) this.#stopWaiting();
      this.#future = null;
      waited.result(); // Throws the error of a future that has failed.
      const value = target.tryNow();
      if (value !== WOULD_BLOCK) return { done: true, value };
    }
    const future = target.waitToRetry();
    this.#future = future;
    future.blocking = true;
    return { done: false, value: future as unknown as Suspension };
  }

  throw(error: unknown): IteratorResult<Suspension, T> {
    this.#stopWaiting();
    throw error;
  }

  return(value: T): IteratorResult<Suspension, T> {
    this.#stopWaiting();
    return { done: true, value };
  }

  #stopWaiting(): void {
    const future = this.#future;
    this.#future = null;
    if (future !== null) this.#target.stopWaiting(future);
  }
}

/** A RetryAwaitable under `await`: no frame, no step. */
class RetryAwait extends DerivedPromise implements PendingAwait {
  readonly scope: CancelScope;
  waitingFor: Future<unknown> | null = null;
  mustCancel = false;
  /** Links of the scope's list. */
  previous: PendingAwait | null = null;
  next: PendingAwait | null = null;
  readonly #target: RetryAwaitable<unknown>;

  constructor(scope: CancelScope, target: RetryAwaitable<unknown>, onFulfilled: Handler, onRejected: Handler) {
    super(onFulfilled, onRejected);
    this.scope = scope;
    this.#target = target;
    scope.append(this);
  }

  get task(): ScopedTask {
    return this.scope.task;
  }

  get onPromise(): false {
    return false;
  }

  /** Waits for the next try. */
  suspend(): void {
    let future: Future<unknown>;
    try {
      future = this.#target.waitToRetry();
    } catch (error) {
      return this.fail(error);
    }
    suspendOn(this, future);
  }

  /** Called by the loop when the future is done: ends the wait or tries again. */
  run(): void {
    const future = this.waitingFor!;
    const isCancelled = mustCancel(this) && takeCancellation(this);
    if (isCancelled || future.state !== RESULT) {
      this.#target.stopWaiting(future);
      return this.fail(isCancelled ? this.task.makeCancelledError() : errorOf(future));
    }
    let value: unknown;
    try {
      value = this.#target.tryNow();
    } catch (error) {
      return this.fail(error);
    }
    if (value === WOULD_BLOCK) this.suspend();
    else this.succeed(value);
  }

  succeed(value: unknown): void {
    this.scope.remove(this);
    this.fulfil(value);
  }

  fail(error: unknown): void {
    this.scope.remove(this);
    this.reject(error);
  }
}

/** `then` of a RetryAwaitable. */
function awaitRetry(target: RetryAwaitable<unknown>, onFulfilled: Handler, onRejected: Handler): PromiseLike<unknown> {
  let value: unknown;
  try {
    value = target.tryNow();
  } catch (error) {
    return rejected(error, onRejected);
  }
  if (value !== WOULD_BLOCK) return fulfilled(value, onFulfilled);
  const scope = currentScope();
  if (scope === null) return awaiting.then(target, onFulfilled as never, onRejected as never);
  const pending = new RetryAwait(scope, target, onFulfilled, onRejected);
  pending.suspend();
  return pending;
}
