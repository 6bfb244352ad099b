import { copyContext } from "../core/contextvars.js";
import { getRunningLoop } from "../core/running.js";
import type { Work } from "../executors/exported.js";
import { coroutine, type Coroutine } from "../tasks/coroutine.js";
import { describe } from "../util/format.js";
import type { BaseEventLoop } from "./base.js";

/**
 * Runs `fn(...args)` in a thread of the default executor, with the context variables that are set here. `fn` is an exported function, as
 * of `exported()`. Cancelling leaves it running, and forgets its result. Mirrors asyncio.to_thread.
 */
export function toThread<A extends unknown[], R>(fn: Work<A, R>, ...args: A): Coroutine<Awaited<R>> {
  if (typeof fn !== "function") throw new TypeError(`toThread: fn must be a function, got ${describe(fn)}`);
  return run(fn as Work<unknown[]>, args) as Coroutine<Awaited<R>>;
}

const run = coroutine(function* toThread(fn: Work<unknown[]>, args: unknown[]) {
  const loop = getRunningLoop() as BaseEventLoop;
  return yield* loop.runInExecutor(null, copyContext().wrap(fn), ...args);
});
