import { markAwaitedBy } from "./awaited-by.js";
import { ensureFuture, type AwaitableSource, type ResultOf } from "./ensure-future.js";
import { Future } from "../tasks/future.js";

/**
 * Protects an awaitable from cancellation: if the result is cancelled, the awaitable continues to run. If the awaitable itself is
 * cancelled, so is the result. Mirrors asyncio.shield.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * await asyncio.run(async () => {
 *   const work = asyncio.createTask(() => asyncio.sleep(0.05, "done"));
 *   await asyncio.waitFor(asyncio.shield(work), 0.001).then(null, () => console.log("still at work")); // still at work
 *   console.log(await work); // done
 * });
 * ```
 */
export function shield<S extends AwaitableSource<unknown>>(source: S): Future<ResultOf<S>> {
  const inner = ensureFuture(source) as Future<ResultOf<S>>;
  if (inner.done()) return inner;
  const outer = new Future<ResultOf<S>>({ loop: inner.loop });
  const innerDone = (): void => {
    if (outer.cancelled()) {
      if (!inner.cancelled()) inner.exception(); // Marks the error as retrieved.
      return;
    }
    if (inner.cancelled()) return void outer.cancel();
    if (inner.failed()) outer.failWith(inner.exception());
    else outer.setResult(inner.result());
  };
  inner.addDoneCallback(markAwaitedBy(innerDone, outer));
  outer.addDoneCallback(() => {
    if (!inner.done()) inner.removeDoneCallback(innerDone);
  });
  return outer;
}
