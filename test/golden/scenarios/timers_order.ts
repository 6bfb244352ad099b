/**
 * call_later and call_at fire by deadline whatever the scheduling order, an equal pair in scheduling order; cancelled timers never fire,
 * and a timer may schedule and cancel others.
 */
import { on } from "../../support/spellings.js";
import { runningLoop, scenario } from "../stage.js";

export default scenario(({ fn, log, run }) => {
  const main = fn(function* main() {
    const loop = runningLoop();
    const base = loop.time();
    const done = loop.createFuture<string>();

    const hit = (tag: string): void => log("hit", tag);
    const chain = (): void => {
      log("chain");
      loop.callLater(0.05, hit, "chained +50");
      late.cancel();
      log("late cancelled:", late.cancelled());
      late.cancel();
    };

    loop.callAt(base + 0.2, hit, "at 200");
    loop.callLater(0.08, chain);
    loop.callLater(0.03, hit, "later 30");
    loop.callAt(base + 0.04 + 0.13, hit, "at 170");
    const late = loop.callLater(0.11, hit, "never");
    loop.callAt(base + 0.24, hit, "first of an equal pair");
    loop.callAt(base + 0.24, hit, "second of an equal pair");
    loop.callLater(0.3, () => done.setResult("finished"));
    const never = loop.callAt(base + 0.01, hit, "never");
    never.cancel();
    loop.callSoon(hit, "soon");
    log("deadline kept:", late.when() > base, never.when() > base);
    log(yield* on(done));
    log("never cancelled:", never.cancelled());
  });
  return run(main.lazy());
});
