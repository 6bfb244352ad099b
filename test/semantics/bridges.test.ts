/** AbortSignal both ways, node:events, user-defined awaitables, runCoroutineThreadsafe. */
import assert from "node:assert/strict";
import { EventEmitter, getEventListeners } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import * as asyncio from "uvio";
import { Boom, eachSpelling, failure, on, program, thrown, turns } from "./scenes.js";

program("currentTask().signal aborts when the task is cancelled, with the CancelledError as its reason", function* (scene) {
  let signal: AbortSignal | undefined;
  const task = scene.task(function* () {
    const me = asyncio.currentTask()!;
    signal = me.signal;
    assert.equal(me.signal, signal);
    signal.addEventListener("abort", () => scene.log("aborted"));
    yield* on(asyncio.sleep(3600));
  });
  yield* turns(2);
  assert.equal(signal!.aborted, false);
  task.cancel("why");
  assert.equal(signal!.aborted, true);
  const reason = signal!.reason as asyncio.CancelledError;
  assert.ok(asyncio.isCancelled(reason));
  assert.deepEqual(reason.args, ["why"]);
  assert.equal(reason.code, "ABORT_ERR");
  yield* failure(task, asyncio.CancelledError);
  assert.deepEqual(scene.lines, ["aborted"]);
});

eachSpelling("a task's signal ends a foreign wait at once, where the cancellation alone would have to wait", async (scene) => {
  const main = scene.fn(function* () {
    const work = asyncio.coroutine(
      async () =>
        await new Promise((_, reject) => {
          const { signal } = asyncio.currentTask()!;
          signal.addEventListener("abort", () => reject(signal.reason as Error));
        }),
    );
    const task = asyncio.createTask(work());
    yield* turns(2);
    task.cancel();
    yield* failure(task, asyncio.CancelledError);
    assert.equal(task.cancelled(), true);
  });
  await scene.t.run(main.lazy());
});

eachSpelling("the signal read inside a deadline ends a foreign wait at the deadline, and only that one", async (scene) => {
  const wait = (seconds: number) => async () => await delay(seconds * 1000, seconds, { signal: asyncio.currentTask()!.signal });
  const main = scene.fn(function* () {
    const error = yield* failure(asyncio.waitFor(wait(3600), 0.01), asyncio.TimeoutError);
    assert.ok(asyncio.isCancelled(error.cause), "Node's AbortError stands for the cancellation that is its cause");
    yield* failure(
      asyncio.asyncWith(asyncio.timeout(0.01), async () => await wait(3600)()),
      asyncio.TimeoutError,
    );
    const two = yield* on(asyncio.gather(asyncio.waitFor(wait(3600), 0.01), asyncio.waitFor(wait(0.02), 3600), { returnExceptions: true }));
    assert.ok(two[0] instanceof asyncio.TimeoutError);
    assert.equal(two[1], 0.02);
    assert.equal(asyncio.currentTask()!.signal.aborted, false);
  });
  await scene.t.run(main.lazy());
  await scene.t.run(async () => {
    const both = await Promise.allSettled([asyncio.waitFor(wait(3600), 0.01), asyncio.waitFor(wait(0.02), 3600)]);
    assert.ok(both[0].status === "rejected" && both[0].reason instanceof asyncio.TimeoutError);
    assert.equal(both[1].status === "fulfilled" && both[1].value, 0.02);
  });
});

program("a task that Node's AbortError ends because it was cancelled is cancelled", function* (scene) {
  const task = asyncio.createTask(async () => await delay(3_600_000, null, { signal: asyncio.currentTask()!.signal }));
  yield* turns(2);
  task.cancel();
  yield* failure(task, asyncio.CancelledError);
  assert.equal(task.cancelled(), true);
  void scene;
});

program("signals made after a cancellation, and of tasks that end well, say so", function* (scene) {
  const task = scene.task(function* () {
    yield* failure(asyncio.sleep(3600), asyncio.CancelledError);
    const { signal } = asyncio.currentTask()!;
    return signal.aborted;
  });
  yield* turns();
  task.cancel();
  assert.equal(yield* on(task), true);
  const good = scene.task(function* () {
    yield* turns();
    return asyncio.currentTask()!.signal;
  });
  const signal = yield* on(good);
  good.cancel();
  assert.equal(signal.aborted, false);
});

