import type { EventLoop, Suspension } from "../core/contracts.js";
import { RuntimeError } from "../core/errors.js";
import { getRunningLoop } from "../core/running.js";
import { failOnAbort } from "./abort-signal.js";
import { FastPathAwaitable, WOULD_BLOCK } from "../tasks/fast-path.js";
import { Future } from "../tasks/future.js";
import { LinkedList, type ListNode } from "../util/linked-list.js";

/** One coroutine's place in a WaitList, from its wait until it runs again. */
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
 * The fair, cancellable queue that every primitive waits in. A waiter that was woken or cancelled stays in it until its coroutine runs:
 * until then newcomers must not overtake it. All operations take constant time, amortised.
 */
export class WaitList {
  readonly #waiters = new LinkedList<Waiter>();
  /** Every waiter before this one is done. */
  #firstPending: Waiter | null = null;
  #loop: EventLoop | null = null;
  #size = 0;
  /** Waiters that are not cancelled. Written by Waiter too. @internal */
  live = 0;

  /** Coroutines in the list. */
  get size(): number {
    return this.#size;
  }

  /** The longest waiting, done or not. */
  get head(): Waiter | null {
    return this.#waiters.first;
  }

  /** Waits until woken. `owner` names the primitive in errors. */
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

  /** Takes a place at the end. RuntimeError on another loop than before. */
  join(owner: object): Waiter {
    const loop = getRunningLoop();
    if (this.#loop === null) this.#loop = loop;
    else if (this.#loop !== loop) throw new RuntimeError(`${String(owner)} is bound to a different event loop`);
    const waiter = new Waiter(this, loop);
    this.#waiters.append(waiter);
    this.#firstPending ??= waiter;
    this.#size++;
    this.live++;
    return waiter;
  }

  leave(waiter: Waiter): void {
    if (this.#firstPending === waiter) this.#firstPending = waiter.next as Waiter | null;
    this.#waiters.remove(waiter);
    this.#size--;
    if (!waiter.cancelled()) this.live--;
  }

  /** Wakes the first that is not done; false if there is none. */
  wakeNext(): boolean {
    let waiter = this.#firstPending;
    while (waiter !== null && waiter.done()) waiter = waiter.next as Waiter | null;
    this.#firstPending = waiter === null ? null : (waiter.next as Waiter | null);
    if (waiter === null) return false;
    waiter.setResult(undefined);
    return true;
  }

  wakeAll(): void {
    while (this.wakeNext());
  }
}

/** What can be acquired: at once, or after waiting for it. */
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
