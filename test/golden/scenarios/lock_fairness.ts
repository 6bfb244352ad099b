/**
 * A Lock is granted in waiting order, a cancelled waiter is skipped, a newcomer cannot overtake a waiter already woken, and releasing an
 * unlocked lock is a RuntimeError.
 */
import * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { expectError } from "../python.js";
import { scenario } from "../stage.js";

export default scenario(({ fn, block, log, run }) => {
  const worker = fn(function* worker(tag: string, lock: asyncio.Lock, hold: number) {
    log(tag, "asks");
    const inside = block(function* () {
      log(tag, "has the lock");
      for (let i = 0; i < hold; i++) yield* on(asyncio.sleep(0));
    });
    yield* on(asyncio.asyncWith(lock, inside));
    log(tag, "released");
  });

  const main = fn(function* main() {
    const lock = new asyncio.Lock();
    log("locked:", lock.locked());
    yield* on(lock.acquire());
    log("locked:", lock.locked());
    const tasks = (
      [
        ["a", 2],
        ["b", 1],
        ["c", 0],
      ] as const
    ).map(([tag, hold]) => asyncio.createTask(worker.lazy(tag, lock, hold)));
    yield* on(asyncio.sleep(0));
    log("cancel b:", tasks[1]!.cancel());
    yield* on(asyncio.sleep(0));
    log("b cancelled:", tasks[1]!.cancelled());
    lock.release();
    log("locked right after release:", lock.locked());
    const late = asyncio.createTask(worker.lazy("late", lock, 0));
    log("main asks again");
    const inside = block(function* () {
      log("main has the lock, a done:", tasks[0]!.done(), "c done:", tasks[2]!.done());
    });
    yield* on(asyncio.asyncWith(lock, inside));
    yield* on(asyncio.gather(tasks[0]!, tasks[2]!, late));
    log("locked at the end:", lock.locked());
    try {
      lock.release();
    } catch (error) {
      expectError(error, asyncio.RuntimeError);
      log("RuntimeError on release");
    }
  });
  return run(main.lazy());
});
