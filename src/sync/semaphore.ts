/** Semaphore and BoundedSemaphore. */
import type { Suspension } from "../core/contracts.js";
import { ValueError } from "../core/errors.js";
import { checkSignal, failOnAbort, type Abortable } from "./abort-signal.js";
import { RESULT } from "../tasks/future.js";
import type { FastPathAwaitable } from "../tasks/fast-path.js";
import { describe } from "../util/format.js";
import { Acquirable } from "./lock.js";
import { Acquire, WaitList } from "./waiters.js";

/**
 * Admits at most `value` holders at a time, in the order of arrival. Throws TypeError or ValueError unless `value` is an integer of 0 or
 * more. Mirrors asyncio.Semaphore.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * await asyncio.run(async () => {
 *   const places = new asyncio.Semaphore(2);
 *   let [inside, most] = [0, 0];
 *   const visit = () =>
 *     asyncio.asyncWith(places, async () => {
 *       most = Math.max(most, ++inside);
 *       await asyncio.sleep(0);
 *       inside--;
 *     });
 *   await asyncio.gather(visit, visit, visit, visit);
 *   console.log(most); // 2
 * });
 * ```
 */
export class Semaphore extends Acquirable {
  readonly #waiters = new WaitList();
  /** The number of free slots. A slot that was given to a woken waiter is not free. */
  #value: number;
  readonly #acquire = new Acquire(this);

  constructor(value = 1) {
    super();
    if (!Number.isInteger(value)) throw new TypeError(`value must be an integer, got ${describe(value)}`);
    if (value < 0) throw new ValueError(`Semaphore initial value must be >= 0, got ${value}`);
    this.#value = value;
  }

  /** Whether `acquire` would have to wait. */
  locked(): boolean {
    return this.#value === 0 || this.#waiters.live > 0;
  }

  /** Waits for a free slot and takes it; returns true. */
  override acquire(options: Abortable = {}): FastPathAwaitable<boolean> {
    if (options.signal === undefined) return this.#acquire;
    checkSignal(options.signal);
    return new Acquire(this, options.signal);
  }

  /** Frees a slot and wakes the next waiting task. */
  override release(): void {
    this.#value++;
    this.#wakeNext();
  }

  /** Returns a snapshot of the semaphore's state for monitoring. Beyond asyncio. */
  statistics(): { value: number; waiting: number } {
    return { value: this.#value, waiting: this.#waiters.live };
  }

  override toString(): string {
    const state = this.locked() ? "locked" : `unlocked, value:${this.#value}`;
    return `<${this.constructor.name} [${state}${this.#waiters.size > 0 ? `, waiters:${this.#waiters.size}` : ""}]>`;
  }

  /** The number of free slots. @internal */
  get value(): number {
    return this.#value;
  }

  /** @internal */
  tryAcquire(): boolean {
    if (this.locked()) return false;
    this.#value--;
    return true;
  }

  /** @internal */
  *waitToAcquire(signal: AbortSignal | undefined): Generator<Suspension, boolean, unknown> {
    const waiters = this.#waiters;
    const waiter = waiters.join(this);
    const dispose = signal === undefined ? null : failOnAbort(waiter, signal);
    try {
      try {
        yield* waiter;
      } finally {
        waiters.leave(waiter);
        dispose?.();
      }
    } catch (error) {
      if (waiter.state === RESULT) this.#value++; // The waiter was woken and had the slot already: free it again.
      throw error;
    } finally {
      while (this.#value > 0 && this.#wakeNext());
    }
    return true;
  }

  /** Wakes the next waiter. The slot is given to it immediately, so no other task can take it first. */
  #wakeNext(): boolean {
    if (!this.#waiters.wakeNext()) return false;
    this.#value--;
    return true;
  }
}

/** A Semaphore that throws ValueError if it is released more often than acquired. Mirrors asyncio.BoundedSemaphore. */
export class BoundedSemaphore extends Semaphore {
  readonly #bound: number;

  constructor(value = 1) {
    super(value);
    this.#bound = value;
  }

  /** Frees a slot. Throws ValueError if all slots are free already. */
  override release(): void {
    if (this.value >= this.#bound) throw new ValueError("BoundedSemaphore released too many times");
    super.release();
  }
}
