/**
 * Task first steps, task wake-ups and plain call_soon callbacks share one FIFO queue, so their order is the order in which they were
 * scheduled.
 */
import * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { runningLoop, scenario } from "../stage.js";

export default scenario(({ fn, log, run }) => {
  const worker = fn(function* worker(tag: string, steps: number) {
    log(tag, "start");
    for (let i = 0; i < steps; i++) {
      yield* on(asyncio.sleep(0));
      log(tag, "step", i);
    }
    return tag;
  });

  const main = fn(function* main() {
    const loop = runningLoop();
    loop.callSoon(log, "cb 1");
    const a = asyncio.createTask(worker.lazy("A", 2));
    loop.callSoon(log, "cb 2");
    const b = asyncio.createTask(worker.lazy("B", 3));
    loop.callSoon(log, "cb 3");
    a.addDoneCallback((task) => log("A done callback", task.result()));
    b.addDoneCallback((task) => log("B done callback", task.result()));
    log("main before first yield");
    yield* on(asyncio.sleep(0));
    log("main after first yield");
    loop.callSoon(log, "cb 4");
    yield* on(asyncio.sleep(0));
    log("main after second yield", a.done(), b.done());
    log("main got", yield* on(a));
    log("main got", yield* on(b));
  });
  return run(main.lazy());
});
