/**
 * run_until_complete returns the result, run_forever ends after stop(), callbacks still queued run on the next start, and a closed loop
 * refuses work.
 */
import * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { expectError, sentence } from "../python.js";
import { scenario } from "../stage.js";

export default scenario(({ fn, log, newLoop }) => {
  const play = async (): Promise<void> => {
    const loop = newLoop();

    const answer = fn(function* answer() {
      yield* on(asyncio.sleep(0));
      return 42;
    });
    const stopper = (): void => {
      log("stop requested, running:", loop.isRunning());
      loop.stop();
    };

    log("running:", loop.isRunning(), "closed:", loop.isClosed());
    log(await loop.runUntilComplete(answer.lazy()));
    loop.callLater(0.02, stopper);
    loop.callLater(0.1, log, "late timer");
    await loop.runForever();
    log("stopped, running:", loop.isRunning());
    loop.callSoon(log, "queued while stopped");
    loop.callLater(0.15, stopper);
    await loop.runForever();
    const future = loop.createFuture();
    loop.callSoon(() => future.setException(new asyncio.ValueError("from future")));
    try {
      await loop.runUntilComplete(future);
    } catch (error) {
      log("ValueError", expectError(error, asyncio.ValueError));
    }
    const pending = loop.createFuture();
    loop.callSoon(() => loop.stop());
    try {
      await loop.runUntilComplete(pending);
    } catch (error) {
      log("RuntimeError", `${sentence(expectError(error, asyncio.RuntimeError))}.`);
    }
    loop.close();
    loop.close();
    log("closed:", loop.isClosed());
    const attempts = { call_soon: () => loop.callSoon(log, "x"), run_forever: () => loop.runForever() };
    for (const [label, attempt] of Object.entries(attempts)) {
      try {
        await attempt();
      } catch (error) {
        log(label, "RuntimeError", sentence(expectError(error, asyncio.RuntimeError)));
      }
    }
  };
  return play();
});
