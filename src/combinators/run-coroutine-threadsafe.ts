import type { EventLoop } from "../core/contracts.js";
import { checkAwaitable, ensureFuture, type AwaitableSource, type ResultOf } from "./ensure-future.js";

/**
 * Starts an awaitable on a loop from outside of the loop's run, and returns a Promise of its result. From another thread use
 * `loop.remote()`. Mirrors asyncio.run_coroutine_threadsafe, with a Promise in place of a concurrent.futures.Future.
 */
export function runCoroutineThreadsafe<S extends AwaitableSource<unknown>>(source: S, loop: EventLoop): Promise<ResultOf<S>> {
  return new Promise((resolve, reject) => {
    checkAwaitable(source); // Before the loop runs: it may never do.
    loop.callSoonThreadsafe(() => {
      try {
        const future = ensureFuture(source, { loop });
        future.addDoneCallback(() => {
          if (future.cancelled()) reject(future.makeCancelledError());
          else if (future.failed()) reject(future.exception() as Error);
          else resolve(future.value as ResultOf<S>);
        });
      } catch (error) {
        reject(error as Error);
      }
    });
  });
}
