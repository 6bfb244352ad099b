/**
 * Future callbacks run one loop turn after completion in the order they were added, adding one to a done future schedules it, and
 * remove_done_callback returns how many were removed.
 */
import * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { runningLoop, scenario } from "../stage.js";

export default scenario(({ fn, log, run }) => {
  const main = fn(function* main() {
    const loop = runningLoop();
    const future = loop.createFuture<number>();

    const cb1 = (f: asyncio.Future<number>): void => {
      log("cb1", f === future, f.result());
      f.addDoneCallback(cbLate);
    };
    const cb2 = (): void => log("cb2");
    const cb3 = (): void => log("cb3");
    const cbLate = (): void => log("cb_late");

    future.addDoneCallback(cb1);
    future.addDoneCallback(cb2);
    future.addDoneCallback(cb3);
    future.addDoneCallback(cb2);
    log("removed", future.removeDoneCallback(cb2));
    log("removed", future.removeDoneCallback(cb2));
    future.addDoneCallback(cb2);
    future.setResult(7);
    loop.callSoon(log, "call_soon after set_result");
    log("set_result returned, done:", future.done());
    log("await gives", yield* on(future));
    future.addDoneCallback(cb3);
    log("removal from a done future", future.removeDoneCallback(cb3));
    yield* on(asyncio.sleep(0));
    log("one turn later");
    yield* on(asyncio.sleep(0));
    log("two turns later");
  });
  return run(main.lazy());
});
