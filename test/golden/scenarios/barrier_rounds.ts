/**
 * A Barrier lets its parties through together with distinct indices and can be reused; abort breaks it with BrokenBarrierError until
 * reset.
 */
import * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { expectError } from "../python.js";
import { scenario } from "../stage.js";

export default scenario(({ fn, block, log, run }) => {
  const runner = fn(function* runner(tag: string, barrier: asyncio.Barrier, delay: number) {
    try {
      yield* on(asyncio.sleep(delay));
      log(tag, "arrives, waiting already:", barrier.nWaiting);
      const index = yield* on(barrier.wait());
      log(tag, "passes with index", index);
      return index;
    } catch (error) {
      expectError(error, asyncio.BrokenBarrierError);
      log(tag, "BrokenBarrierError");
      return null;
    }
  });

  const main = fn(function* main() {
    const barrier = new asyncio.Barrier(3);
    for (const round of [1, 2]) {
      log("round", round);
      const indices = yield* on(asyncio.gather(...["a", "b", "c"].map((tag) => runner.lazy(tag, barrier, 0))));
      log(
        "sum of indices",
        (indices as number[]).reduce((sum, index) => sum + index, 0),
      );
    }
    log("parties", barrier.parties, "waiting", barrier.nWaiting, "broken", barrier.broken);

    const d = asyncio.createTask(runner.lazy("d", barrier, 0));
    const e = asyncio.createTask(runner.lazy("e", barrier, 0.05));
    yield* on(asyncio.sleep(0.02));
    yield* on(barrier.abort());
    log("aborted, broken:", barrier.broken);
    yield* on(asyncio.wait([d, e]));
    yield* on(barrier.reset());
    log("reset, broken:", barrier.broken);
    const f = asyncio.createTask(runner.lazy("f", barrier, 0));
    yield* on(asyncio.sleep(0.01));
    yield* on(barrier.reset());
    yield* on(f);
    log("reset while waiting, broken:", barrier.broken);
    const inside = block(function* (index: number) {
      log("context manager index", index);
    });
    yield* on(asyncio.asyncWith(new asyncio.Barrier(1), inside));
  });
  return run(main.lazy());
});
