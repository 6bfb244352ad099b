import { isCancelled, TimeoutError } from "../core/errors.js";
import { isAwaitable } from "../tasks/awaitable.js";
import { coroutine, type Coroutine } from "../tasks/coroutine.js";
import { checkAwaitable, ensureFuture, wrapFuture, type AwaitableSource, type ResultOf } from "./ensure-future.js";
import { awaitCall, type Body } from "../syntax/await-call.js";
import { cancelAndWait } from "./wait.js";
import { asyncWith } from "../syntax/async-with.js";
import { describe } from "../util/format.js";
import { timeout as timeoutBlock } from "./timeout.js";

/**
 * Waits for an awaitable for at most `timeout` seconds, or without limit if it is null. After that it cancels the awaitable, waits for
 * its clean-up and rejects with TimeoutError. A coroutine or function runs inside the calling task. A Promise cannot be cancelled: its
 * work continues. Mirrors asyncio.wait_for.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * await asyncio.run(async () => {
 *   try {
 *     await asyncio.waitFor(() => asyncio.sleep(3600), 0.001);
 *   } catch (error) {
 *     console.log(error instanceof asyncio.TimeoutError); // true
 *   }
 * });
 * ```
 */
export function waitFor<S extends AwaitableSource<unknown>>(source: S, timeout: number | null): Coroutine<ResultOf<S>> {
  if (timeout !== null && (typeof timeout !== "number" || Number.isNaN(timeout))) {
    throw new TypeError(`timeout must be a number of seconds or null, got ${describe(timeout)}`);
  }
  checkAwaitable(source);
  return (timeout !== null && timeout <= 0 ? noTime(source) : inTime(source, timeout)) as Coroutine<ResultOf<S>>;
}

const noTime = coroutine(function* waitFor(source: AwaitableSource<unknown>) {
  const future = ensureFuture(source);
  if (future.done()) return future.result();
  yield* cancelAndWait(future);
  try {
    return future.result();
  } catch (error) {
    if (isCancelled(error)) throw new TimeoutError("the deadline has passed", { cause: error });
    throw error;
  }
});

const inTime = coroutine(function* waitFor(source: AwaitableSource<unknown>, seconds: number | null) {
  return yield* asyncWith(timeoutBlock(seconds), function* () {
    if (typeof source === "function") return yield* awaitCall(source as Body<[], unknown>);
    if (isAwaitable(source)) return yield* source;
    return yield* wrapFuture(source);
  });
});
