/**
 * asend, athrow and aclose drive an async generator by hand, its finally blocks may await, and a finished generator raises
 * StopAsyncIteration.
 */
import * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { expectError, KeyError } from "../python.js";
import { runningLoop, scenario } from "../stage.js";

export default scenario(({ fn, block, log, run }) => {
  const dialog = asyncio.asyncGenerator(function* (emit: asyncio.Emit<string>) {
    try {
      let reply: unknown = "nothing";
      for (let n = 1; ; n++) {
        try {
          reply = yield* emit(`question ${n} after ${String(reply)}`);
          yield* asyncio.sleep(0);
        } catch (error) {
          log("generator caught", expectError(error, asyncio.ValueError));
          reply = "error";
        }
      }
    } finally {
      log("generator finally starts");
      yield* asyncio.sleep(0);
      log("generator finally ends");
    }
  });

  const countdown = asyncio.asyncGenerator(function* (emit: asyncio.Emit<number>, n: number) {
    for (; n > 0; n--) yield* emit(n);
  });

  const main = fn(function* main() {
    let g = dialog();
    log(yield* on(g.anext()));
    log(yield* on(g.asend("hello")));
    log(yield* on(g.athrow(new asyncio.ValueError("thrown in"))));
    log(yield* on(g.asend("bye")));
    runningLoop().callSoon(log, "callback during aclose");
    yield* on(g.aclose());
    log("closed");
    try {
      yield* on(g.anext());
    } catch (error) {
      expectError(error, asyncio.StopAsyncIteration);
      log("StopAsyncIteration");
    }
    yield* on(g.aclose());
    log("second aclose is harmless");
    g = dialog();
    log(yield* on(g.anext()));
    try {
      yield* on(g.athrow(new KeyError("out")));
    } catch (error) {
      expectError(error, KeyError);
      log("KeyError leaves the generator");
    }
    const each = block(function* (n: number) {
      log("countdown", n);
    });
    yield* on(asyncio.asyncFor(countdown(3), each));
    try {
      log(yield* on(countdown(0).anext()));
    } catch (error) {
      expectError(error, asyncio.StopAsyncIteration);
      log("default value");
    }
  });
  return run(main.lazy());
});
