import type { Suspension } from "../core/contracts.js";
import { awaitParking } from "./await.js";
import type { Handler } from "./derived-promise.js";
import type { Future } from "./future.js";
import { Immediate } from "./fast-path.js";
import { NOT_YET } from "./not-yet.js";

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
