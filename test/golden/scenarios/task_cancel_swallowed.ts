/**
 * A task may swallow cancellation and go on, a pending cancel count stays until uncancel() is called, and each cancel() of a waiting task
 * delivers one CancelledError.
 */
import * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { expectCancelled } from "../python.js";
import { scenario } from "../stage.js";

export default scenario(({ fn, log, run }) => {
  const stubborn = fn(function* stubborn() {
    const me = asyncio.currentTask()!;
    for (let i = 0; i < 2; i++) {
      try {
        yield* on(asyncio.sleep(10));
      } catch (error) {
        log("swallow", i, ...expectCancelled(error).args, "cancelling:", me.cancelling());
      }
    }
    log("uncancel ->", me.uncancel());
    log("uncancel ->", me.uncancel());
    log("uncancel ->", me.uncancel());
    yield* on(asyncio.sleep(0));
    return "survived";
  });

  const twiceAtOnce = fn(function* twiceAtOnce() {
    try {
      yield* on(asyncio.sleep(10));
    } catch (error) {
      log("twice_at_once", ...expectCancelled(error).args, asyncio.currentTask()!.cancelling());
    }
    yield* on(asyncio.sleep(0));
    return "only one error";
  });

  const main = fn(function* main() {
    const t = asyncio.createTask(stubborn.lazy());
    yield* on(asyncio.sleep(0));
    log("first cancel", t.cancel("one"), t.cancelling());
    yield* on(asyncio.sleep(0));
    log("second cancel", t.cancel("two"), t.cancelling());
    log(yield* on(t), t.cancelled(), t.cancelling());
    const u = asyncio.createTask(twiceAtOnce.lazy());
    yield* on(asyncio.sleep(0));
    log(u.cancel("first"), u.cancel("second"));
    log(yield* on(u));
  });
  return run(main.lazy());
});
