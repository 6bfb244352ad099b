/**
 * wait_for returns the result in time, cancels and awaits the inner task on timeout before raising TimeoutError, and passes an outer
 * cancellation through.
 */
import * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { expectCancelled, expectError, OSError } from "../python.js";
import { runningLoop, scenario } from "../stage.js";

export default scenario(({ fn, log, run }) => {
  const job = fn(function* job(tag: string, delay: number, cleanup: number) {
    try {
      yield* on(asyncio.sleep(delay));
      return tag;
    } catch (error) {
      expectCancelled(error);
      yield* on(asyncio.sleep(cleanup));
      log(tag, "cleaned up");
      throw error;
    } finally {
      log(tag, "finally");
    }
  });

  const fails = fn(function* fails() {
    throw new OSError("inner error");
  });

  const main = fn(function* main() {
    log(yield* on(asyncio.waitFor(job.lazy("quick", 0, 0), 1)));
    log(yield* on(asyncio.waitFor(job.lazy("no limit", 0, 0), null)));
    try {
      yield* on(asyncio.waitFor(job.lazy("slow", 10, 0.05), 0.03));
    } catch (error) {
      log("TimeoutError", expectError(error, asyncio.TimeoutError) instanceof asyncio.TimeoutError);
    }
    try {
      yield* on(asyncio.waitFor(fails.lazy(), 1));
    } catch (error) {
      log("OSError", expectError(error, OSError));
    }
    const done = runningLoop().createFuture<string>();
    done.setResult("done future beats timeout 0");
    log(yield* on(asyncio.waitFor(done, 0)));
    const future = runningLoop().createFuture();
    try {
      yield* on(asyncio.waitFor(future, 0));
    } catch (error) {
      expectError(error, asyncio.TimeoutError);
      log("timeout 0 on a pending future, cancelled:", future.cancelled());
    }
    const t = asyncio.createTask(() => asyncio.waitFor(job.lazy("outer", 10, 0), 5));
    yield* on(asyncio.sleep(0.01));
    t.cancel();
    try {
      yield* on(t);
    } catch (error) {
      expectCancelled(error);
      log("outer cancel passed through:", t.cancelled());
    }
  });
  return run(main.lazy());
});
