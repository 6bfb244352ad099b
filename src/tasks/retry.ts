import type { Suspension } from "../core/contracts.js";
import { errorOf, rejected, fulfilled } from "./await.js";
import { Chained, type Handler } from "./derived-promise.js";
import { RESULT, type Future } from "./future.js";
import { Immediate, NOT_YET } from "./fast-path.js";
import { type PendingAwait, type Scope, type Owner, mustCancel, clearMustCancel } from "./cancel-scope.js";
import { currentScope } from "./current-task.js";
import { takeCancellation } from "./step.js";
import { awaiting } from "./awaitable.js";

/**
 * An Immediate that, where `attempt` gives nothing, waits for one future and tries again: what a generator would do in a loop, without
 * the generator. For calls made once a message.
 */
export abstract class Parking<T> extends Immediate<T> {
  /** The future after which to try again. May throw. @internal */
  abstract park(): Future<unknown>;
  /** The wait is over, whatever came of it. @internal */
  abstract unpark(): void;

  protected override wait(): Iterator<Suspension, T, unknown> {
    return new ParkingFrame<T>(this);
  }

  override then<A = T, B = never>(onFulfilled?: Continuation<T, A>, onRejected?: Continuation<unknown, B>): PromiseLike<A | B> {
    return awaitParking(this, onFulfilled as Handler, onRejected as Handler) as PromiseLike<A | B>;
  }
}

type Continuation<V, R> = ((argument: V) => R | PromiseLike<R>) | null | undefined;

/** For generators. Made when `attempt` has just given nothing. */
class ParkingFrame<T> implements Iterator<Suspension, T, unknown> {
  readonly #parking: Parking<T>;
  /** What is waited for. */
  #future: Future<unknown> | null = null;

  constructor(parking: Parking<T>) {
    this.#parking = parking;
  }

  next(): IteratorResult<Suspension, T> {
    const parking = this.#parking;
    const future = this.#future;
    if (future !== null) {
      this.#future = null;
      parking.unpark();
      future.result(); // Throws what the future failed with.
      const value = parking.attempt();
      if (value !== NOT_YET) return { done: true, value };
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
export class ParkedAwait extends Chained implements PendingAwait {
  readonly scope: Scope;
  waitingFor: Future<unknown> | null = null;
  readonly onPromise = false;
  mustCancel = false;
  previous: PendingAwait | null = null;
  next: PendingAwait | null = null;
  readonly #target: Parking<unknown>;

  constructor(scope: Scope, target: Parking<unknown>, onFulfilled: Handler, onRejected: Handler) {
    super(onFulfilled, onRejected);
    this.scope = scope;
    this.#target = target;
    scope.awaits.append(this);
  }

  get task(): Owner {
    return this.scope.task;
  }

  /** `attempt` has given nothing: waits for the next time. */
  park(): void {
    let future: Future<unknown>;
    try {
      future = this.#target.park();
    } catch (error) {
      return this.fail(error);
    }
    future.addWaiter(this);
    this.waitingFor = future;
    if (mustCancel(this) && future.cancel(this.task.cancelMessage)) clearMustCancel(this);
  }

  /** From the ready queue. */
  run(): void {
    const future = this.waitingFor!;
    this.#target.unpark();
    if (mustCancel(this) && takeCancellation(this)) return this.fail(this.task.makeCancelledError());
    if (future.state !== RESULT) return this.fail(errorOf(future));
    let value: unknown;
    try {
      value = this.#target.attempt();
    } catch (error) {
      return this.fail(error);
    }
    if (value === NOT_YET) this.park();
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
export function awaitParking(target: Parking<unknown>, onFulfilled: Handler, onRejected: Handler): PromiseLike<unknown> {
  let value: unknown;
  try {
    value = target.attempt();
  } catch (error) {
    return rejected(error, onFulfilled, onRejected);
  }
  if (value !== NOT_YET) return fulfilled(value, onFulfilled, onRejected);
  const scope = currentScope();
  if (scope === null) return awaiting.then(target, onFulfilled as never, onRejected as never);
  const pending = new ParkedAwait(scope, target, onFulfilled, onRejected);
  pending.park();
  return pending;
}
