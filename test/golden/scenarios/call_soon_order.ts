/**
 * call_soon runs callbacks in FIFO order, callbacks scheduled from inside a callback run in the next iteration, and cancelled handles are
 * skipped.
 */
import type * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { runningLoop, scenario } from "../stage.js";

export default scenario(({ fn, log, run }) => {
  const main = fn(function* main() {
    const loop = runningLoop();
    const done = loop.createFuture<void>();
    const victims: asyncio.Handle[] = [];

    const leaf = (tag: string): void => log("leaf", tag);
    const branch = (tag: string, depth: number): void => {
      log("branch", tag, depth);
      if (depth > 0) {
        loop.callSoon(branch, `${tag}x`, depth - 1);
        loop.callSoon(leaf, tag);
      }
    };
    const kill = (): void => {
      const handle = victims[0]!;
      log("kill, cancelled before:", handle.cancelled());
      handle.cancel();
      log("kill, cancelled after:", handle.cancelled());
    };

    loop.callSoon(branch, "a", 2);
    loop.callSoon(branch, "b", 1);
    loop.callSoon(leaf, "never-1").cancel();
    loop.callSoon(kill);
    victims.push(loop.callSoon(leaf, "never-2"));
    loop.callSoon(leaf, "c");
    loop.callLater(0.03, () => done.setResult());
    log("main waits");
    yield* on(done);
    log("main resumes");
  });
  return run(main.lazy());
});
