/** Semantics 80 and 81, and what test_locks has for Lock. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { eachLoop } from "../../support/loops.js";
import { eachSpelling, failure, on, program, type Scene, thrown, turns } from "../../semantics/scenes.js";

/** A task that takes the lock, says so, and releases it at once. */
function taker(scene: Scene, lock: asyncio.Lock, name: string): asyncio.Task<void> {
  return scene.task(function* () {
    assert.equal(yield* on(lock.acquire()), true);
    scene.log(name);
    lock.release();
  });
}

program("80 a lock is taken first come first served", function* (scene) {
  const lock = new asyncio.Lock();
  yield* on(lock.acquire());
  const tasks = ["a", "b", "c"].map((name) => taker(scene, lock, name));
  yield* turns();
  assert.equal(lock.statistics().waiting, 3);
  lock.release();
  for (const task of tasks) yield* on(task);
  assert.deepEqual(scene.lines, ["a", "b", "c"]);
  assert.equal(lock.locked(), false);
});

program("80 an uncontended lock is taken without a turn of the loop", function* (scene) {
  const lock = new asyncio.Lock();
  scene.loop.callSoon(() => scene.log("turn"));
  for (let i = 0; i < 10; i++) {
    yield* on(lock.acquire());
    lock.release();
  }
  assert.deepEqual(scene.lines, []);
});

program("80 release() wakes the first only and hands nothing over: the lock shows unlocked until the waiter runs", function* (scene) {
  const lock = new asyncio.Lock();
  yield* on(lock.acquire());
  const first = taker(scene, lock, "first");
  yield* turns();
  lock.release();
  assert.equal(lock.locked(), false);
  // A new waiter queues behind the one that was woken.
  const late = scene.task(function* () {
    yield* on(lock.acquire());
    scene.log("late");
    lock.release();
  });
  yield* on(asyncio.wait([first, late]));
  assert.deepEqual(scene.lines, ["first", "late"]);
});

program("80 a waiter that is cancelled leaves the queue to the others", function* (scene) {
  const lock = new asyncio.Lock();
  yield* on(lock.acquire());
  const [a, b, c] = ["a", "b", "c"].map((name) => taker(scene, lock, name)) as [asyncio.Task<void>, asyncio.Task<void>, asyncio.Task<void>];
  yield* turns();
  b.cancel();
  lock.release();
  yield* failure(b, asyncio.CancelledError);
  yield* on(asyncio.wait([a, c]));
  assert.deepEqual(scene.lines, ["a", "c"]);
});

program("80 a waiter that is cancelled after it was woken wakes the next", function* (scene) {
  const lock = new asyncio.Lock();
  yield* on(lock.acquire());
  const [a, b] = [taker(scene, lock, "a"), taker(scene, lock, "b")];
  yield* turns();
  lock.release();
  a.cancel();
  yield* failure(a, asyncio.CancelledError);
  yield* on(b);
  assert.deepEqual(scene.lines, ["b"]);
  assert.equal(lock.locked(), false);
});

program("80 the last waiter cancelled at the release leaves the lock free", function* (scene) {
  const lock = new asyncio.Lock();
  yield* on(lock.acquire());
  const task = taker(scene, lock, "not reached");
  yield* turns();
  task.cancel();
  lock.release();
  yield* failure(task, asyncio.CancelledError);
  assert.equal(lock.locked(), false);
  yield* on(lock.acquire());
  lock.release();
  assert.deepEqual(scene.lines, []);
});

program("80 while all waiters are cancelled and have not run yet, a newcomer takes the free lock at once", function* (scene) {
  const lock = new asyncio.Lock();
  yield* on(lock.acquire());
  const task = taker(scene, lock, "not reached");
  yield* turns();
  lock.release();
  yield* on(lock.acquire()); // Behind the woken waiter.
  assert.deepEqual(scene.lines, ["not reached"]);
  const second = taker(scene, lock, "never");
  yield* turns();
  second.cancel();
  lock.release();
  assert.equal(yield* on(lock.acquire()), true);
  assert.equal(lock.locked(), true);
  yield* failure(second, asyncio.CancelledError);
  lock.release();
  yield* on(task);
});

program("80 a holder that is cancelled releases in its finally block", function* (scene) {
  const lock = new asyncio.Lock();
  const holder = scene.task(function* () {
    yield* on(
      asyncio.asyncWith(
        lock,
        scene.block(function* () {
          yield* on(asyncio.sleep(3600));
        }),
      ),
    );
  });
  const next = taker(scene, lock, "next");
  yield* turns(2);
  holder.cancel();
  yield* failure(holder, asyncio.CancelledError);
  yield* on(next);
  assert.equal(lock.locked(), false);
});

program("81 release() of what is not held is a RuntimeError; any task may release", function* (scene) {
  const lock = new asyncio.Lock();
  thrown(() => lock.release(), asyncio.RuntimeError);
  yield* on(lock.acquire());
  yield* on(
    scene.task(function* () {
      lock.release();
    }),
  );
  assert.equal(lock.locked(), false);
  thrown(() => lock.release(), asyncio.RuntimeError);
});

eachSpelling("81 a lock belongs to the loop of its first contention", async (scene) => {
  const lock = new asyncio.Lock();
  const contended = scene.fn(function* () {
    yield* on(lock.acquire());
    const task = taker(scene, lock, "taken");
    yield* turns();
    lock.release();
    yield* on(task);
  });
  await scene.t.run(contended.lazy());
  const elsewhere = scene.fn(function* () {
    yield* on(lock.acquire()); // No other waiter exists, so that no loop is needed.
    const error = yield* failure(lock.acquire(), asyncio.RuntimeError);
    assert.match(error.message, /is bound to a different event loop/);
    lock.release();
  });
  await scene.t.run(elsewhere.lazy());
});

program("asyncWith holds the lock during the block and gives it back, also after an error", function* (scene) {
  const lock = new asyncio.Lock();
  const value = yield* on(
    asyncio.asyncWith(
      lock,
      scene.block(function* () {
        assert.equal(lock.locked(), true);
        yield* turns();
        return "value";
      }),
    ),
  );
  assert.equal(value, "value");
  assert.equal(lock.locked(), false);
  yield* failure(
    asyncio.asyncWith(
      lock,
      scene.block(function* () {
        throw new RangeError();
      }),
    ),
    RangeError,
  );
  assert.equal(lock.locked(), false);
});

eachLoop("hold() is disposed of by releasing", async (t) => {
  await t.run(async () => {
    for (const held of [new asyncio.Lock(), new asyncio.Semaphore(1), new asyncio.BoundedSemaphore(1), new asyncio.Condition()]) {
      const hold = await held.hold();
      assert.equal(held.locked(), true);
      await hold[Symbol.asyncDispose]();
      assert.equal(held.locked(), false);
      await assert.rejects(held.hold({ signal: AbortSignal.abort(new RangeError()) }), RangeError);
      assert.equal(held.locked(), false);
    }
  });
});

program("its text tells whether it is locked and who waits", function* (scene) {
  const lock = new asyncio.Lock();
  assert.equal(String(lock), "<Lock [unlocked]>");
  yield* on(lock.acquire());
  const task = taker(scene, lock, "x");
  yield* turns();
  assert.equal(String(lock), "<Lock [locked, waiters:1]>");
  assert.deepEqual(lock.statistics(), { locked: true, waiting: 1 });
  lock.release();
  yield* on(task);
});
