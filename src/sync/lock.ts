/** Lock, and the base that it shares with Semaphore and Condition. */
import type { Suspension } from "../core/contracts.js";
import { RuntimeError } from "../core/errors.js";
import { checkSignal, type Abortable } from "./abort-signal.js";
import { FastPathAwaitable, WOULD_BLOCK, SyncAwaitable } from "../tasks/fast-path.js";
import { lazy, type AsyncManager } from "../syntax/async-with.js";
import { Acquire, WaitList } from "./waiters.js";

/** The base of Lock, Semaphore and Condition: a context manager that acquires at the start of a block and releases at its end. */
export abstract class Acquirable implements AsyncManager<void, void> {
  get [lazy](): true {
    return true;
  }

  /** Waits until it can be acquired; returns true. */
  abstract acquire(options?: Abortable): FastPathAwaitable<boolean>;
  /** Releases it and wakes the next waiting task. */
  abstract release(): void;

  /** Called by `asyncWith(lock, ...)`: acquires. */
  aenter(): FastPathAwaitable<void> {
    return new Enter(this.acquire());
  }

  /** Called by `asyncWith(lock, ...)`: releases. */
  aexit(): SyncAwaitable<void> {
    return new SyncAwaitable(() => this.release());
  }

  /** Acquires; disposing of the result releases. For `await using held = await lock.hold()`. Beyond asyncio. */
  async hold(options: Abortable = {}): Promise<AsyncDisposable> {
    await this.acquire(options);
    return { [Symbol.asyncDispose]: async () => this.release() };
  }
}

/** An acquisition without its result. */
class Enter extends FastPathAwaitable<void> {
  readonly #acquire: FastPathAwaitable<boolean>;

  constructor(acquire: FastPathAwaitable<boolean>) {
    super();
    this.#acquire = acquire;
  }

  override tryNow(): void | typeof WOULD_BLOCK {
    if (this.#acquire.tryNow() === WOULD_BLOCK) return WOULD_BLOCK;
  }

  protected override *slowPath(): Generator<Suspension, void, unknown> {
    yield* this.#acquire;
  }
}

/**
 * Mutual exclusion between tasks, in the order of arrival. A lock has no owner: any task may release it. Mirrors asyncio.Lock.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * await asyncio.run(async () => {
 *   const lock = new asyncio.Lock();
 *   let count = 0;
 *   const increment = () =>
 *     asyncio.asyncWith(lock, async () => {
 *       const before = count;
 *       await asyncio.sleep(0);
 *       count = before + 1;
 *     });
 *   await asyncio.gather(increment, increment, increment);
 *   console.log(count); // 3
 * });
 * ```
 */
export class Lock extends Acquirable {
  readonly #waiters = new WaitList();
  #locked = false;
  readonly #acquire = new Acquire(this);

  /** Whether the lock is held by any task. */
  locked(): boolean {
    return this.#locked;
  }

  /** Waits until the lock is free and acquires it; returns true. */
  override acquire(options: Abortable = {}): FastPathAwaitable<boolean> {
    if (options.signal === undefined) return this.#acquire;
    checkSignal(options.signal);
    return new Acquire(this, options.signal);
  }

  /** Releases the lock and wakes the next waiting task. Throws RuntimeError if the lock is not held. */
  override release(): void {
    if (!this.#locked) throw new RuntimeError("Lock is not acquired; call acquire() before release()");
    this.#locked = false;
    this.#wakeHead();
  }

  /** Returns a snapshot of the lock's state for monitoring. Beyond asyncio. */
  statistics(): { locked: boolean; waiting: number } {
    return { locked: this.#locked, waiting: this.#waiters.live };
  }

  override toString(): string {
    return `<Lock [${this.#locked ? "locked" : "unlocked"}${this.#waiters.size > 0 ? `, waiters:${this.#waiters.size}` : ""}]>`;
  }

  /** @internal */
  tryAcquire(): boolean {
    // A waiter that was woken but has not run yet comes first: it takes the lock when it runs.
    if (this.#locked || this.#waiters.live > 0) return false;
    this.#locked = true;
    return true;
  }

  /** @internal */
  *waitToAcquire(signal: AbortSignal | undefined): Generator<Suspension, boolean, unknown> {
    try {
      yield* this.#waiters.wait(this, signal);
    } catch (error) {
      if (!this.#locked) this.#wakeHead(); // This waiter may have been woken for the free lock: wake the next one instead.
      throw error;
    }
    this.#locked = true;
    return true;
  }

  #wakeHead(): void {
    const head = this.#waiters.head;
    if (head !== null && !head.done()) this.#waiters.wakeNext();
  }
}
