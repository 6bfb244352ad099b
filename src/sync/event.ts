import type { Suspension } from "../core/contracts.js";
import { checkSignal, type Abortable } from "./abort-signal.js";
import { FastPathAwaitable, WOULD_BLOCK } from "../tasks/fast-path.js";
import { WaitList } from "./waiters.js";

/**
 * A flag that tasks wait for. Mirrors asyncio.Event.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * await asyncio.run(async () => {
 *   const ready = new asyncio.Event();
 *   const waiting = asyncio.createTask(() => ready.wait());
 *   ready.set(); // Wakes every waiting task.
 *   console.log(await waiting, ready.isSet()); // true true
 * });
 * ```
 */
export class Event {
  readonly #waiters = new WaitList();
  #set = false;

  /** Whether the flag is set. If so, `wait` does not wait. Mirrors Event.is_set. */
  isSet(): boolean {
    return this.#set;
  }

  /** Sets the flag and wakes all waiting tasks. They wake up even if `clear()` is called before they run. */
  set(): void {
    if (this.#set) return;
    this.#set = true;
    this.#waiters.wakeAll();
  }

  /** Clears the flag: `wait` waits again. */
  clear(): void {
    this.#set = false;
  }

  /** Waits until the flag is set; returns true. */
  wait(options: Abortable = {}): FastPathAwaitable<boolean> {
    checkSignal(options.signal);
    return new WaitForEvent(this, options.signal);
  }

  /** Returns a snapshot of the event's state for monitoring. Beyond asyncio. */
  statistics(): { set: boolean; waiting: number } {
    return { set: this.#set, waiting: this.#waiters.live };
  }

  toString(): string {
    return `<Event [${this.#set ? "set" : "unset"}${this.#waiters.size > 0 ? `, waiters:${this.#waiters.size}` : ""}]>`;
  }

  /** @internal */
  *waitUntilSet(signal: AbortSignal | undefined): Generator<Suspension, boolean, unknown> {
    yield* this.#waiters.wait(this, signal);
    return true;
  }
}

class WaitForEvent extends FastPathAwaitable<boolean> {
  readonly #event: Event;
  readonly #signal: AbortSignal | undefined;

  constructor(event: Event, signal: AbortSignal | undefined) {
    super();
    this.#event = event;
    this.#signal = signal;
  }

  override tryNow(): boolean | typeof WOULD_BLOCK {
    this.#signal?.throwIfAborted();
    return this.#event.isSet() || WOULD_BLOCK;
  }

  protected override slowPath(): Generator<Suspension, boolean, unknown> {
    return this.#event.waitUntilSet(this.#signal);
  }
}
