/** Semantics 84 and 85, and what test_locks has for semaphores. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { failure, on, program, type Scene, thrown, turns } from "../../semantics/scenes.js";

function taker(scene: Scene, semaphore: asyncio.Semaphore, name: string): asyncio.Task<void> {
  return scene.task(function* () {
    yield* on(semaphore.acquire());
    scene.log(name);
  });
}

program("84 a semaphore admits as many as its value, first come first served", function* (scene) {
  const semaphore = new asyncio.Semaphore(2);
  const tasks = ["a", "b", "c", "d"].map((name) => taker(scene, semaphore, name));
  yield* turns(3);
  assert.deepEqual(scene.lines, ["a", "b"]);
  assert.deepEqual(semaphore.statistics(), { value: 0, waiting: 2 });
  semaphore.release();
  semaphore.release();
  for (const task of tasks) yield* on(task);
  assert.deepEqual(scene.lines, ["a", "b", "c", "d"]);
  assert.equal(semaphore.locked(), true);
});

program("84 a released place is given to the waiter at once: who comes meanwhile must wait", function* (scene) {
  const semaphore = new asyncio.Semaphore(0);
  const waiter = taker(scene, semaphore, "waiter");
  yield* turns();
  semaphore.release();
  assert.equal(semaphore.locked(), true);
  const late = taker(scene, semaphore, "late");
  yield* on(waiter);
  yield* turns(2);
  assert.deepEqual(scene.lines, ["waiter"]);
  semaphore.release();
  yield* on(late);
});

program("84 a waiter cancelled before it is woken does not take a place along", function* (scene) {
  const semaphore = new asyncio.Semaphore(0);
  const tasks = ["a", "b", "c", "d"].map((name) => taker(scene, semaphore, name));
  yield* turns();
  tasks[0]!.cancel();
  tasks[1]!.cancel();
  semaphore.release();
  semaphore.release();
  yield* on(asyncio.wait(tasks));
  assert.deepEqual(scene.lines, ["c", "d"]);
});

program("84 a waiter cancelled after it was woken gives its place to the next", function* (scene) {
  const semaphore = new asyncio.Semaphore(0);
  const [a, b] = [taker(scene, semaphore, "a"), taker(scene, semaphore, "b")];
  yield* turns();
  semaphore.release();
  a.cancel();
  yield* failure(a, asyncio.CancelledError);
  yield* on(b);
  assert.deepEqual(scene.lines, ["b"]);
  assert.deepEqual(semaphore.statistics(), { value: 0, waiting: 0 });
});

program("84 a waiter cancelled after it was woken, with nobody behind it, leaves the place free", function* (scene) {
  const semaphore = new asyncio.Semaphore(0);
  const task = taker(scene, semaphore, "not reached");
  yield* turns();
  semaphore.release();
  task.cancel();
  yield* failure(task, asyncio.CancelledError);
  assert.equal(semaphore.locked(), false);
  yield* on(semaphore.acquire());
});

program("84 acquiring and releasing in the turn of a cancellation hangs nobody", function* (scene) {
  const semaphore = new asyncio.Semaphore(1);
  const holder = scene.task(function* () {
    yield* on(
      asyncio.asyncWith(
        semaphore,
        scene.block(function* () {
          yield* turns(1);
          second.cancel();
        }),
      ),
    );
  });
  const second: asyncio.Task<void> = scene.task(function* () {
    yield* on(
      asyncio.asyncWith(
        semaphore,
        scene.block(function* () {
          yield* turns();
        }),
      ),
    );
  });
  yield* on(holder);
  yield* failure(second, asyncio.CancelledError);
  yield* on(asyncio.waitFor(semaphore.acquire(), 1));
});

program("84 nobody overtakes: one who releases and acquires again goes to the end", function* (scene) {
  const semaphore = new asyncio.Semaphore(1);
  const rounds = (name: string): asyncio.Task<void> =>
    scene.task(function* () {
      for (let i = 0; i < 3; i++) {
        yield* on(semaphore.acquire());
        scene.log(name);
        yield* turns();
        semaphore.release();
      }
    });
  const tasks = ["a", "b", "c"].map(rounds);
  for (const task of tasks) yield* on(task);
  assert.equal(scene.lines.join(""), "abcabcabc");
});

program("84 of several waiters cancelled and woken in one turn those left are woken in order", function* (scene) {
  const semaphore = new asyncio.Semaphore(0);
  const tasks = ["a", "b", "c", "d", "e"].map((name) => taker(scene, semaphore, name));
  yield* turns();
  for (let i = 0; i < 3; i++) semaphore.release();
  tasks[0]!.cancel();
  tasks[2]!.cancel();
  tasks[4]!.cancel();
  yield* on(asyncio.wait(tasks));
  assert.deepEqual(scene.lines, ["b", "d"]);
  assert.deepEqual(semaphore.statistics(), { value: 1, waiting: 0 });
});

program("85 a BoundedSemaphore refuses one release too many", function* (scene) {
  const semaphore = new asyncio.BoundedSemaphore(1);
  thrown(() => semaphore.release(), asyncio.ValueError);
  yield* on(semaphore.acquire());
  semaphore.release();
  thrown(() => semaphore.release(), asyncio.ValueError);
  const plain = new asyncio.Semaphore(1);
  plain.release();
  assert.equal(plain.statistics().value, 2);
  void scene;
});

program("a semaphore's value is an integer, 0 or more", function* () {
  for (const type of [asyncio.Semaphore, asyncio.BoundedSemaphore]) {
    thrown(() => new type(-1), asyncio.ValueError);
    for (const bad of ["1", 1.5, NaN, null, {}]) thrown(() => new type(bad as never), TypeError);
    assert.equal(new type().locked(), false);
    assert.equal(new type(0).locked(), true);
  }
  yield* turns();
});

program("asyncWith holds a place during the block; the text tells what is left", function* (scene) {
  const semaphore = new asyncio.BoundedSemaphore(2);
  yield* on(
    asyncio.asyncWith(
      semaphore,
      scene.block(function* () {
        assert.equal(String(semaphore), "<BoundedSemaphore [unlocked, value:1]>");
        yield* on(semaphore.acquire());
        const waiter = taker(scene, semaphore, "waiter");
        yield* turns();
        assert.equal(String(semaphore), "<BoundedSemaphore [locked, waiters:1]>");
        semaphore.release();
        yield* on(waiter);
        semaphore.release();
      }),
    ),
  );
  assert.equal(semaphore.statistics().value, 2);
});
