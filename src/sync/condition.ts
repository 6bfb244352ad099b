import type { Suspension } from "../core/contracts.js";
import { isCancelled, RuntimeError } from "../core/errors.js";
import { checkSignal, failOnAbort, type Abortable } from "./abort-signal.js";
import { coroutine, type Coroutine } from "../tasks/coroutine.js";
import type { FastPathAwaitable } from "../tasks/fast-path.js";
import { describe } from "../util/format.js";
import { Acquirable, Lock } from "./lock.js";
import { WaitList } from "./waiters.js";

/**
 * Waits for a change of state that a lock guards. Mirrors asyncio.Condition.
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

  /** `lock`: to be shared with other conditions; default a new one. */
  constructor(lock: Lock = new Lock()) {
    super();
    if (!(lock instanceof Lock)) throw new TypeError(`lock must be a Lock, got ${describe(lock)}`);
    this.#lock = lock;
  }

  override acquire(options: Abortable = {}): FastPathAwaitable<boolean> {
    return this.#lock.acquire(options);
  }

  override release(): void {
    this.#lock.release();
  }

  /** Whether somebody has the lock. */
  locked(): boolean {
    return this.#lock.locked();
  }

  /** Gives the lock back, waits for `notify`, takes the lock again; gives true. RuntimeError without the lock. May wake without need. */
  wait(options: Abortable = {}): Coroutine<boolean> {
    checkSignal(options.signal);
    return wait(this, options.signal);
  }

  /** Waits until `predicate()` is true, and gives what it returned. */
  waitFor<T>(predicate: () => T, options: Abortable = {}): Coroutine<T> {
    if (typeof predicate !== "function") throw new TypeError(`predicate must be a function, got ${describe(predicate)}`);
    checkSignal(options.signal);
    return waitFor(this, predicate, options.signal) as Coroutine<T>;
  }

  /** Wakes up to `count` of those who wait; each runs once it has the lock. RuntimeError without the lock. */
  notify(count = 1): void {
    if (!Number.isInteger(count)) throw new TypeError(`count must be an integer, got ${describe(count)}`);
    if (!this.locked()) throw new RuntimeError("cannot notify on un-acquired lock; acquire() the Condition first");
    this.#notify(count);
  }

  /** Wakes everybody who waits. RuntimeError without the lock. Mirrors Condition.notify_all. */
  notifyAll(): void {
    this.notify(this.#waiters.size);
  }

  /** Counts, for looking at a program from outside. Beyond asyncio. */
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
        // The caller holds the lock again, whatever has happened; the last cancellation is thrown on then.
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
      this.#notify(1); // We may have been notified: pass it on.
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
