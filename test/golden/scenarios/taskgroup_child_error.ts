/**
 * When a child fails the TaskGroup cancels its siblings and the body, waits for all, and raises an ExceptionGroup holding every real error
 * but no cancellation.
 */
import * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { expectCancelled, expectError, OSError, typeName } from "../python.js";
import { scenario } from "../stage.js";

export default scenario(({ fn, block, log, run }) => {
  const ok = fn(function* ok(tag: string, delay: number) {
    try {
      yield* on(asyncio.sleep(delay));
      log(tag, "finished");
      return tag;
    } catch (error) {
      expectCancelled(error);
      log(tag, "cancelled");
      throw error;
    }
  });

  const bad = fn(function* bad(delay: number, error: Error) {
    yield* on(asyncio.sleep(delay));
    log("failing with", typeName(error));
    throw error;
  });

  const badOnCancel = fn(function* badOnCancel(tag: string) {
    try {
      yield* on(asyncio.sleep(10));
    } catch (error) {
      expectCancelled(error);
      yield* on(asyncio.sleep(0.03));
      log(tag, "turns cancellation into an error");
      throw new OSError(tag);
    }
  });

  const main = fn(function* main() {
    const first: asyncio.Task<string>[] = [];
    const insideFirst = block(function* (tg: asyncio.TaskGroup) {
      first.push(tg.createTask(ok.lazy("a", 0.04)), tg.createTask(ok.lazy("b", 0)));
    });
    yield* on(asyncio.asyncWith(new asyncio.TaskGroup(), insideFirst));
    log("results", ...first.map((task) => task.result()));
    const second: asyncio.Task<string>[] = [];
    const insideSecond = block(function* (tg: asyncio.TaskGroup) {
      second.push(tg.createTask(ok.lazy("quick", 0)), tg.createTask(ok.lazy("slow", 10)));
      tg.createTask(badOnCancel.lazy("x"));
      tg.createTask(bad.lazy(0.04, new asyncio.ValueError("v")));
      try {
        yield* on(asyncio.sleep(10));
      } catch (error) {
        expectCancelled(error);
        log("body cancelled");
        throw error;
      }
    });
    try {
      yield* on(asyncio.asyncWith(new asyncio.TaskGroup(), insideSecond));
    } catch (error) {
      const { exceptions } = expectError(error, asyncio.ExceptionGroup);
      log(exceptions.map(typeName).sort().join(","), exceptions.length);
    }
    log("quick:", second[0]!.result(), "slow cancelled:", second[1]!.cancelled());
    log("cancelling:", asyncio.currentTask()!.cancelling());
  });
  return run(main.lazy());
});
