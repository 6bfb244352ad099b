/**
 * Cancelling the outermost task of a chain cancels the innermost future, and the CancelledError unwinds through every frame and task in
 * order, keeping its message.
 */
import * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { expectCancelled } from "../python.js";
import { runningLoop, scenario } from "../stage.js";

export default scenario(({ fn, log, run }) => {
  const inner = fn(function* inner(future: asyncio.Future) {
    try {
      yield* on(future);
    } catch (error) {
      log("inner cancelled", ...expectCancelled(error).args, "future cancelled:", future.cancelled());
      throw error;
    } finally {
      log("inner finally");
    }
  });

  const middle = fn(function* middle(future: asyncio.Future) {
    const task = asyncio.createTask(inner.lazy(future));
    task.addDoneCallback((done) => log("inner task callback", done.cancelled()));
    try {
      yield* on(task);
    } finally {
      log("middle finally, inner done:", task.done());
    }
  });

  const outer = fn(function* outer(future: asyncio.Future) {
    try {
      yield* on(middle(future));
    } catch (error) {
      expectCancelled(error);
      log("outer cancelled");
      throw error;
    }
  });

  const main = fn(function* main() {
    const future = runningLoop().createFuture();
    const task = asyncio.createTask(outer.lazy(future));
    task.addDoneCallback((done) => log("outer task callback", done.cancelled()));
    for (let i = 0; i < 3; i++) yield* on(asyncio.sleep(0));
    log("cancel:", task.cancel("from main"), "future already cancelled:", future.cancelled());
    try {
      yield* on(task);
    } catch (error) {
      log("main sees CancelledError", ...expectCancelled(error).args);
    }
    log("cancelling:", task.cancelling());
  });
  return run(main.lazy());
});
