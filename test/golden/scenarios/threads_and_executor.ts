/**
 * runInExecutor and toThread bring results and exceptions back to the loop, and calls from another thread run in the loop in the order
 * they were made.
 */
import * as asyncio from "uvio";
import * as jobs from "../../executors/jobs.js";
import { callBack, takeArrived } from "../../executors/remote-jobs.js";
import { on } from "../../support/spellings.js";
import { expectCancelled, expectError, typeName } from "../python.js";
import { runningLoop, scenario } from "../stage.js";

export default scenario(({ fn, log, run }) => {
  const main = fn(function* main() {
    const loop = runningLoop();
    log(yield* on(loop.runInExecutor(null, jobs.double, 21)));
    try {
      yield* on(loop.runInExecutor(null, jobs.fail, "negative"));
    } catch (error) {
      log(typeName(expectError(error, asyncio.ValueError)), error);
    }
    // Where Python's jobs sleep for different times, these wait for their turn: starting a thread takes longer here.
    const turns = new SharedArrayBuffer(4);
    const cells = new Int32Array(turns);
    const nextTurn = (): void => {
      Atomics.add(cells, 0, 1);
      Atomics.notify(cells, 0);
    };
    const order = { slow: 2, fast: 0, mid: 1 };
    const started = Object.entries(order).map(([tag, turn]) => loop.runInExecutor(null, jobs.inTurn, turns, turn, tag));
    for (const next of asyncio.asCompleted(started)) {
      log("finished", yield* on(next));
      nextTurn();
    }
    log("order", ...(yield* on(asyncio.gather(...started))));
    log(yield* on(asyncio.toThread(jobs.inTurn, turns, 3, "to_thread")));

    // A thread cannot reach a queue of the loop's thread: it calls an exported function, which notes what arrives.
    yield* on(asyncio.toThread(callBack, asyncio.transfer(loop.remote()), ["0", "1", "2", "end"]));
    for (const item of takeArrived()) log("from thread", item);

    const ignored = asyncio.createTask(asyncio.toThread(jobs.inTurn, turns, 4, "ignored"));
    yield* on(asyncio.sleep(0));
    ignored.cancel();
    try {
      yield* on(ignored);
    } catch (error) {
      expectCancelled(error);
      log("waiting for a thread can be cancelled");
    }
    nextTurn();
  });

  return run(main.lazy());
});
