/** Semantics 82, and what test_locks has for Event. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { eachSpelling, failure, on, program, turns } from "../../semantics/scenes.js";

program("82 set() wakes everybody who waits, also if clear() is called before they run", function* (scene) {
  const event = new asyncio.Event();
  const waiters = ["a", "b", "c"].map((name) =>
    scene.task(function* () {
      scene.log(name, yield* on(event.wait()));
    }),
  );
  yield* turns();
  assert.deepEqual(event.statistics(), { set: false, waiting: 3 });
  event.set();
  event.clear();
  assert.equal(event.isSet(), false);
  const late = scene.task(function* () {
    yield* on(event.wait());
    scene.log("late");
  });
  for (const task of waiters) yield* on(task);
  yield* turns(2);
  assert.deepEqual(scene.lines, ["a true", "b true", "c true"]);
  event.set();
  yield* on(late);
});

program("82 waiting for an event that is set takes no turn of the loop, and set() twice is as once", function* (scene) {
  const event = new asyncio.Event();
  event.set();
  event.set();
  scene.loop.callSoon(() => scene.log("turn"));
  assert.equal(yield* on(event.wait()), true);
  assert.deepEqual(scene.lines, []);
  assert.equal(String(event), "<Event [set]>");
});

program("82 a waiter that is cancelled leaves no trace", function* (scene) {
  const event = new asyncio.Event();
  const task = scene.task(function* () {
    yield* on(event.wait());
  });
  yield* turns();
  assert.equal(String(event), "<Event [unset, waiters:1]>");
  task.cancel();
  yield* failure(task, asyncio.CancelledError);
  assert.equal(String(event), "<Event [unset]>");
  event.set();
});

eachSpelling("82 an event belongs to the loop on which somebody waited first", async (scene) => {
  const event = new asyncio.Event();
  const wait = scene.fn(function* () {
    const task = scene.task(function* () {
      yield* on(event.wait());
    });
    yield* turns();
    event.set();
    yield* on(task);
    event.clear();
  });
  await scene.t.run(wait.lazy());
  const elsewhere = scene.fn(function* () {
    yield* failure(event.wait(), asyncio.RuntimeError);
  });
  await scene.t.run(elsewhere.lazy());
});
