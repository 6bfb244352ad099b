/**
 * Cancelling the waiter of shield() leaves the shielded task running to its end, while cancelling the shielded task itself cancels the
 * waiter.
 */
import * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { expectCancelled } from "../python.js";
import { runningLoop, scenario } from "../stage.js";

export default scenario(({ fn, log, run }) => {
  const work = fn(function* work(tag: string) {
    log(tag, "starts");
    yield* on(asyncio.sleep(0.05));
    log(tag, "ends");
    return tag;
  });

  const waiter = fn(function* waiter(inner: asyncio.Task<string>) {
    try {
      return yield* on(asyncio.shield(inner));
    } catch (error) {
      expectCancelled(error);
      log("waiter cancelled, inner done:", inner.done(), "inner cancelled:", inner.cancelled());
      throw error;
    }
  });

  const main = fn(function* main() {
    let inner = asyncio.createTask(work.lazy("one"));
    let w = asyncio.createTask(waiter.lazy(inner));
    yield* on(asyncio.sleep(0));
    yield* on(asyncio.sleep(0));
    w.cancel();
    try {
      yield* on(w);
    } catch (error) {
      expectCancelled(error);
      log("main: waiter gone");
    }
    log("inner result", yield* on(inner));

    inner = asyncio.createTask(work.lazy("two"));
    w = asyncio.createTask(waiter.lazy(inner));
    yield* on(asyncio.sleep(0));
    yield* on(asyncio.sleep(0));
    inner.cancel();
    yield* on(asyncio.wait([w]));
    log("waiter cancelled too:", w.cancelled());

    const done = runningLoop().createFuture<string>();
    done.setResult("already");
    log("shield of a done future is the future:", asyncio.shield(done) === done);
    log(yield* on(asyncio.shield(work.lazy("three"))));
  });
  return run(main.lazy());
});
