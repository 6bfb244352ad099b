import type { EventLoop } from "../core/contracts.js";
import { ensureFuture, type AwaitableSource, type ResultOf } from "./ensure-future.js";

/**
 * Starts an awaitable on a loop from outside of it, and gives its result as a Promise. Mirrors asyncio.run_coroutine_threadsafe; a Promise
 * is our concurrent.futures.Future. From another thread use `loop.remote()`.
 */
export function runCoroutineThreadsafe<S extends AwaitableSource<unknown>>(source: S, loop: EventLoop): Promise<ResultOf<S>> {
  return new Promise((resolve, reject) => {
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
