/** The list of waiters behind every synchronization primitive. */
import type { EventLoop, Suspension } from "../core/contracts.js";
import { RuntimeError } from "../core/errors.js";
import { getRunningLoop } from "../core/running.js";
import { failOnAbort } from "./abort-signal.js";
import { FastPathAwaitable, WOULD_BLOCK } from "../tasks/fast-path.js";
import { Future } from "../tasks/future.js";
import { LinkedList, type ListNode } from "../util/linked-list.js";

/** A coroutine's entry in a WaitList, from the start of its wait until the coroutine runs again. */
export class Waiter extends Future<void> implements ListNode {
  previous: ListNode | null = null;
  next: ListNode | null = null;
  readonly #list: WaitList;

  constructor(list: WaitList, loop: EventLoop) {
    super({ loop });
    this.#list = list;
  }

  override cancel(message?: unknown): boolean {
    const cancelled = super.cancel(message);
    if (cancelled) this.#list.live--;
    return cancelled;
  }
}

/**
 * The fair, cancellable queue of waiters behind every synchronization primitive. A waiter that was woken or cancelled stays in the list
 * until its coroutine runs, so that a newcomer does not overtake it. All operations take amortised constant time.
 */
export class WaitList {
  readonly #waiters = new LinkedList<Waiter>();
  /** The first waiter that may not be done: every waiter before it is. Null if all are done. */
  #firstPending: Waiter | null = null;
  /** The loop of the first waiter. The primitive belongs to it from then on. */
  #loop: EventLoop | null = null;
  #size = 0;
  /** The number of waiters in the list that are not cancelled. `join` and `leave` update it, and Waiter.cancel. @internal */
  live = 0;
  /** The list whose loop this one shares: a primitive with two lists belongs to one loop. */
  readonly #bound: WaitList;

  constructor(sharing: WaitList | null = null) {
    this.#bound = sharing ?? this;
  }

  /** The number of waiters in the list, done ones included. */
  get size(): number {
    return this.#size;
  }

  /** The waiter that has waited longest, done or not. */
  get head(): Waiter | null {
    return this.#waiters.first;
  }

  /** Waits until woken. Error messages name `owner`, the primitive. */
  *wait(owner: object, signal?: AbortSignal): Generator<Suspension, void, unknown> {
    const waiter = this.join(owner);
    const dispose = signal === undefined ? null : failOnAbort(waiter, signal);
    try {
      yield* waiter;
    } finally {
      dispose?.();
      this.leave(waiter);
    }
  }

  /** Adds a waiter at the end. Throws RuntimeError if the running loop is not the one of earlier waiters. */
  join(owner: object): Waiter {
    const loop = getRunningLoop();
    const bound = this.#bound;
    if (bound.#loop === null) bound.#loop = loop;
    else if (bound.#loop !== loop) throw new RuntimeError(`${String(owner)} is bound to a different event loop`);
    const waiter = new Waiter(this, loop);
    this.#waiters.append(waiter);
    this.#firstPending ??= waiter;
    this.#size++;
    this.live++;
    return waiter;
  }

  /** Removes a waiter. Its coroutine calls this when it runs again. */
  leave(waiter: Waiter): void {
    if (this.#firstPending === waiter) this.#firstPending = waiter.next as Waiter | null;
    this.#waiters.remove(waiter);
    this.#size--;
    if (!waiter.cancelled()) this.live--;
  }

  /** Wakes the first waiter that is not done. Returns false if there is none. */
  wakeNext(): boolean {
    let waiter = this.#firstPending;
    while (waiter !== null && waiter.done()) waiter = waiter.next as Waiter | null;
    this.#firstPending = waiter === null ? null : (waiter.next as Waiter | null);
    if (waiter === null) return false;
    waiter.setResult(undefined);
    return true;
  }

  /** Wakes all waiters that are not done. */
  wakeAll(): void {
    while (this.wakeNext());
  }
}

/** A primitive that can be acquired, immediately or after waiting. */
export interface Waitable {
  tryAcquire(): boolean;
  waitToAcquire(signal: AbortSignal | undefined): Generator<Suspension, boolean, unknown>;
}

/** An acquisition, which begins when it is awaited. Without a signal it can be awaited any number of times. */
export class Acquire extends FastPathAwaitable<boolean> {
  readonly #target: Waitable;
  readonly #signal: AbortSignal | undefined;

  constructor(target: Waitable, signal?: AbortSignal) {
    super();
    this.#target = target;
    this.#signal = signal;
  }

  override tryNow(): boolean | typeof WOULD_BLOCK {
    this.#signal?.throwIfAborted();
    return this.#target.tryAcquire() || WOULD_BLOCK;
  }

  protected override slowPath(): Generator<Suspension, boolean, unknown> {
    return this.#target.waitToAcquire(this.#signal);
  }
}
