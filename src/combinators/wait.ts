/** wait and its constants. */
import type { Suspension } from "../core/contracts.js";
import { ValueError } from "../core/errors.js";
import { getRunningLoop } from "../core/running.js";
import { describe } from "../util/format.js";
import { coroutine, type Coroutine } from "../tasks/coroutine.js";
import { markAwaitedBy } from "./awaited-by.js";
import { isAwaitable } from "../tasks/awaitable.js";
import { Future } from "../tasks/future.js";
import { runningTask } from "../tasks/current-task.js";

/** For `wait`: return when one future is done. Mirrors asyncio.FIRST_COMPLETED. */
export const FIRST_COMPLETED = "FIRST_COMPLETED";

/** For `wait`: return when one future has failed, or all are done. Mirrors asyncio.FIRST_EXCEPTION. */
export const FIRST_EXCEPTION = "FIRST_EXCEPTION";

/** For `wait`: return when all futures are done. Mirrors asyncio.ALL_COMPLETED. */
export const ALL_COMPLETED = "ALL_COMPLETED";

/** Options of `wait`. */
export interface WaitOptions {
  /** Seconds to wait; futures that are not done by then are in `pending`. Default: no limit. */
  timeout?: number | null;
  /** FIRST_COMPLETED, FIRST_EXCEPTION or ALL_COMPLETED. Default ALL_COMPLETED. */
  returnWhen?: "FIRST_COMPLETED" | "FIRST_EXCEPTION" | "ALL_COMPLETED";
}

/**
 * Waits for tasks and futures and returns two sets: those that are done, and those that are pending. It does not cancel them and does
 * not throw their errors, also after the timeout. Rejects with TypeError for coroutines, which must be made tasks first, and with
 * ValueError for an empty list. Mirrors asyncio.wait.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * await asyncio.run(async () => {
 *   const tasks = [asyncio.createTask(() => asyncio.sleep(0.001)), asyncio.createTask(() => asyncio.sleep(3600))];
 *   const [done, pending] = await asyncio.wait(tasks, { returnWhen: asyncio.FIRST_COMPLETED });
 *   console.log(done.size, pending.size); // 1 1
 *   for (const task of pending) task.cancel();
 * });
 * ```
 */
export function wait<F extends Future<unknown>>(
  futures: Iterable<F>,
  options: WaitOptions = {},
): Coroutine<[done: Set<F>, pending: Set<F>]> {
  if (isAwaitable(futures) || typeof (futures as Iterable<F> | null)?.[Symbol.iterator] !== "function") {
    throw new TypeError(`expect a list of futures, not ${describe(futures)}`);
  }
  return waitFor(new Set(futures), options) as Coroutine<[Set<F>, Set<F>]>;
}

const waitFor = coroutine(function* wait(futures: Set<Future<unknown>>, { timeout = null, returnWhen = ALL_COMPLETED }: WaitOptions) {
  if (futures.size === 0) throw new ValueError("Set of Tasks/Futures is empty.");
  for (const future of futures) {
    if (!(future instanceof Future)) throw new TypeError(`Passing ${describe(future)} is forbidden; make it a task first: createTask(...)`);
  }
  if (returnWhen !== FIRST_COMPLETED && returnWhen !== FIRST_EXCEPTION && returnWhen !== ALL_COMPLETED) {
    throw new ValueError(`Invalid returnWhen value: ${describe(returnWhen)}`);
  }
  const loop = getRunningLoop();
  const waiter = new Future<void>({ loop });
  const release = (): void => {
    if (!waiter.done()) waiter.setResult(undefined);
  };
  const timer = timeout === null ? null : loop.callLater(timeout, release);
  // The call waits for one turn of the loop even if the futures are done already, as in asyncio.
  let left = futures.size;
  const onDone = (future: Future<unknown>): void => {
    left--;
    if (left <= 0 || returnWhen === FIRST_COMPLETED || (returnWhen === FIRST_EXCEPTION && hasFailed(future))) {
      timer?.cancel();
      release();
    }
  };
  markAwaitedBy(onDone, runningTask());
  for (const future of futures) future.addDoneCallback(onDone);
  try {
    yield* waiter;
  } finally {
    timer?.cancel();
    for (const future of futures) future.removeDoneCallback(onDone);
  }
  const done = new Set<Future<unknown>>();
  const pending = new Set<Future<unknown>>();
  for (const future of futures) (future.done() ? done : pending).add(future);
  return [done, pending] as [Set<Future<unknown>>, Set<Future<unknown>>];
});

/** Cancels the future and waits until it is done, with whatever result. */
export function* cancelAndWait(future: Future<unknown>, message?: unknown): Generator<Suspension, void, unknown> {
  const waiter = new Future<void>({ loop: future.loop });
  const release = (): void => {
    if (!waiter.done()) waiter.setResult(undefined);
  };
  future.addDoneCallback(release);
  try {
    future.cancel(message);
    yield* waiter;
  } finally {
    future.removeDoneCallback(release);
  }
}

/** Whether the future has failed. Like asyncio's wait, it marks the error as retrieved. */
function hasFailed(future: Future<unknown>): boolean {
  if (!future.failed()) return false;
  future.exception();
  return true;
}
