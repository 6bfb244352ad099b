/** Semantics 63 to 65: waitFor. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { Boom, failure, on, program, thrown, turns } from "./scenes.js";

for (const timeout of [0, -1]) {
  program(`63 waitFor with a timeout of ${timeout}: what is done gives its result, a coroutine is never started`, function* (scene) {
    const done = scene.future<string>();
    done.setResult("done");
    assert.equal(yield* on(asyncio.waitFor(done, timeout)), "done");
    const routine = scene.fn(function* () {
      scene.log("started");
      yield* turns();
    });
    yield* failure(asyncio.waitFor(routine.lazy() as () => Promise<void>, timeout), asyncio.TimeoutError);
    assert.deepEqual(scene.lines, []);
    const pending = scene.future();
    yield* failure(asyncio.waitFor(pending, timeout), asyncio.TimeoutError);
    assert.equal(pending.cancelled(), true);
  });
}

program("63 waitFor cancels what takes too long and raises TimeoutError from the CancelledError", function* (scene) {
  const routine = scene.fn(function* () {
    try {
      yield* on(asyncio.sleep(3600));
    } catch (error) {
      scene.log(asyncio.isCancelled(error));
      throw error;
    }
  });
  const error = yield* failure(asyncio.waitFor(routine.lazy() as () => Promise<void>, 0.002), asyncio.TimeoutError);
  assert.ok(asyncio.isCancelled(error.cause));
  assert.deepEqual(scene.lines, ["true"]);
  assert.equal(asyncio.currentTask()!.cancelling(), 0);
});

program("63 waitFor without a timeout waits as long as it takes, in the same task", function* (scene) {
  const main = asyncio.currentTask();
  const routine = scene.fn(function* () {
    assert.equal(asyncio.currentTask(), main);
    yield* turns(3);
    return "value";
  });
  for (const timeout of [null, 3600, Infinity]) {
    assert.equal(yield* on(asyncio.waitFor(routine.lazy() as () => Promise<string>, timeout)), "value");
  }
});

program("63 what swallows the cancellation and returns a value gives that value", function* (scene) {
  const routine = scene.fn(function* () {
    yield* failure(asyncio.sleep(3600), asyncio.CancelledError);
    return "swallowed";
  });
  assert.equal(yield* on(asyncio.waitFor(routine.lazy() as () => Promise<string>, 0.002)), "swallowed");
});

program("63 an error raised instead of the cancellation passes", function* (scene) {
  const routine = scene.fn(function* () {
    yield* failure(asyncio.sleep(3600), asyncio.CancelledError);
    throw new Boom("cleaning up");
  });
  yield* failure(asyncio.waitFor(routine.lazy(), 0.002), Boom);
  const task = scene.task(function* () {
    yield* on(routine());
  });
  yield* failure(asyncio.waitFor(task, 0.002), Boom);
});

program("63 waitFor refuses what is no awaitable and what is no number", function* (scene) {
  for (const bad of [42, "text", null, undefined]) thrown(() => asyncio.waitFor(bad as never, 1), TypeError);
  for (const bad of ["1", NaN, undefined, {}]) thrown(() => asyncio.waitFor(scene.future(), bad as never), TypeError);
  yield* turns();
});

program("64 waitFor waits for the clean-up of what it has cancelled", function* (scene) {
  const task = scene.task(function* () {
    try {
      yield* on(asyncio.sleep(3600));
    } finally {
      yield* on(asyncio.sleep(0.005));
      scene.log("cleaned up");
    }
  });
  yield* failure(asyncio.waitFor(task, 0.002), asyncio.TimeoutError);
  assert.deepEqual(scene.lines, ["cleaned up"]);
  assert.equal(task.cancelled(), true);
});

program("65 a cancellation that races with the completion of the inner future is not swallowed", function* (scene) {
  const inner = scene.future<string>();
  const waiter = scene.task(function* () {
    return yield* on(asyncio.waitFor(inner, 3600));
  });
  yield* turns();
  inner.setResult("result");
  waiter.cancel();
  yield* failure(waiter, asyncio.CancelledError);
});

program("65 a cancellation that races with the completion of the inner task is not swallowed", function* (scene) {
  const gate = scene.future();
  const inner = scene.task(function* () {
    yield* on(gate);
    return "result";
  });
  const waiter = scene.task(function* () {
    return yield* on(asyncio.waitFor(inner, 3600));
  });
  yield* turns(2);
  gate.setResult(null);
  yield* turns(); // The inner task is done, its waiter is in the ready queue.
  assert.equal(inner.done(), true);
  waiter.cancel();
  yield* failure(waiter, asyncio.CancelledError);
  assert.equal(waiter.cancelled(), true);
});

program("65 a result that comes in the same turn as the deadline is either given or timed out, and nothing else", function* (scene) {
  for (let i = 0; i < 5; i++) {
    const inner = scene.future<string>();
    scene.loop.callLater(0.002, () => inner.done() || inner.setResult("result"));
    const task = scene.task(function* () {
      return yield* on(asyncio.waitFor(inner, 0.002));
    });
    yield* on(asyncio.wait([task]));
    if (task.exception() === null) assert.equal(task.result(), "result");
    else assert.ok(task.exception() instanceof asyncio.TimeoutError);
    assert.equal(task.cancelling(), 0);
  }
});

program("cancelling a task that waits in waitFor cancels the inner task and passes", function* (scene) {
  const inner = scene.task(function* () {
    yield* on(asyncio.sleep(3600));
  });
  const waiter = scene.task(function* () {
    yield* on(asyncio.waitFor(inner, 3600));
  });
  yield* turns(2);
  waiter.cancel();
  yield* failure(waiter, asyncio.CancelledError);
  assert.equal(inner.cancelled(), true);
});

program("a shielded task survives the timeout of who waits for it", function* (scene) {
  const inner = scene.task(function* () {
    yield* on(asyncio.sleep(0.006));
    return "inner";
  });
  yield* failure(asyncio.waitFor(asyncio.shield(inner), 0.002), asyncio.TimeoutError);
  assert.equal(yield* on(inner), "inner");
});
