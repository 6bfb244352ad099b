/**
 * gather keeps argument order, runs a duplicated awaitable once, yields an empty list for no arguments, and with return_exceptions
 * collects errors and cancellations as values.
 */
import * as asyncio from "uvio";
import { on, type Body } from "../../support/spellings.js";
import { typeName } from "../python.js";
import { runningLoop, scenario } from "../stage.js";

export default scenario(({ fn, log, run }) => {
  const job = fn(function* job(tag: string, delay: number) {
    yield* on(asyncio.sleep(delay));
    log("finished", tag);
    return tag;
  });

  const boom = fn(function* boom(tag: string): Body<string> {
    yield* on(asyncio.sleep(0));
    throw new asyncio.ValueError(tag);
  });

  const show = (results: readonly unknown[]): void => {
    log(`[${results.map((result) => (typeof result === "string" ? result : typeName(result))).join(", ")}]`);
  };

  const main = fn(function* main() {
    show(yield* on(asyncio.gather(job.lazy("slow", 0.09), job.lazy("quick", 0), job.lazy("mid", 0.05))));
    const coroutine = job.lazy("shared", 0);
    const shared = typeof coroutine === "function" ? asyncio.createTask(coroutine) : coroutine; // A function that appears twice is called twice.
    show(yield* on(asyncio.gather(shared, job.lazy("other", 0), shared)));
    const task = asyncio.createTask(job.lazy("task", 0));
    show(yield* on(asyncio.gather(task, task, task)));
    show(yield* on(asyncio.gather()));
    const sleeper = asyncio.createTask(() => asyncio.sleep(10));
    runningLoop().callLater(0.03, () => sleeper.cancel());
    show(yield* on(asyncio.gather(boom.lazy("a"), job.lazy("b", 0), sleeper, boom.lazy("c"), { returnExceptions: true })));
    log("sleeper cancelled:", sleeper.cancelled());
    const nested = yield* on(asyncio.gather(asyncio.gather(job.lazy("n1", 0.03), job.lazy("n2", 0)), job.lazy("n3", 0)));
    show(nested[0]);
    log(nested[1]);
  });
  return run(main.lazy());
});
