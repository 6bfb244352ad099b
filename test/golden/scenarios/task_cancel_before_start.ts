/**
 * A task cancelled before its first step never runs its body, is not done until the loop turns, and cancel() says True until it is done.
 */
import * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { expectCancelled } from "../python.js";
import { scenario } from "../stage.js";

export default scenario(({ fn, log, run }) => {
  const body = fn(function* body(tag: string) {
    log(tag, "body runs");
    try {
      yield* on(asyncio.sleep(10));
    } finally {
      log(tag, "cleanup");
    }
  });

  const main = fn(function* main() {
    const a = asyncio.createTask(body.lazy("a"));
    log("cancel a:", a.cancel(), a.cancel(), "done:", a.done(), "cancelled:", a.cancelled());
    const b = asyncio.createTask(body.lazy("b"));
    a.addDoneCallback((task) => log("a callback", task.cancelled()));
    yield* on(asyncio.sleep(0));
    log("a done:", a.done(), a.cancelled());
    log("cancel b:", b.cancel("stop b"), "done:", b.done());
    try {
      yield* on(b);
    } catch (error) {
      log("b raised CancelledError", ...expectCancelled(error).args);
    }
    log("cancel after done:", a.cancel(), b.cancel());
    log("counts:", a.cancelling(), b.cancelling());
    try {
      a.result();
    } catch (error) {
      log("a.result CancelledError, args:", expectCancelled(error).args.length);
    }
  });
  return run(main.lazy());
});
