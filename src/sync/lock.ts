import type { Suspension } from "../core/contracts.js";
import { RuntimeError } from "../core/errors.js";
import { checkSignal, type Abortable } from "./abort-signal.js";
import { FastPathAwaitable, WOULD_BLOCK, SyncAwaitable } from "../tasks/fast-path.js";
import { lazy, type AsyncManager } from "../syntax/async-with.js";
import { Acquire, WaitList } from "./waiters.js";

/** What can be acquired and released: a manager that holds it during a block. */
export abstract class Acquirable implements AsyncManager<void, void> {
  get [lazy](): true {
    return true;
  }

  abstract acquire(options?: Abortable): FastPathAwaitable<boolean>;
  abstract release(): void;

  /** Of `asyncWith(lock, ...)`: acquires. */
  aenter(): FastPathAwaitable<void> {
    return new Enter(this.acquire());
  }

  /** Of `asyncWith(lock, ...)`: releases. */
  aexit(): SyncAwaitable<void> {
    return new SyncAwaitable(() => this.release());
  }

  /** For `await using held = await lock.hold()`: acquires, and releases when disposed. */
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
 * Mutual exclusion between tasks, first come first served. Nobody owns it: any task may release it. Mirrors asyncio.Lock.
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

  /** Whether somebody has it. */
  locked(): boolean {
    return this.#locked;
  }

  /** Waits until the lock is free and takes it; gives true. */
  override acquire(options: Abortable = {}): FastPathAwaitable<boolean> {
    if (options.signal === undefined) return this.#acquire;
    checkSignal(options.signal);
    return new Acquire(this, options.signal);
  }

  /** RuntimeError if the lock is not held. */
  override release(): void {
    if (!this.#locked) throw new RuntimeError("Lock is not acquired: release() without acquire()");
    this.#locked = false;
    this.#wakeHead();
  }

  /** Counts, for looking at a program from outside. Beyond asyncio. */
  statistics(): { locked: boolean; waiting: number } {
    return { locked: this.#locked, waiting: this.#waiters.live };
  }

  override toString(): string {
    return `<Lock [${this.#locked ? "locked" : "unlocked"}${this.#waiters.size > 0 ? `, waiters:${this.#waiters.size}` : ""}]>`;
  }

  /** @internal */
  tryAcquire(): boolean {
    // A waiter that was woken and has not run yet comes first.
    if (this.#locked || this.#waiters.live > 0) return false;
    this.#locked = true;
    return true;
  }

  /** @internal */
  *waitToAcquire(signal: AbortSignal | undefined): Generator<Suspension, boolean, unknown> {
    try {
      yield* this.#waiters.wait(this, signal);
    } catch (error) {
      if (!this.#locked) this.#wakeHead(); // The wake-up that was ours goes to the next.
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
