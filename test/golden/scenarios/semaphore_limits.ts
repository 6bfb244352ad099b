/**
 * A Semaphore admits at most its value, wakes waiters in order, is locked() when nothing is free, and a BoundedSemaphore refuses an extra
 * release.
 */
import * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { expectError } from "../python.js";
import { scenario } from "../stage.js";

export default scenario(({ fn, block, log, run }) => {
  const worker = fn(function* worker(tag: number, semaphore: asyncio.Semaphore, active: Set<number>) {
    const inside = block(function* () {
      active.add(tag);
      log("enter", tag, "active", active.size);
      yield* on(asyncio.sleep(0.03 + 0.04 * tag));
      active.delete(tag);
      log("leave", tag);
    });
    yield* on(asyncio.asyncWith(semaphore, inside));
  });

  const main = fn(function* main() {
    const semaphore = new asyncio.Semaphore(2);
    const active = new Set<number>();
    const tasks = [0, 1, 2, 3, 4].map((tag) => asyncio.createTask(worker.lazy(tag, semaphore, active)));
    yield* on(asyncio.sleep(0));
    log("locked:", semaphore.locked());
    tasks[3]!.cancel();
    yield* on(asyncio.wait(tasks));
    log("locked:", semaphore.locked(), "3 cancelled:", tasks[3]!.cancelled());

    const zero = new asyncio.Semaphore(0);
    const blocked = asyncio.createTask(() => zero.acquire());
    yield* on(asyncio.sleep(0));
    log("blocked done:", blocked.done());
    zero.release();
    zero.release();
    log("acquire returned", yield* on(blocked), "locked:", zero.locked());

    const bounded = new asyncio.BoundedSemaphore(1);
    const inside = block(function* () {
      log("bounded locked:", bounded.locked());
    });
    yield* on(asyncio.asyncWith(bounded, inside));
    try {
      bounded.release();
    } catch (error) {
      expectError(error, asyncio.ValueError);
      log("ValueError on extra release");
    }
    try {
      new asyncio.Semaphore(-1);
    } catch (error) {
      expectError(error, asyncio.ValueError);
      log("ValueError on negative value");
    }
  });
  return run(main.lazy());
});
