import type { Suspension } from "../core/contracts.js";
import { isCancelled, RuntimeError } from "../core/errors.js";
import { checkSignal, failOnAbort, type Abortable } from "./abort-signal.js";
import { coroutine, type Coroutine } from "../tasks/coroutine.js";
import type { FastPathAwaitable } from "../tasks/fast-path.js";
import { describe } from "../util/format.js";
import { Acquirable, Lock } from "./lock.js";
import { WaitList } from "./waiters.js";

/**
 * Lets tasks wait for a change of some state that a lock guards. Mirrors asyncio.Condition.
 *
 * A task that calls `wait` goes through these states:
 *
 * - holding the lock: the task may check and change the guarded state. `wait` starts and ends here, also when it throws.
 * - waiting: the task has released the lock and is in the condition's list of waiters. `notify` ends this, as do a cancellation and an
 *   aborted signal.
 * - reacquiring: the task waits for the lock. Cancelling does not interrupt this: the cancellation is thrown once the lock is held.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * await asyncio.run(async () => {
 *   const condition = new asyncio.Condition();
 *   const items: string[] = [];
 *   const consumer = asyncio.createTask(() =>
 *     asyncio.asyncWith(condition, async () => {
 *       await condition.waitFor(() => items.length > 0);
 *       return items.pop();
 *     }),
 *   );
 *   await asyncio.asyncWith(condition, async () => {
 *     items.push("an item");
 *     condition.notify();
 *   });
 *   console.log(await consumer); // an item
 * });
 * ```
 */
export class Condition extends Acquirable {
  readonly #lock: Lock;
  readonly #waiters = new WaitList();

  /** Several conditions may share one `lock`. Default: a new lock. */
  constructor(lock: Lock = new Lock()) {
    super();
    if (!(lock instanceof Lock)) throw new TypeError(`lock must be a Lock, got ${describe(lock)}`);
    this.#lock = lock;
  }

  /** Acquires the lock. */
  override acquire(options: Abortable = {}): FastPathAwaitable<boolean> {
    return this.#lock.acquire(options);
  }

  /** Releases the lock. Throws RuntimeError if it is not locked. */
  override release(): void {
    this.#lock.release();
  }

  /** Whether the lock is held by any task. */
  locked(): boolean {
    return this.#lock.locked();
  }

  /**
   * Releases the lock, waits for `notify`, acquires the lock again, and returns true. Rejects with RuntimeError if the lock is not held.
   * May wake up spuriously, so check the state again, or use `waitFor`.
   */
  wait(options: Abortable = {}): Coroutine<boolean> {
    checkSignal(options.signal);
    return wait(this, options.signal);
  }

  /** Waits until `predicate()` returns a true value, and returns that value. Mirrors Condition.wait_for. */
  waitFor<T>(predicate: () => T, options: Abortable = {}): Coroutine<T> {
    if (typeof predicate !== "function") throw new TypeError(`predicate must be a function, got ${describe(predicate)}`);
    checkSignal(options.signal);
    return waitFor(this, predicate, options.signal) as Coroutine<T>;
  }

  /** Wakes up to `count` waiting tasks; each continues once it has the lock. Throws RuntimeError if the lock is not held. */
  notify(count = 1): void {
    if (!Number.isInteger(count)) throw new TypeError(`count must be an integer, got ${describe(count)}`);
    if (!this.locked()) throw new RuntimeError("cannot notify on un-acquired lock; acquire() the Condition first");
    this.#notify(count);
  }

  /** Wakes all waiting tasks. Throws RuntimeError if the lock is not held. Mirrors Condition.notify_all. */
  notifyAll(): void {
    this.notify(this.#waiters.size);
  }

  /** Returns a snapshot of the condition's state for monitoring. Beyond asyncio. */
  statistics(): { locked: boolean; waiting: number } {
    return { locked: this.locked(), waiting: this.#waiters.live };
  }

  override toString(): string {
    return `<Condition [${this.locked() ? "locked" : "unlocked"}${this.#waiters.size > 0 ? `, waiters:${this.#waiters.size}` : ""}]>`;
  }

  /** @internal */
  *waitForNotify(signal: AbortSignal | undefined): Generator<Suspension, boolean, unknown> {
    signal?.throwIfAborted();
    if (!this.locked()) throw new RuntimeError("cannot wait on un-acquired lock; acquire() the Condition first");
    const waiter = this.#waiters.join(this);
    this.release();
    const dispose = signal === undefined ? null : failOnAbort(waiter, signal);
    try {
      try {
        try {
          yield* waiter;
        } finally {
          this.#waiters.leave(waiter);
          dispose?.();
        }
      } finally {
        // The caller's block expects to hold the lock, also if the wait has failed. So a cancellation does not interrupt this loop; the
        // last one is thrown once the lock is held. Nothing bounds this wait: a cancelled task still needs the lock's holder to release.
        let cancelled: unknown = null;
        for (;;) {
          try {
            yield* this.acquire();
            break;
          } catch (error) {
            if (!isCancelled(error)) throw error;
            cancelled = error;
          }
        }
        if (cancelled !== null) throw cancelled;
      }
    } catch (error) {
      // This waiter may have been notified before it failed. Pass the notification on, so that it is not lost. If there was none, the
      // next waiter wakes up spuriously, which `wait` allows.
      this.#notify(1);
      throw error;
    }
    return true;
  }

  #notify(count: number): void {
    while (count-- > 0 && this.#waiters.wakeNext());
  }
}

const wait = coroutine(function* wait(condition: Condition, signal: AbortSignal | undefined) {
  return yield* condition.waitForNotify(signal);
});

const waitFor = coroutine(function* waitFor(condition: Condition, predicate: () => unknown, signal: AbortSignal | undefined) {
  let result = predicate();
  while (!result) {
    yield* condition.waitForNotify(signal);
    result = predicate();
  }
  return result;
});
