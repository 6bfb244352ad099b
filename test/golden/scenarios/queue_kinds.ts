/**
 * LifoQueue returns the newest and PriorityQueue the smallest item; nowait calls raise QueueFull and QueueEmpty; join waits for task_done
 * of every item.
 */
import * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { expectError } from "../python.js";
import { scenario } from "../stage.js";

export default scenario(({ fn, log, run }) => {
  const drainWorker = fn(function* drainWorker(q: asyncio.Queue<number>, tag: string) {
    for (;;) {
      const item = yield* on(q.get());
      log(tag, "works on", item);
      yield* on(asyncio.sleep(0));
      q.taskDone();
    }
  });

  const main = fn(function* main() {
    const lifo = new asyncio.LifoQueue<string>(3);
    for (const x of ["a", "b", "c"]) lifo.putNowait(x);
    try {
      lifo.putNowait("d");
    } catch (error) {
      expectError(error, asyncio.QueueFull);
      log("QueueFull, maxsize", lifo.maxsize);
    }
    log("lifo", lifo.getNowait(), lifo.getNowait(), lifo.getNowait());
    try {
      lifo.getNowait();
    } catch (error) {
      expectError(error, asyncio.QueueEmpty);
      log("QueueEmpty");
    }

    const prio = new asyncio.PriorityQueue<number>();
    for (const n of [5, 1, 4, 2, 3]) yield* on(prio.put(n));
    const ordered: number[] = [];
    for (let i = 0; i < 5; i++) ordered.push(yield* on(prio.get()));
    log("priority", ...ordered);

    const q = new asyncio.Queue<number>();
    yield* on(q.join());
    log("join on a fresh queue returns");
    for (let i = 0; i < 4; i++) q.putNowait(i);
    const w1 = asyncio.createTask(drainWorker.lazy(q, "w1"));
    const w2 = asyncio.createTask(drainWorker.lazy(q, "w2"));
    yield* on(q.join());
    log("joined");
    w1.cancel();
    w2.cancel();
    yield* on(asyncio.gather(w1, w2, { returnExceptions: true }));
    log("workers cancelled:", w1.cancelled(), w2.cancelled());
    try {
      q.taskDone();
    } catch (error) {
      expectError(error, asyncio.ValueError);
      log("ValueError on extra task_done");
    }
  });
  return run(main.lazy());
});
