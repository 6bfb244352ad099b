/** Deadlines for a block: timeout, timeoutAt and the class Timeout. */
import type { HandleLike } from "../core/contracts.js";
import { isCancelled, RuntimeError, TimeoutError } from "../core/errors.js";
import { getRunningLoop } from "../core/running.js";
import { SyncAwaitable } from "../tasks/fast-path.js";
import type { CancelTarget } from "../tasks/cancel-scope.js";
import { currentCancelTarget } from "../tasks/current-task.js";
import { lazy, scoped, type AsyncManager, type Outcome } from "../syntax/async-with.js";
import { describe } from "../util/format.js";

/**
 * The state of a Timeout:
 *
 * - created: no block has started. Only `aenter` ends it.
 * - active: the block runs and the deadline has not passed. Set by `aenter`; only here `reschedule` works.
 * - expiring: the deadline has passed and the block is being cancelled. Set by the timer.
 * - expired: the block has ended after the deadline. Set by `aexit`; final.
 * - finished: the block has ended before the deadline. Set by `aexit`; final.
 */
type State = "created" | "active" | "expiring" | "expired" | "finished";

/** A context manager that cancels its block at a deadline; `timeout()` and `timeoutAt()` create it. Mirrors asyncio.Timeout. */
export class Timeout implements AsyncManager<Timeout, void> {
  get [lazy](): true {
    return true;
  }

  readonly [scoped] = true;
  #state: State = "created";
  #when: number | null;
  /** The scheduled `#onTimeout`; null if there is no deadline, and once it has run. */
  #handle: HandleLike | null = null;
  /** The part of the task that the block runs in. Set while the block runs. */
  #target: CancelTarget | null = null;
  /** The number of cancellation requests before the block: only the timeout's own request may become a TimeoutError. */
  #cancelling = 0;

  /** `when` is the deadline in seconds of the loop's clock, `loop.time()`; null for no deadline. */
  constructor(when: number | null) {
    if (when !== null && (typeof when !== "number" || Number.isNaN(when)))
      throw new TypeError(`when must be a time in seconds or null, got ${describe(when)}`);
    this.#when = when;
  }

  /** Returns the deadline in seconds of the loop's clock, or null if there is none. */
  when(): number | null {
    return this.#when;
  }

  /** Changes the deadline, in seconds of the loop's clock; null removes it. Throws RuntimeError unless the block is running. */
  reschedule(when: number | null): void {
    if (this.#state !== "active") {
      throw new RuntimeError(
        this.#state === "created"
          ? "Timeout has not been entered; use it with asyncWith()"
          : `Cannot change state of ${this.#state} Timeout`,
      );
    }
    this.#when = when;
    this.#handle?.cancel();
    if (when === null) {
      this.#handle = null;
    } else {
      const loop = getRunningLoop();
      this.#handle = when <= loop.time() ? loop.callSoon(this.#onTimeout) : loop.callAt(when, this.#onTimeout);
    }
  }

  /** Whether the deadline passed while the block was running. */
  expired(): boolean {
    return this.#state === "expiring" || this.#state === "expired";
  }

  /** Called by `asyncWith(timeout, ...)`. Rejects with RuntimeError outside of a task, and if the timeout was entered before. */
  aenter(): SyncAwaitable<this> {
    return new SyncAwaitable(() => {
      if (this.#state !== "created") throw new RuntimeError("Timeout has already been entered; make a new one for each block");
      const target = currentCancelTarget();
      if (target === null) throw new RuntimeError("Timeout should be used inside a task");
      this.#state = "active";
      this.#target = target;
      this.#cancelling = target.cancelling();
      this.reschedule(this.#when);
      return this;
    });
  }

  /** Called at the end of the block. Rejects with TimeoutError if the block was cancelled because of the deadline. */
  aexit(outcome: Outcome): SyncAwaitable<void> {
    return new SyncAwaitable(() => {
      this.#handle?.cancel();
      this.#handle = null;
      if (this.#state === "expiring") {
        this.#state = "expired";
        // If the task was also cancelled from outside during the block, that cancellation wins: the CancelledError stays as it is.
        if (this.#target!.uncancel() <= this.#cancelling && !outcome.ok && isCancelled(outcome.error)) {
          throw new TimeoutError("the deadline has passed", { cause: outcome.error });
        }
      } else if (this.#state === "active") {
        this.#state = "finished";
      }
      this.#target = null;
    });
  }

  toString(): string {
    return `<Timeout [${this.#state}]${this.#when === null ? "" : ` when=${this.#when.toFixed(3)}`}>`;
  }

  readonly #onTimeout = (): void => {
    this.#target!.cancel();
    this.#state = "expiring";
    this.#handle = null;
  };
}

/**
 * Returns a context manager that cancels its block after `delay` seconds; the block then fails with TimeoutError. With null there is no
 * deadline until `reschedule` is called. Mirrors asyncio.timeout.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * await asyncio.run(async () => {
 *   try {
 *     await asyncio.asyncWith(asyncio.timeout(0.01), async () => await asyncio.sleep(10));
 *   } catch (error) {
 *     console.log((error as Error).name); // TimeoutError
 *   }
 * });
 * ```
 */
export function timeout(delay: number | null): Timeout {
  if (delay !== null && (typeof delay !== "number" || Number.isNaN(delay)))
    throw new TypeError(`delay must be a number of seconds or null, got ${describe(delay)}`);
  return new Timeout(delay === null ? null : getRunningLoop().time() + delay);
}

/** Like `timeout`, with a deadline in seconds of the loop's clock, `loop.time()`. Mirrors asyncio.timeout_at. */
export function timeoutAt(when: number | null): Timeout {
  return new Timeout(when);
}
