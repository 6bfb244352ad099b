import { copyContext } from "../core/contextvars.js";
import { getRunningLoop } from "../core/running.js";
import { locateFunction, type Work } from "../executors/exported.js";
import { coroutine, type Coroutine } from "../tasks/coroutine.js";
import type { BaseEventLoop } from "./base-event-loop.js";

/**
 * Runs `fn(...args)` in a thread of the default executor, with the caller's context variables, and resolves to its result. `fn` must be an
 * exported function (see `exported()`). Cancelling does not stop `fn`; its result is dropped. Mirrors asyncio.to_thread.
 */
export function toThread<A extends unknown[], R>(fn: Work<A, R>, ...args: A): Coroutine<Awaited<R>> {
  locateFunction(fn, "toThread"); // Throws here for a function that is not exported, so that the message names toThread().
  return run(fn as Work<unknown[]>, args) as Coroutine<Awaited<R>>;
}

const run = coroutine(function* toThread(fn: Work<unknown[]>, args: unknown[]) {
  const loop = getRunningLoop() as BaseEventLoop;
  return yield* loop.runInExecutor(null, copyContext().wrap(fn), ...args);
});
