/** Semantics 23 to 34: futures. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { type Body, Boom, eachSpelling, failure, on, program, thrown, turns } from "./scenes.js";

program("23 a done-callback runs through the loop, also when it is added to a future that is done", function* (scene) {
  const future = scene.future<number>();
  future.addDoneCallback((done) => scene.log("first", done === future));
  future.addDoneCallback(() => scene.log("second"));
  future.setResult(1);
  assert.deepEqual(scene.lines, []);
  yield* turns();
  future.addDoneCallback(() => scene.log("late"));
  assert.deepEqual(scene.lines, ["first true", "second"]);
  yield* turns();
  assert.deepEqual(scene.lines, ["first true", "second", "late"]);
});

program("24 a done-callback that throws is reported and does not stop the others", function* (scene) {
  const future = scene.future();
  const boom = new Boom();
  future.addDoneCallback(() => {
    throw boom;
  });
  future.addDoneCallback(() => scene.log("the other"));
  future.setResult(null);
  yield* turns();
  assert.deepEqual(scene.lines, ["the other"]);
  assert.equal(scene.t.takeReport().exception, boom);
});

program("24 callbacks that remove other callbacks, or add some, while they run change nothing of the round under way", function* (scene) {
  const future = scene.future();
  const second = (): void => scene.log("second");
  future.addDoneCallback(() => {
    scene.log("first", future.removeDoneCallback(second));
    future.addDoneCallback(() => scene.log("third"));
  });
  future.addDoneCallback(second);
  future.setResult(null);
  yield* turns(2);
  assert.deepEqual(scene.lines, ["first 0", "second", "third"]);
});

program("25 result() and exception() raise InvalidStateError while pending and CancelledError after cancel()", function* (scene) {
  const future = scene.future<string>();
  assert.equal(future.done(), false);
  assert.equal(future.cancelled(), false);
  thrown(() => future.result(), asyncio.InvalidStateError);
  thrown(() => future.exception(), asyncio.InvalidStateError);
  future.cancel();
  assert.equal(future.done(), true);
  assert.equal(future.cancelled(), true);
  thrown(() => future.result(), asyncio.CancelledError);
  thrown(() => future.exception(), asyncio.CancelledError);
  const good = scene.future<string>();
  good.setResult("good");
  assert.equal(good.result(), "good");
  assert.equal(good.exception(), null);
  yield* turns();
});

program("26 a future is completed once: later results are InvalidStateError, and a later cancel() gives false", function* (scene) {
  const future = scene.future<number>();
  future.setResult(1);
  thrown(() => future.setResult(2), asyncio.InvalidStateError);
  thrown(() => future.setException(new Boom()), asyncio.InvalidStateError);
  assert.equal(future.cancel(), false);
  assert.equal(future.result(), 1);
  const cancelled = scene.future<number>();
  assert.equal(cancelled.cancel(), true);
  assert.equal(cancelled.cancel(), false);
  thrown(() => cancelled.setResult(2), asyncio.InvalidStateError);
  yield* turns();
});

program("26 a sleeper's timer that fires after the sleep was cancelled sets nothing", function* (scene) {
  const task = scene.task(function* () {
    yield* on(asyncio.sleep(0.001));
  });
  yield* turns();
  // The timer is due in the same turn in which the task is cancelled.
  const until = scene.loop.time() + 0.003;
  while (scene.loop.time() < until);
  task.cancel();
  yield* failure(task, asyncio.CancelledError);
  yield* on(asyncio.sleep(0.002));
});

program("27 setException takes an error or a class of errors, and nothing else", function* (scene) {
  const future = scene.future();
  for (const bad of [undefined, null, "text", 42, {}, () => {}]) {
    thrown(() => future.setException(bad as Error), TypeError);
    assert.equal(future.done(), false);
  }
  future.setException(Boom);
  assert.ok(future.exception() instanceof Boom);
  const thrownByAwait = yield* failure(future, Boom);
  assert.equal(thrownByAwait, future.exception());
});

program("27 what a coroutine throws arrives unchanged, whatever it is", function* (scene) {
  for (const value of [null, undefined, "text", 42, Symbol("s"), new asyncio.StopAsyncIteration("end")]) {
    const task = scene.task(function* () {
      yield* turns();
      throw value;
    });
    let caught: unknown = "nothing";
    try {
      yield* on(task);
    } catch (error) {
      caught = error;
    }
    assert.equal(caught, value);
  }
});

program("28 removeDoneCallback removes every occurrence and returns how many there were", function* (scene) {
  const future = scene.future();
  const a = (): void => scene.log("a");
  const b = (): void => scene.log("b");
  for (const callback of [a, b, a, a]) future.addDoneCallback(callback);
  assert.equal(future.removeDoneCallback(a), 3);
  assert.equal(future.removeDoneCallback(a), 0);
  future.setResult(null);
  yield* turns();
  assert.deepEqual(scene.lines, ["b"]);
});

program("30 the message of cancel() is carried by the CancelledError", function* (scene) {
  const future = scene.future();
  future.cancel("enough");
  assert.deepEqual(thrown(() => future.result(), asyncio.CancelledError).args, ["enough"]);
  assert.deepEqual((yield* failure(future, asyncio.CancelledError)).args, ["enough"]);
  const task = scene.task(function* () {
    yield* on(scene.future());
  });
  yield* turns();
  task.cancel({ reason: "object" });
  const error = yield* failure(task, asyncio.CancelledError);
  assert.deepEqual(error.args, [{ reason: "object" }]);
  assert.equal(error.code, "ABORT_ERR");
});

program("30 a cancelled task raises the very error it ended with once, and new ones without its message afterwards", function* (scene) {
  let inside: unknown;
  const task = scene.task(function* () {
    try {
      yield* on(scene.future());
    } catch (error) {
      inside = error;
      throw error;
    }
  });
  yield* turns();
  task.cancel("once");
  const first = yield* failure(task, asyncio.CancelledError);
  assert.equal(first, inside);
  const second = thrown(() => task.result(), asyncio.CancelledError);
  assert.notEqual(second, first);
  assert.deepEqual(second.args, []);
});

program("31 awaiting a future that is done takes no turn of the loop", function* (scene) {
  const future = scene.future<number>();
  future.setResult(5);
  scene.loop.callSoon(() => scene.log("turn"));
  for (let i = 0; i < 3; i++) assert.equal(yield* on(future), 5);
  assert.deepEqual(scene.lines, []);
  yield* turns();
  assert.deepEqual(scene.lines, ["turn"]);
});

eachSpelling("32 awaiting a future of another loop is a RuntimeError thrown into the task", async (scene) => {
  const other = scene.t.newLoop();
  const foreign = other.createFuture();
  const main = scene.fn(function* () {
    const error = yield* failure(foreign, asyncio.RuntimeError);
    assert.match(error.message, /attached to a different loop/);
    assert.equal(foreign.done(), false);
  });
  await scene.t.run(main.lazy());
  other.close();
});

program("33 a task that awaits itself gets a RuntimeError, and so ends", function* (scene) {
  const task: asyncio.Task<void> = scene.task(function* (): Body<void> {
    const error = yield* failure(task, asyncio.RuntimeError);
    assert.match(error.message, /Task cannot await on itself/);
  });
  yield* on(task);
});

program("34 wrapFuture takes over a promise's result or error, and its cancellation leaves the promise alone", function* (scene) {
  assert.equal(yield* on(asyncio.wrapFuture(Promise.resolve("value"))), "value");
  const boom = new Boom();
  assert.equal(yield* failure(asyncio.wrapFuture(Promise.reject(boom)), Boom), boom);
  let settle!: (value: string) => void;
  const promise = new Promise<string>((resolve) => (settle = resolve));
  const wrapped = asyncio.wrapFuture(promise);
  const task = scene.task(function* () {
    yield* on(wrapped);
  });
  yield* turns();
  task.cancel();
  yield* failure(task, asyncio.CancelledError);
  assert.equal(wrapped.cancelled(), true);
  settle("late");
  assert.equal(yield* on(asyncio.wrapFuture(promise)), "late");
  const future = scene.future();
  assert.equal(asyncio.wrapFuture(future), future);
});

eachSpelling("34 what a promise gives after the loop was closed is dropped", async (scene) => {
  let settle!: (value: string) => void;
  let refuse!: (error: Error) => void;
  const resolved = new Promise<string>((resolve) => (settle = resolve));
  const rejected = new Promise<string>((_, reject) => (refuse = reject));
  const main = scene.fn(function* () {
    for (const promise of [resolved, rejected]) asyncio.wrapFuture(promise).addDoneCallback(() => scene.log("called"));
    yield* turns();
  });
  await scene.t.run(main.lazy());
  settle("late");
  refuse(new Boom());
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(scene.lines, []);
});
