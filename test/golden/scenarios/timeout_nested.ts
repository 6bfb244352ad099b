/**
 * Only the timeout() block whose deadline passed turns the cancellation into TimeoutError; expired() tells which, and a body that finishes
 * in time is unaffected.
 */
import * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { expectCancelled, expectError } from "../python.js";
import { scenario } from "../stage.js";

export default scenario(({ fn, block, log, run }) => {
  const attempt = fn(function* attempt(outerDelay: number, innerDelay: number, work: number) {
    log("case", outerDelay < innerDelay ? "outer" : "inner", "expires first");
    const outer = asyncio.timeout(outerDelay);
    let inner: asyncio.Timeout | undefined;
    const insideInner = block(function* () {
      yield* on(asyncio.sleep(work));
      log("body finished");
    });
    const insideOuter = block(function* () {
      inner = asyncio.timeout(innerDelay);
      try {
        yield* on(asyncio.asyncWith(inner, insideInner));
      } catch (error) {
        if (error instanceof asyncio.TimeoutError) {
          log("inner TimeoutError");
        } else {
          expectCancelled(error);
          log("cancelled in between");
          throw error;
        }
      }
      log("after inner");
    });
    try {
      yield* on(asyncio.asyncWith(outer, insideOuter));
    } catch (error) {
      expectError(error, asyncio.TimeoutError);
      log("outer TimeoutError");
    }
    log("expired: outer", outer.expired(), "inner", inner!.expired());
    log("cancelling:", asyncio.currentTask()!.cancelling());
  });

  const main = fn(function* main() {
    yield* on(attempt(0.1, 0.03, 10));
    yield* on(attempt(0.03, 0.1, 10));
    yield* on(attempt(0.2, 0.1, 0.02));
    const inside = block(function* (t: asyncio.Timeout) {
      log("no deadline:", t.when() === null);
      yield* on(asyncio.sleep(0));
      return t;
    });
    const t = yield* on(asyncio.asyncWith(asyncio.timeout(null), inside));
    log("expired:", t.expired());
  });
  return run(main.lazy());
});
