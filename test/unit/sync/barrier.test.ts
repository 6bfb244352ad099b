/** Semantics 85, and what test_locks has for Barrier. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { type Body, failure, on, program, type Scene, thrown, turns } from "../../semantics/scenes.js";

function party(scene: Scene, barrier: asyncio.Barrier, name: string): asyncio.Task<number> {
  return scene.task(function* () {
    try {
      const index = yield* on(barrier.wait());
      scene.log(name, index);
      return index;
    } catch (error) {
      scene.log(name, (error as Error).name);
      return -1;
    }
  });
}

function* all(tasks: asyncio.Task<unknown>[]): Body<void> {
  yield* on(asyncio.wait(tasks));
}

program("85 the tasks of a round go on together, each with another index", function* (scene) {
  const barrier = new asyncio.Barrier(3);
  const tasks = ["a", "b"].map((name) => party(scene, barrier, name));
  yield* turns(3);
  assert.equal(barrier.nWaiting, 2);
  assert.deepEqual(scene.lines, []);
  tasks.push(party(scene, barrier, "c"));
  yield* all(tasks);
  assert.deepEqual(tasks.map((task) => task.result()).sort(), [0, 1, 2]);
  assert.equal(barrier.nWaiting, 0);
  assert.equal(barrier.broken, false);
});

program("85 a barrier of one lets everybody through at once", function* (scene) {
  const barrier = new asyncio.Barrier(1);
  scene.loop.callSoon(() => scene.log("turn"));
  for (let i = 0; i < 5; i++) assert.equal(yield* on(barrier.wait()), 0);
  assert.deepEqual(scene.lines, []);
});

program("85 tasks that wait twice make two rounds; who comes while one drains waits for the next", function* (scene) {
  const barrier = new asyncio.Barrier(2);
  const rounds = (name: string): asyncio.Task<void> =>
    scene.task(function* () {
      for (let i = 0; i < 3; i++) {
        yield* on(barrier.wait());
        scene.log(`${name}${i}`);
      }
    });
  yield* all([rounds("a"), rounds("b")]);
  const order = scene.lines.map((line) => Number(line[1]));
  assert.deepEqual(order, [0, 0, 1, 1, 2, 2]);
  // Three tasks for a barrier of two: the third waits.
  const tasks = ["x", "y", "z"].map((name) => party(scene, barrier, name));
  yield* turns(8);
  assert.equal(tasks.filter((task) => task.done()).length, 2);
  assert.equal(barrier.nWaiting, 1);
  tasks.push(party(scene, barrier, "w"));
  yield* all(tasks);
});

program("85 a waiting task that is cancelled just leaves the count", function* (scene) {
  const barrier = new asyncio.Barrier(3);
  const [a, b] = [party(scene, barrier, "a"), party(scene, barrier, "b")];
  yield* turns(2);
  a.cancel();
  yield* turns(3);
  assert.equal(barrier.nWaiting, 1);
  assert.equal(barrier.broken, false);
  yield* all([a, b, party(scene, barrier, "c"), party(scene, barrier, "d")]);
  assert.deepEqual(scene.lines[0], "a CancelledError");
  assert.equal(scene.lines.length, 4);
});

program("85 reset() while tasks wait gives them BrokenBarrierError and leaves the barrier usable", function* (scene) {
  const barrier = new asyncio.Barrier(3);
  const tasks = ["a", "b"].map((name) => party(scene, barrier, name));
  yield* turns(2);
  yield* on(barrier.reset());
  yield* all(tasks);
  assert.deepEqual(scene.lines.sort(), ["a BrokenBarrierError", "b BrokenBarrierError"]);
  assert.equal(barrier.broken, false);
  assert.deepEqual(barrier.statistics(), { state: "filling", waiting: 0 });
  yield* all(["c", "d", "e"].map((name) => party(scene, barrier, name)));
  assert.equal(scene.lines.length, 5);
});

program("85 reset() of an empty barrier does nothing; late comers of a reset wait for the next round", function* (scene) {
  const barrier = new asyncio.Barrier(2);
  yield* on(barrier.reset());
  const early = party(scene, barrier, "early");
  yield* turns(2);
  const reset = scene.task(function* () {
    yield* on(barrier.reset());
  });
  const late = party(scene, barrier, "late");
  yield* all([early, reset]);
  yield* turns(3);
  assert.deepEqual(scene.lines, ["early BrokenBarrierError"]);
  yield* all([late, party(scene, barrier, "other")]);
  assert.equal(scene.lines.length, 3);
});

program("85 abort() breaks the barrier for those who wait and those who come, until reset()", function* (scene) {
  const barrier = new asyncio.Barrier(2);
  const waiting = party(scene, barrier, "waiting");
  yield* turns(2);
  yield* on(barrier.abort());
  yield* all([waiting]);
  assert.equal(barrier.broken, true);
  const error = yield* failure(barrier.wait(), asyncio.BrokenBarrierError);
  assert.ok(error instanceof asyncio.RuntimeError);
  assert.deepEqual(scene.lines, ["waiting BrokenBarrierError"]);
  yield* on(barrier.reset());
  assert.equal(barrier.broken, false);
  yield* all(["a", "b"].map((name) => party(scene, barrier, name)));
  assert.equal(scene.lines.length, 3);
});

program("asyncWith gives the index to the block", function* (scene) {
  const barrier = new asyncio.Barrier(2);
  const indices: number[] = [];
  const task = (): asyncio.Task<void> =>
    scene.task(function* () {
      yield* on(
        asyncio.asyncWith(
          barrier,
          scene.block(function* (index) {
            indices.push(index);
          }),
        ),
      );
    });
  yield* all([task(), task()]);
  assert.deepEqual(indices.sort(), [0, 1]);
});

program("parties is an integer, 1 or more; the text tells the state", function* () {
  for (const bad of [0, -1]) thrown(() => new asyncio.Barrier(bad), asyncio.ValueError);
  for (const bad of ["2", 1.5, null, undefined]) thrown(() => new asyncio.Barrier(bad as never), TypeError);
  const barrier = new asyncio.Barrier(2);
  assert.equal(barrier.parties, 2);
  assert.equal(String(barrier), "<Barrier [filling, waiters:0/2]>");
  yield* turns();
});
