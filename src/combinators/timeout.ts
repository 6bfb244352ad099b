import type { HandleLike } from "../core/contracts.js";
import { isCancelled, RuntimeError, TimeoutError } from "../core/errors.js";
import { getRunningLoop } from "../core/running.js";
import { SyncAwaitable } from "../tasks/fast-path.js";
import type { CancelTarget } from "../tasks/cancel-scope.js";
import { currentCancelTarget } from "../tasks/current-task.js";
import { lazy, scoped, type AsyncManager, type Outcome } from "../syntax/async-with.js";
import { describe } from "../util/format.js";

type State = "created" | "active" | "expiring" | "expired" | "finished";

/** What `timeout()` and `timeoutAt()` give: a deadline for a block. Mirrors asyncio.Timeout. */
export class Timeout implements AsyncManager<Timeout, void> {
  get [lazy](): true {
    return true;
  }

  readonly [scoped] = true;
  #state: State = "created";
  #when: number | null;
  #handle: HandleLike | null = null;
  #target: CancelTarget | null = null;
  /** Requests that were there before the block: only our own may become a TimeoutError. */
  #cancelling = 0;

  /** `when`: the deadline in the loop's time, seconds; null for none. */
  constructor(when: number | null) {
    if (when !== null && (typeof when !== "number" || Number.isNaN(when)))
      throw new TypeError(`when must be a time in seconds or null, got ${describe(when)}`);
    this.#when = when;
  }

  /** The deadline in the loop's time; null if there is none. */
  when(): number | null {
    return this.#when;
  }

  /** Moves the deadline; null takes it away. RuntimeError outside of the block. */
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

  /** Whether the deadline has passed while the block ran. */
  expired(): boolean {
    return this.#state === "expiring" || this.#state === "expired";
  }

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

  aexit(outcome: Outcome): SyncAwaitable<void> {
    return new SyncAwaitable(() => {
      this.#handle?.cancel();
      this.#handle = null;
      if (this.#state === "expiring") {
        this.#state = "expired";
        // Another cancellation that came meanwhile wins: then the CancelledError passes.
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
 * A block that is cancelled after `delay` seconds and then fails with TimeoutError; null for no deadline yet. Mirrors asyncio.timeout.
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

/** As `timeout`, with the deadline in the loop's time. Mirrors asyncio.timeout_at. */
export function timeoutAt(when: number | null): Timeout {
  return new Timeout(when);
}
