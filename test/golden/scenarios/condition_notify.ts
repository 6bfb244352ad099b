/**
 * Condition.notify(n) wakes n waiters in order but each must get the lock back first; wait_for rechecks its predicate; misuse without the
 * lock is a RuntimeError.
 */
import * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { expectError } from "../python.js";
import { scenario } from "../stage.js";

export default scenario(({ fn, block, log, run }) => {
  const consumer = fn(function* consumer(tag: string, condition: asyncio.Condition) {
    const inside = block(function* () {
      log(tag, "waits");
      yield* on(condition.wait());
      log(tag, "woken, locked:", condition.locked());
      yield* on(asyncio.sleep(0));
      log(tag, "leaves");
    });
    yield* on(asyncio.asyncWith(condition, inside));
  });

  const main = fn(function* main() {
    const condition = new asyncio.Condition();
    const tasks = ["a", "b", "c", "d"].map((tag) => asyncio.createTask(consumer.lazy(tag, condition)));
    yield* on(asyncio.sleep(0));
    const notifyTwo = block(function* () {
      condition.notify(2);
      log("notified two, lock still held by main");
      yield* on(asyncio.sleep(0));
      log("main releases");
    });
    yield* on(asyncio.asyncWith(condition, notifyTwo));
    yield* on(asyncio.wait(tasks.slice(0, 2)));
    log("c done:", tasks[2]!.done());
    const notifyAll = block(function* () {
      condition.notifyAll();
    });
    yield* on(asyncio.asyncWith(condition, notifyAll));
    yield* on(asyncio.gather(...tasks));

    const items: number[] = [];
    const need = fn(function* need(n: number) {
      const inside = block(function* () {
        const ok = yield* on(condition.waitFor(() => items.length >= n));
        log("predicate for", n, "gives", ok, "with", items.length);
      });
      yield* on(asyncio.asyncWith(condition, inside));
    });

    const needs = [asyncio.createTask(need.lazy(3)), asyncio.createTask(need.lazy(1))];
    for (let i = 0; i < 3; i++) {
      yield* on(asyncio.sleep(0.01));
      const add = block(function* () {
        items.push(i);
        log("added", i);
        condition.notifyAll();
      });
      yield* on(asyncio.asyncWith(condition, add));
    }
    yield* on(asyncio.gather(...needs));
    const attempts = { notify: () => condition.notify(), release: () => condition.release() };
    for (const [label, attempt] of Object.entries(attempts)) {
      try {
        attempt();
      } catch (error) {
        expectError(error, asyncio.RuntimeError);
        log(label, "without the lock: RuntimeError");
      }
    }
  });
  return run(main.lazy());
});
