import type { Suspension } from "../core/contracts.js";
import { errorOf, rejected, fulfilled } from "./await.js";
import { DerivedPromise, type Handler } from "./derived-promise.js";
import { RESULT, type Future } from "./future.js";
import { FastPathAwaitable, WOULD_BLOCK } from "./fast-path.js";
import { type PendingAwait, type CancelScope, type ScopedTask, mustCancel, suspendOn } from "./cancel-scope.js";
import { currentScope } from "./current-task.js";
import { takeCancellation } from "./step.js";
import { awaiting } from "./awaitable.js";

/**
 * An Immediate that, where `attempt` gives nothing, waits for one future and tries again: what a generator would do in a loop, without
 * the generator. For calls made once a message.
 */
export abstract class RetryAwaitable<T> extends FastPathAwaitable<T> {
  /** The future after which to try again. May throw. @internal */
  abstract park(): Future<unknown>;
  /** The wait is over, whatever came of it. @internal */
  abstract unpark(): void;

  protected override slowPath(): Iterator<Suspension, T, unknown> {
    return new RetryFrame<T>(this);
  }

  override then<A = T, B = never>(onFulfilled?: Continuation<T, A>, onRejected?: Continuation<unknown, B>): PromiseLike<A | B> {
    return awaitRetry(this, onFulfilled as Handler, onRejected as Handler) as PromiseLike<A | B>;
  }
}

type Continuation<V, R> = ((argument: V) => R | PromiseLike<R>) | null | undefined;

/** For generators. Made when `attempt` has just given nothing. */
class RetryFrame<T> implements Iterator<Suspension, T, unknown> {
  readonly #parking: RetryAwaitable<T>;
  /** What is waited for. */
  #future: Future<unknown> | null = null;

  constructor(parking: RetryAwaitable<T>) {
    this.#parking = parking;
  }

  next(): IteratorResult<Suspension, T> {
    const parking = this.#parking;
    const future = this.#future;
    if (future !== null) {
      this.#future = null;
      parking.unpark();
      future.result(); // Throws what the future failed with.
      const value = parking.tryNow();
      if (value !== WOULD_BLOCK) return { done: true, value };
    }
    const next = parking.park();
    this.#future = next;
    next.blocking = true;
    return { done: false, value: next as unknown as Suspension };
  }

  throw(error: unknown): IteratorResult<Suspension, T> {
    this.#leave();
    throw error;
  }

  return(value: T): IteratorResult<Suspension, T> {
    this.#leave();
    return { done: true, value };
  }

  #leave(): void {
    if (this.#future === null) return;
    this.#future = null;
    this.#parking.unpark();
  }
}

/** An await of something that is tried again after each wait: no frame, no step. */
export class RetryAwait extends DerivedPromise implements PendingAwait {
  readonly scope: CancelScope;
  waitingFor: Future<unknown> | null = null;
  readonly onPromise = false;
  mustCancel = false;
  previous: PendingAwait | null = null;
  next: PendingAwait | null = null;
  readonly #target: RetryAwaitable<unknown>;

  constructor(scope: CancelScope, target: RetryAwaitable<unknown>, onFulfilled: Handler, onRejected: Handler) {
    super(onFulfilled, onRejected);
    this.scope = scope;
    this.#target = target;
    scope.awaits.append(this);
  }

  get task(): ScopedTask {
    return this.scope.task;
  }

  /** `attempt` has given nothing: waits for the next time. */
  suspend(): void {
    let future: Future<unknown>;
    try {
      future = this.#target.park();
    } catch (error) {
      return this.fail(error);
    }
    suspendOn(this, future);
  }

  /** From the ready queue. */
  run(): void {
    const future = this.waitingFor!;
    this.#target.unpark();
    if (mustCancel(this) && takeCancellation(this)) return this.fail(this.task.makeCancelledError());
    if (future.state !== RESULT) return this.fail(errorOf(future));
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
    this.scope.awaits.remove(this);
    this.fulfil(value);
  }

  fail(error: unknown): void {
    this.scope.awaits.remove(this);
    this.reject(error);
  }
}

/** `then` of a Parking. */
export function awaitRetry(target: RetryAwaitable<unknown>, onFulfilled: Handler, onRejected: Handler): PromiseLike<unknown> {
  let value: unknown;
  try {
    value = target.tryNow();
  } catch (error) {
    return rejected(error, onFulfilled, onRejected);
  }
  if (value !== WOULD_BLOCK) return fulfilled(value, onFulfilled, onRejected);
  const scope = currentScope();
  if (scope === null) return awaiting.then(target, onFulfilled as never, onRejected as never);
  const pending = new RetryAwait(scope, target, onFulfilled, onRejected);
  pending.suspend();
  return pending;
}