program("once() gives the arguments of the next event", function* (scene) {
  const emitter = new EventEmitter();
  scene.loop.callSoon(() => emitter.emit("ready", 1, "two"));
  assert.deepEqual(yield* on(asyncio.once(emitter, "ready")), [1, "two"]);
  assert.equal(emitter.listenerCount("ready") + emitter.listenerCount("error"), 0);
});

program("once() fails with what is emitted as error, and can wait for an error itself", function* (scene) {
  const emitter = new EventEmitter();
  const boom = new Boom();
  scene.loop.callSoon(() => emitter.emit("error", boom));
  assert.equal(yield* failure(asyncio.once(emitter, "ready"), Boom), boom);
  scene.loop.callSoon(() => emitter.emit("error", boom));
  assert.deepEqual(yield* on(asyncio.once(emitter, "error")), [boom]);
  assert.equal(emitter.listenerCount("ready") + emitter.listenerCount("error"), 0);
});

program("once() that is cancelled or aborted removes its listeners", function* (scene) {
  const emitter = new EventEmitter();
  const task = scene.task(function* () {
    yield* on(asyncio.once(emitter, "ready"));
  });
  yield* turns(2);
  assert.equal(emitter.listenerCount("ready"), 1);
  task.cancel();
  yield* failure(task, asyncio.CancelledError);
  assert.equal(emitter.listenerCount("ready") + emitter.listenerCount("error"), 0);
  const controller = new AbortController();
  const reason = new Boom();
  scene.loop.callSoon(() => controller.abort(reason));
  assert.equal(yield* failure(asyncio.once(emitter, "ready", { signal: controller.signal }), Boom), reason);
  assert.equal(yield* failure(asyncio.once(emitter, "ready", { signal: controller.signal }), Boom), reason);
  assert.equal(emitter.listenerCount("ready") + emitter.listenerCount("error"), 0);
  assert.equal(getEventListeners(controller.signal, "abort").length, 0);
  thrown(() => asyncio.once(42 as never, "ready"), TypeError);
  thrown(() => asyncio.once(emitter, "ready", { signal: "no" as never }), TypeError);
});

program("a user's own awaitable is awaited in every spelling, and cancellation reaches what it waits for", function* (scene) {
  class Twice<T> extends asyncio.Awaitable<[T, T]> {
    constructor(readonly future: asyncio.Future<T>) {
      super();
    }
    override *[Symbol.iterator](): Generator<asyncio.Suspension, [T, T], unknown> {
      const value = yield* this.future;
      return [value, value];
    }
  }
  const future = scene.future<string>();
  scene.loop.callSoon(() => future.setResult("x"));
  assert.deepEqual(yield* on(new Twice(future)), ["x", "x"]);
  const pending = scene.future<string>();
  const task = scene.task(function* () {
    yield* on(new Twice(pending));
  });
  yield* turns();
  task.cancel();
  yield* failure(task, asyncio.CancelledError);
  assert.equal(pending.cancelled(), true);
  assert.deepEqual(yield* on(asyncio.gather(new Twice(future))), [["x", "x"]]);
});

eachSpelling("runCoroutineThreadsafe gives a promise of the result, from outside of the loop", async (scene) => {
  const loop = scene.t.newLoop();
  const running = loop.runForever();
  const work = scene.fn(function* (fails: boolean) {
    yield* turns();
    if (fails) throw new Boom();
    return "value";
  });
  assert.equal(await asyncio.runCoroutineThreadsafe(work.lazy(false), loop), "value");
  await assert.rejects(asyncio.runCoroutineThreadsafe(work.lazy(true), loop), Boom);
  const cancelled = scene.fn(function* () {
    asyncio.currentTask()!.cancel();
    yield* turns();
  });
  await assert.rejects(asyncio.runCoroutineThreadsafe(cancelled.lazy(), loop), asyncio.CancelledError);
  loop.setTaskFactory(() => {
    throw new Boom("factory");
  });
  await assert.rejects(asyncio.runCoroutineThreadsafe(work.lazy(false), loop), /factory/);
  loop.stop();
  await running;
  loop.close();
});
