/**
 * Cancelling the gather future, directly or through the awaiting task, cancels every unfinished child; without return_exceptions the
 * awaiter resumes at the first child that ended, with it only after the last.
 */
import * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { expectCancelled } from "../python.js";
import { scenario } from "../stage.js";

export default scenario(({ fn, log, run }) => {
  const child = fn(function* child(tag: string, cleanup: number) {
    try {
      yield* on(asyncio.sleep(10));
    } catch (error) {
      expectCancelled(error);
      log(tag, "cancelled");
      yield* on(asyncio.sleep(cleanup));
      log(tag, "cleaned");
      throw error;
    }
  });

  const parent = fn(function* parent(gathering: asyncio.Future<unknown>) {
    try {
      yield* on(gathering);
    } catch (error) {
      expectCancelled(error);
      log("parent unwinds");
      throw error;
    }
  });

  const main = fn(function* main() {
    let kids = [asyncio.createTask(child.lazy("k1", 0.12)), asyncio.createTask(child.lazy("k2", 0))];
    const p = asyncio.createTask(parent.lazy(asyncio.gather(...kids)));
    yield* on(asyncio.sleep(0.01));
    log("cancel parent:", p.cancel());
    try {
      yield* on(p);
    } catch (error) {
      expectCancelled(error);
      log("parent done; kids cancelled:", kids[0]!.cancelled(), kids[1]!.cancelled());
    }

    kids = [asyncio.createTask(child.lazy("k3", 0)), asyncio.createTask(child.lazy("k4", 0.05))];
    const g = asyncio.gather(...kids, { returnExceptions: true });
    yield* on(asyncio.sleep(0.01));
    log("cancel gather:", g.cancel(), "again:", g.cancel(), "done:", g.done());
    try {
      yield* on(g);
    } catch (error) {
      expectCancelled(error);
      log("CancelledError despite return_exceptions; g.cancelled:", g.cancelled());
    }
    log("cancel of a finished gather:", g.cancel());
    yield* on(asyncio.sleep(0.15));
  });
  return run(main.lazy());
});
