import { BrokenBarrierError, ValueError } from "../core/errors.js";
import { checkSignal, type Abortable } from "./abort-signal.js";
import { coroutine, type Coroutine } from "../tasks/coroutine.js";
import { SyncAwaitable } from "../tasks/fast-path.js";
import { asyncWith, lazy, type AsyncManager } from "../syntax/async-with.js";
import { describe } from "../util/format.js";
import { Condition } from "./condition.js";

type State = "filling" | "draining" | "resetting" | "broken";

/**
 * Lets tasks go on together once `parties` of them wait. Mirrors asyncio.Barrier.
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
  /** Everything that changes the state holds it. @internal */
  readonly condition = new Condition();
  /** @internal */ state: State = "filling";
  /** Tasks inside `wait`. @internal */
  count = 0;

  constructor(parties: number) {
    if (!Number.isInteger(parties)) throw new TypeError(`parties must be an integer, got ${describe(parties)}`);
    if (parties < 1) throw new ValueError(`parties must be > 0, got ${parties}`);
    this.parties = parties;
  }

  /** Tasks that wait for the barrier to fill. */
  get nWaiting(): number {
    return this.state === "filling" ? this.count : 0;
  }

  /** Whether it was aborted, and not reset since. */
  get broken(): boolean {
    return this.state === "broken";
  }

  /** Waits for the others; gives each task another index from 0. BrokenBarrierError after `abort`, or when `reset` while waiting. */
  wait(options: Abortable = {}): Coroutine<number> {
    checkSignal(options.signal);
    return wait(this, options);
  }

  /** Empties the barrier; those who wait get BrokenBarrierError. */
  reset(): Coroutine<void> {
    return reset(this);
  }

  /** Breaks the barrier, until `reset`. */
  abort(): Coroutine<void> {
    return abort(this);
  }

  aenter(): Coroutine<number> {
    return this.wait();
  }

  aexit(): SyncAwaitable<void> {
    return new SyncAwaitable(() => undefined);
  }

  /** Counts, for looking at a program from outside. Beyond asyncio. */
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
    if (barrier.broken) throw new BrokenBarrierError("Barrier aborted; reset() it to use it again");
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
  // eslint-disable-next-line require-yield -- a block that needs not wait
  yield* asyncWith(barrier.condition, function* () {
    barrier.state = barrier.count > 0 ? "resetting" : "filling";
    barrier.condition.notifyAll();
  });
});

const abort = coroutine(function* abort(barrier: Barrier) {
  // eslint-disable-next-line require-yield -- a block that needs not wait
  yield* asyncWith(barrier.condition, function* () {
    barrier.state = "broken";
    barrier.condition.notifyAll();
  });
});
