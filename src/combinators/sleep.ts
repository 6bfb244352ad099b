import type { Suspension, TimerHandleLike } from "../core/contracts.js";
import { ValueError } from "../core/errors.js";
import { getRunningLoop } from "../core/running.js";
import { describe } from "../util/format.js";
import { Awaitable } from "../tasks/awaitable.js";
import { Future } from "../tasks/future.js";

/** Waits for one turn of the loop, without creating a future. */
class YieldOnce<T> extends Awaitable<T> {
  readonly #result: T;

  constructor(result: T) {
    super();
    this.#result = result;
  }

  override *[Symbol.iterator](): Generator<Suspension, T, unknown> {
    yield undefined as unknown as Suspension;
    return this.#result;
  }
}

function wakeSleeper(future: Future<void>): void {
  if (!future.done()) future.setResult(undefined);
}

class Sleep<T> extends Awaitable<T> {
  readonly #delay: number;
  readonly #result: T;

  constructor(delay: number, result: T) {
    super();
    this.#delay = delay;
    this.#result = result;
  }

  override *[Symbol.iterator](): Generator<Suspension, T, unknown> {
    const loop = getRunningLoop();
    const future = new Future<void>({ loop });
    const timer: TimerHandleLike = loop.callLater(this.#delay, wakeSleeper, future);
    try {
      yield* future;
      return this.#result;
    } finally {
      timer.cancel();
    }
  }
}

/**
 * Waits for `delay` seconds, then returns `result`. `sleep(0)` waits until the callbacks that are ready now have run. Throws TypeError
 * if `delay` is not a number, and ValueError if it is NaN. Mirrors asyncio.sleep.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * await asyncio.run(async () => {
 *   console.log(await asyncio.sleep(0.001, "slept")); // slept
 * });
 * ```
 */
export function sleep(delay: number): Awaitable<void>;
export function sleep<T>(delay: number, result: T): Awaitable<T>;
export function sleep(delay: number, result?: unknown): Awaitable<unknown> {
  if (typeof delay !== "number") throw new TypeError(`delay must be a number of seconds, got ${describe(delay)}`);
  if (delay <= 0) return new YieldOnce(result);
  if (Number.isNaN(delay)) throw new ValueError("delay must be a number of seconds, got NaN");
  return new Sleep(delay, result);
}
