/** Semantics 83, and what test_locks has for Condition. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { Boom, eachSpelling, failure, on, program, type Scene, thrown, turns } from "../../semantics/scenes.js";

function waiter(scene: Scene, condition: asyncio.Condition, name: string): asyncio.Task<void> {
  return scene.task(function* () {
    yield* on(condition.acquire());
    try {
      assert.equal(yield* on(condition.wait()), true);
      scene.log(name);
    } finally {
      condition.release();
    }
  });
}

program("83 wait() gives the lock back, waits for notify(), and has the lock again afterwards", function* (scene) {
  const condition = new asyncio.Condition();
  const task = scene.task(function* () {
    yield* on(condition.acquire());
    yield* on(condition.wait());
    assert.equal(condition.locked(), true);
    condition.release();
    return "woken";
  });
  yield* turns();
  assert.equal(condition.locked(), false);
  yield* on(condition.acquire());
  condition.notify();
  yield* turns(2);
  assert.equal(task.done(), false); // notify() does not release.
  condition.release();
  assert.equal(yield* on(task), "woken");
});

program("83 wait() and notify() without the lock are RuntimeErrors", function* () {
  const condition = new asyncio.Condition();
  yield* failure(condition.wait(), asyncio.RuntimeError);
  yield* failure(
    condition.waitFor(() => false),
    asyncio.RuntimeError,
  );
  thrown(() => condition.notify(), asyncio.RuntimeError);
  thrown(() => condition.notifyAll(), asyncio.RuntimeError);
  thrown(() => condition.release(), asyncio.RuntimeError);
});

program("83 notify(n) wakes n in the order in which they wait, notifyAll() all", function* (scene) {
  const condition = new asyncio.Condition();
  const tasks = ["a", "b", "c", "d", "e"].map((name) => waiter(scene, condition, name));
  yield* turns(2);
  assert.equal(condition.statistics().waiting, 5);
  yield* on(condition.acquire());
  condition.notify();
  condition.release();
  yield* turns(4);
  assert.deepEqual(scene.lines, ["a"]);
  yield* on(condition.acquire());
  condition.notify(2);
  condition.release();
  yield* turns(6);
  assert.deepEqual(scene.lines, ["a", "b", "c"]);
  yield* on(condition.acquire());
  condition.notifyAll();
  condition.release();
  for (const task of tasks) yield* on(task);
  assert.deepEqual(scene.lines, ["a", "b", "c", "d", "e"]);
});

program("83 a waiter that is cancelled takes the lock again before the error passes", function* (scene) {
  const condition = new asyncio.Condition();
  const task = scene.task(function* () {
    yield* on(condition.acquire());
    try {
      yield* on(condition.wait());
    } finally {
      scene.log("locked", condition.locked());
      condition.release();
    }
  });
  yield* turns();
  yield* on(condition.acquire());
  task.cancel();
  yield* turns(3);
  assert.equal(task.done(), false); // The lock is held by us.
  condition.release();
  yield* failure(task, asyncio.CancelledError);
  assert.deepEqual(scene.lines, ["locked true"]);
  assert.equal(condition.locked(), false);
});

program(
  "83 cancelled again and again while it takes the lock again, the waiter has the lock in the end, and the last error",
  function* (scene) {
    const condition = new asyncio.Condition();
    const task = scene.task(function* () {
      yield* on(condition.acquire());
      try {
        yield* on(condition.wait());
      } finally {
        scene.log("locked", condition.locked());
        condition.release();
      }
    });
    yield* turns();
    yield* on(condition.acquire());
    for (const message of ["first", "second", "third"]) {
      task.cancel(message);
      yield* turns(2);
    }
    condition.release();
    assert.deepEqual((yield* failure(task, asyncio.CancelledError)).args, ["third"]);
    assert.deepEqual(scene.lines, ["locked true"]);
  },
);

program("83 a waiter cancelled after it was notified passes the notification on", function* (scene) {
  const condition = new asyncio.Condition();
  const [a, b] = [waiter(scene, condition, "a"), waiter(scene, condition, "b")];
  yield* turns(2);
  yield* on(condition.acquire());
  condition.notify();
  a.cancel();
  condition.release();
  yield* failure(a, asyncio.CancelledError);
  yield* on(b);
  assert.deepEqual(scene.lines, ["b"]);
});

program("83 a waiter cancelled while it takes the lock again after a notification passes it on", function* (scene) {
  const condition = new asyncio.Condition();
  const [a, b] = [waiter(scene, condition, "a"), waiter(scene, condition, "b")];
  yield* turns(2);
  yield* on(condition.acquire());
  condition.notify();
  yield* turns(2); // a waits for the lock now.
  a.cancel();
  condition.release();
  yield* failure(a, asyncio.CancelledError);
  yield* on(b);
  assert.deepEqual(scene.lines, ["b"]);
  assert.equal(condition.locked(), false);
});

program("83 a timeout around wait() leaves the block with the lock held until its end", function* (scene) {
  const condition = new asyncio.Condition();
  yield* on(
    asyncio.asyncWith(
      condition,
      scene.block(function* () {
        yield* failure(asyncio.waitFor(condition.wait(), 0.002), asyncio.TimeoutError);
        assert.equal(condition.locked(), true);
      }),
    ),
  );
  assert.equal(condition.locked(), false);
  assert.equal(condition.statistics().waiting, 0);
});

program("waitFor() waits until the predicate is true and gives what it returned", function* (scene) {
  const condition = new asyncio.Condition();
  let value = 0;
  const task = scene.task(function* () {
    yield* on(condition.acquire());
    const result = yield* on(condition.waitFor(() => (scene.log("asked", value), value >= 2 && `value ${value}`)));
    condition.release();
    return result;
  });
  yield* turns();
  for (let i = 0; i < 2; i++) {
    yield* on(condition.acquire());
    value++;
    condition.notify();
    condition.release();
    yield* turns(4);
  }
  assert.equal(yield* on(task), "value 2");
  assert.deepEqual(scene.lines, ["asked 0", "asked 1", "asked 2"]);
  yield* on(condition.acquire());
  yield* failure(
    condition.waitFor(() => {
      throw new Boom();
    }),
    Boom,
  );
  assert.equal(condition.locked(), true);
  condition.release();
});

program("two conditions may share one lock", function* (scene) {
  const lock = new asyncio.Lock();
  const [one, two] = [new asyncio.Condition(lock), new asyncio.Condition(lock)];
  const tasks = [waiter(scene, one, "one"), waiter(scene, two, "two")];
  yield* turns(2);
  yield* on(lock.acquire());
  assert.equal(one.locked() && two.locked(), true);
  two.notify();
  one.notify();
  lock.release();
  for (const task of tasks) yield* on(task);
  assert.deepEqual(scene.lines, ["two", "one"]);
});

program("a condition's lock is a Lock, a count an integer, a predicate a function", function* () {
  for (const bad of [null, {}, "lock", new asyncio.Semaphore()]) thrown(() => new asyncio.Condition(bad as never), TypeError);
  const condition = new asyncio.Condition();
  yield* on(condition.acquire());
  for (const bad of ["1", 1.5, NaN, null]) thrown(() => condition.notify(bad as never), TypeError);
  condition.notify(0);
  condition.notify(-1);
  for (const bad of [null, "text", 42]) thrown(() => condition.waitFor(bad as never), TypeError);
  assert.equal(String(condition), "<Condition [locked]>");
  assert.deepEqual(condition.statistics(), { locked: true, waiting: 0 });
  condition.release();
});

eachSpelling("83 wait() on another loop than before is a RuntimeError, and the lock stays with the caller", async (scene) => {
  const condition = new asyncio.Condition();
  const here = scene.fn(function* () {
    const task = waiter(scene, condition, "here");
    yield* turns();
    yield* on(condition.acquire());
    condition.notify();
    condition.release();
    yield* on(task);
  });
  await scene.t.run(here.lazy());
  const elsewhere = scene.fn(function* () {
    yield* on(condition.acquire());
    yield* failure(condition.wait(), asyncio.RuntimeError);
    assert.equal(condition.locked(), true);
    condition.release();
  });
  await scene.t.run(elsewhere.lazy());
});
