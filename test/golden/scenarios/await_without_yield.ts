/**
 * Awaiting a plain coroutine or a done future or task continues at once, without letting other ready callbacks run, while sleep(0) gives
 * them a turn.
 */
import * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { expectError, KeyError } from "../python.js";
import { runningLoop, scenario } from "../stage.js";

export default scenario(({ fn, log, run }) => {
  const value = fn(function* value(x: string) {
    return x;
  });

  const fails = fn(function* fails() {
    throw new KeyError("gone");
  });

  const main = fn(function* main() {
    const loop = runningLoop();
    const ready = loop.createFuture<string>();
    ready.setResult("ready");
    const finished = asyncio.createTask(value.lazy("task value"));
    const broken = loop.createFuture();
    broken.setException(new asyncio.ValueError("broken"));
    yield* on(asyncio.sleep(0));
    yield* on(asyncio.sleep(0));
    log("task finished:", finished.done());

    loop.callSoon(log, "callback ran");
    log(yield* on(ready));
    log(yield* on(value("plain coroutine")));
    log(yield* on(finished));
    try {
      yield* on(broken);
    } catch (error) {
      log("ValueError", expectError(error, asyncio.ValueError));
    }
    try {
      yield* on(fails());
    } catch (error) {
      expectError(error, KeyError);
      log("KeyError");
    }
    log("still before the callback");
    yield* on(asyncio.sleep(0));
    log("after the callback");
  });
  return run(main.lazy());
});
