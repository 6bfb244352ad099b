import { BrokenBarrierError, ValueError } from "../core/errors.js";
import { checkSignal, type Abortable } from "./abort-signal.js";
import { coroutine, type Coroutine } from "../tasks/coroutine.js";
import { SyncAwaitable } from "../tasks/fast-path.js";
import { asyncWith, lazy, type AsyncManager } from "../syntax/async-with.js";
import { describe } from "../util/format.js";
import { Condition } from "./condition.js";

/**
 * The state of a Barrier. It changes only while the barrier's condition is held.
 *
 * - filling: tasks that arrive wait for the others. The initial state; also set by the last task that leaves a draining or resetting
 *   barrier, and by `reset` if no task is inside.
 * - draining: all parties have arrived and leave one after the other; newcomers wait for "filling". Set by the last arrival.
 * - resetting: the tasks inside leave with BrokenBarrierError; newcomers wait for "filling". Set by `reset` if tasks are inside.
 * - broken: the tasks inside and all newcomers leave with BrokenBarrierError. Set by `abort`; only `reset` ends it.
 */
type State = "filling" | "draining" | "resetting" | "broken";

/**
 * Blocks tasks until `parties` of them wait, then releases them together. Throws TypeError or ValueError unless `parties` is an integer
 * above 0. Mirrors asyncio.Barrier.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * await asyncio.run(async () => {
 *   const barrier = new asyncio.Barrier(2);
 *   const indexes = await asyncio.gather(
 *     () => barrier.wait(),
 *     () => barrier.wait(),
 *   );
 *   console.log(indexes.sort()); // [ 0, 1 ]
 * });
 * ```
 */
export class Barrier implements AsyncManager<number, void> {
  get [lazy](): true {
    return true;
  }

  readonly parties: number;
  /** Must be held to change `state` and `count`. Notified at each change of state. @internal */
  readonly condition = new Condition();
  /** @internal */ state: State = "filling";
  /** The number of tasks inside `wait` that have passed its entrance. @internal */
  count = 0;

  constructor(parties: number) {
    if (!Number.isInteger(parties)) throw new TypeError(`parties must be an integer, got ${describe(parties)}`);
    if (parties < 1) throw new ValueError(`parties must be > 0, got ${parties}`);
    this.parties = parties;
  }

  /** The number of tasks that wait for the barrier to fill. Mirrors Barrier.n_waiting. */
  get nWaiting(): number {
    return this.state === "filling" ? this.count : 0;
  }

  /** Whether the barrier was aborted and not reset since. */
  get broken(): boolean {
    return this.state === "broken";
  }

  /**
   * Waits until `parties` tasks wait; each gets a different index, from 0 on. Rejects with BrokenBarrierError if the barrier was
   * aborted, or if it is aborted or reset during the wait.
   */
  wait(options: Abortable = {}): Coroutine<number> {
    checkSignal(options.signal);
    return wait(this, options);
  }

  /** Returns the barrier to its initial state. Waiting tasks fail with BrokenBarrierError. */
  reset(): Coroutine<void> {
    return reset(this);
  }

  /** Breaks the barrier: waiting tasks and later calls of `wait` fail with BrokenBarrierError, until `reset` is called. */
  abort(): Coroutine<void> {
    return abort(this);
  }

  /** Called by `asyncWith(barrier, ...)`: waits, and passes the index to the block. */
  aenter(): Coroutine<number> {
    return this.wait();
  }

  /** Called by `asyncWith(barrier, ...)`: does nothing. */
  aexit(): SyncAwaitable<void> {
    return new SyncAwaitable(() => undefined);
  }

  /** Returns a snapshot of the barrier's state for monitoring. Beyond asyncio. */
  statistics(): { state: State; waiting: number } {
    return { state: this.state, waiting: this.nWaiting };
  }

  toString(): string {
    return `<Barrier [${this.state}${this.broken ? "" : `, waiters:${this.nWaiting}/${this.parties}`}]>`;
  }
}

const wait = coroutine(function* wait(barrier: Barrier, options: Abortable) {
  options.signal?.throwIfAborted();
  const { condition } = barrier;
  return yield* asyncWith(condition, function* () {
    yield* condition.waitFor(() => barrier.state !== "draining" && barrier.state !== "resetting", options);
    if (barrier.broken) throw new BrokenBarrierError("Barrier aborted; call reset() to use it again");
    try {
      const index = barrier.count++;
      if (index + 1 === barrier.parties) {
        barrier.state = "draining";
        condition.notifyAll();
      } else {
        yield* condition.waitFor(() => barrier.state !== "filling", options);
        if (barrier.broken || barrier.state === "resetting") throw new BrokenBarrierError("Abort or reset of barrier");
      }
      return index;
    } finally {
      if (--barrier.count === 0) {
        if (barrier.state === "resetting" || barrier.state === "draining") barrier.state = "filling";
        condition.notifyAll();
      }
    }
  });
});

const reset = coroutine(function* reset(barrier: Barrier) {
  // eslint-disable-next-line require-yield -- the block does not wait
  yield* asyncWith(barrier.condition, function* () {
    barrier.state = barrier.count > 0 ? "resetting" : "filling";
    barrier.condition.notifyAll();
  });
});

const abort = coroutine(function* abort(barrier: Barrier) {
  // eslint-disable-next-line require-yield -- the block does not wait
  yield* asyncWith(barrier.condition, function* () {
    barrier.state = "broken";
    barrier.condition.notifyAll();
  });
});
