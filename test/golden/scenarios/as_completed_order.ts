/**
 * as_completed hands out results in completion order, raises each job's error from its own await, and raises TimeoutError for those not
 * finished in time.
 */
import * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { expectError } from "../python.js";
import { scenario } from "../stage.js";

export default scenario(({ fn, log, run }) => {
  const job = fn(function* job(tag: string, delay: number, fail: boolean) {
    yield* on(asyncio.sleep(delay));
    if (fail) throw new asyncio.ValueError(tag);
    return tag;
  });

  const main = fn(function* main() {
    const jobs = [job.lazy("slow", 0.12, false), job.lazy("fast", 0.02, false), job.lazy("bad", 0.07, true)];
    for (const next of asyncio.asCompleted(jobs)) {
      try {
        log("got", yield* on(next));
      } catch (error) {
        log("ValueError", expectError(error, asyncio.ValueError));
      }
    }

    const keep = asyncio.createTask(job.lazy("keep", 0.15, false));
    const quick = asyncio.createTask(job.lazy("quick", 0.03, false));
    for (const next of asyncio.asCompleted([keep, quick], { timeout: 0.08 })) {
      try {
        log("got", yield* on(next));
      } catch (error) {
        expectError(error, asyncio.TimeoutError);
        log("TimeoutError, keep done:", keep.done(), "cancelled:", keep.cancelled());
      }
    }
    log("later", yield* on(keep));

    let count = 0;
    for (const _ of asyncio.asCompleted([])) count += 1;
    log("empty input gives", count);
  });
  return run(main.lazy());
});
