/** Semantics 35 to 47: tasks and their cancellation. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { failure, on, program, thrown, turns } from "./scenes.js";

program("35 createTask runs nothing of the coroutine; its first step takes its place behind what is ready", function* (scene) {
  scene.loop.callSoon(() => scene.log("before"));
  const task = scene.task(function* () {
    scene.log("step");
  });
  scene.loop.callSoon(() => scene.log("after"));
  assert.deepEqual(scene.lines, []);
  yield* on(task);
  assert.deepEqual(scene.lines, ["before", "step", "after"]);
});

program("36 a task cancelled before its first step never runs its body", function* (scene) {
  const task = scene.task(function* () {
    scene.log("ran");
  });
  assert.equal(task.cancel("before"), true);
  assert.deepEqual((yield* failure(task, asyncio.CancelledError)).args, ["before"]);
  assert.equal(task.cancelled(), true);
  assert.deepEqual(scene.lines, []);
});

program("37 cancel() gives true while the request is taken, and cancelled() is true only once the coroutine has ended", function* (scene) {
  const task = scene.task(function* () {
    try {
      yield* on(scene.future());
    } finally {
      yield* turns(2);
      scene.log("cleaned up");
    }
  });
  yield* turns();
  assert.equal(task.cancel(), true);
  assert.equal(task.cancelled(), false);
  assert.equal(task.done(), false);
  yield* turns(2);
  assert.equal(task.done(), false);
  yield* failure(task, asyncio.CancelledError);
  assert.equal(task.cancelled(), true);
  assert.deepEqual(scene.lines, ["cleaned up"]);
  assert.equal(task.cancel(), false);
});

program("38 cancel() cancels the future that the task waits for, and all others who wait for it see it", function* (scene) {
  const shared = scene.future();
  const waiting = [0, 1].map((i) =>
    scene.task(function* () {
      yield* failure(shared, asyncio.CancelledError);
      scene.log(i, asyncio.currentTask()!.cancelling());
    }),
  );
  yield* turns();
  waiting[0]!.cancel();
  assert.equal(shared.cancelled(), true);
  for (const task of waiting) yield* on(task);
  assert.deepEqual(scene.lines, ["0 1", "1 0"]);
});

program("38 cancelling a task whose future was cancelled by somebody else at the same time cancels it once", function* (scene) {
  const future = scene.future();
  const task = scene.task(function* () {
    yield* on(future);
  });
  yield* turns();
  future.cancel();
  task.cancel();
  yield* failure(task, asyncio.CancelledError);
  assert.equal(task.cancelled(), true);
});

program("39 cancel() after the awaited future is done, before the task has run again, replaces the result", function* (scene) {
  const future = scene.future<string>();
  const task = scene.task(function* () {
    const error = yield* failure(future, asyncio.CancelledError);
    scene.log("lost", ...error.args);
  });
  yield* turns();
  future.setResult("result");
  task.cancel("late");
  yield* on(task);
  assert.deepEqual(scene.lines, ["lost late"]);
  assert.equal(future.result(), "result");
});

program("39 cancel() after the awaited future has failed replaces the error as well", function* (scene) {
  const future = scene.future<string>();
  const task = scene.task(function* () {
    yield* on(future);
  });
  yield* turns();
  future.setException(new Error("lost"));
  task.cancel();
  yield* failure(task, asyncio.CancelledError);
});

program("40 a cancellation unwinds from the innermost coroutine outwards", function* (scene) {
  const inner = scene.fn(function* inner() {
    try {
      yield* on(asyncio.sleep(3600));
    } finally {
      scene.log("inner");
    }
  });
  const middle = scene.fn(function* middle() {
    try {
      yield* on(inner());
    } finally {
      scene.log("middle");
    }
  });
  const task = scene.task(function* () {
    try {
      yield* on(middle());
    } finally {
      scene.log("outer");
    }
  });
  yield* turns();
  task.cancel();
  yield* failure(task, asyncio.CancelledError);
  assert.deepEqual(scene.lines, ["inner", "middle", "outer"]);
});

program("41 a coroutine that cancels its own task and returns ends cancelled", function* (scene) {
  const task = scene.task(function* () {
    yield* turns();
    asyncio.currentTask()!.cancel();
    return "value";
  });
  yield* failure(task, asyncio.CancelledError);
  assert.equal(task.cancelled(), true);
});

program("41 a coroutine that cancels its own task gets the CancelledError at its next await", function* (scene) {
  const task = scene.task(function* () {
    asyncio.currentTask()!.cancel("me");
    scene.log("goes on");
    const error = yield* failure(asyncio.sleep(3600), asyncio.CancelledError);
    scene.log(...error.args);
    return "value";
  });
  assert.equal(yield* on(task), "value");
  assert.deepEqual(scene.lines, ["goes on", "me"]);
  assert.equal(task.cancelled(), false);
  assert.equal(task.cancelling(), 1);
});

program("42 a task that swallows a cancellation goes on with its count raised, and can be cancelled again", function* (scene) {
  const task = scene.task(function* () {
    yield* failure(asyncio.sleep(3600), asyncio.CancelledError);
    scene.log("swallowed", asyncio.currentTask()!.cancelling());
    yield* on(asyncio.sleep(0));
    scene.log("went on");
    yield* on(asyncio.sleep(3600));
  });
  yield* turns();
  task.cancel();
  yield* turns(3);
  task.cancel();
  yield* failure(task, asyncio.CancelledError);
  assert.deepEqual(scene.lines, ["swallowed 1", "went on"]);
  assert.equal(task.cancelling(), 2);
});

program("43 a coroutine that raises CancelledError by itself ends its task as cancelled", function* (scene) {
  const task = scene.task(function* () {
    yield* turns();
    throw new asyncio.CancelledError("own");
  });
  assert.deepEqual((yield* failure(task, asyncio.CancelledError)).args, ["own"]);
  assert.equal(task.cancelled(), true);
  assert.equal(task.cancelling(), 0);
});

program("44 cancelling() counts requests, and uncancel() takes them back, never below 0", function* (scene) {
  const task = scene.task(function* () {
    yield* failure(asyncio.sleep(3600), asyncio.CancelledError);
    return "done";
  });
  assert.equal(task.cancelling(), 0);
  assert.equal(task.uncancel(), 0);
  yield* turns();
  assert.equal(task.cancel(), true);
  assert.equal(task.cancel(), true);
  assert.equal(task.cancelling(), 2);
  assert.equal(task.uncancel(), 1);
  assert.equal(task.uncancel(), 0);
  assert.equal(task.uncancel(), 0);
  assert.equal(yield* on(task), "done");
  assert.equal(task.cancel(), false);
  assert.equal(task.cancelling(), 0);
});

program("44 uncancel() to 0 forgets a request that was not delivered yet", function* (scene) {
  const task = scene.task(function* () {
    const me = asyncio.currentTask()!;
    me.cancel();
    assert.equal(me.cancelling(), 1);
    assert.equal(me.uncancel(), 0);
    yield* turns();
    return "not cancelled";
  });
  assert.equal(yield* on(task), "not cancelled");
  assert.equal(task.cancelled(), false);
});

program("44 structured blocks that uncancel what they have cancelled leave the task as it was", function* (scene) {
  const task = scene.task(function* () {
    const me = asyncio.currentTask()!;
    for (let i = 0; i < 3; i++) {
      yield* failure(
        asyncio.asyncWith(
          asyncio.timeout(0),
          scene.block(function* () {
            yield* on(asyncio.sleep(3600));
          }),
        ),
        asyncio.TimeoutError,
      );
      assert.equal(me.cancelling(), 0);
      yield* turns();
    }
    return "went on";
  });
  assert.equal(yield* on(task), "went on");
});

program("45 awaiting a task that was cancelled raises CancelledError without a request against the awaiter", function* (scene) {
  const child = scene.task(function* () {
    yield* on(asyncio.sleep(3600));
  });
  const awaiter = scene.task(function* () {
    yield* failure(child, asyncio.CancelledError);
    return asyncio.currentTask()!.cancelling();
  });
  yield* turns(2);
  child.cancel();
  assert.equal(yield* on(awaiter), 0);
});

program("46 cancelling who awaits a task directly cancels that task", function* (scene) {
  const child = scene.task(function* () {
    yield* on(asyncio.sleep(3600));
  });
  const awaiter = scene.task(function* () {
    yield* on(child);
  });
  yield* turns(2);
  awaiter.cancel();
  yield* failure(awaiter, asyncio.CancelledError);
  assert.equal(child.cancelled(), true);
  assert.equal(child.cancelling(), 1);
});

program("46 wait() keeps a task from being cancelled with who waits for it, and its own cancellation passes", function* (scene) {
  const child = scene.task(function* () {
    yield* on(asyncio.sleep(3600));
  });
  const awaiter = scene.task(function* () {
    yield* on(asyncio.wait([child]));
  });
  yield* turns(2);
  awaiter.cancel();
  yield* failure(awaiter, asyncio.CancelledError);
  assert.equal(child.done(), false);
  child.cancel();
  yield* failure(child, asyncio.CancelledError);
});

program("47 a task has no setResult and no setException", function* (scene) {
  const task = scene.task(function* () {
    return "its own";
  });
  thrown(() => (task as asyncio.Future<unknown>).setResult("other"), asyncio.RuntimeError);
  thrown(() => (task as asyncio.Future<unknown>).setException(new Error("other")), asyncio.RuntimeError);
  assert.equal(yield* on(task), "its own");
});

program("a task cancelled while it cleans up from a cancellation has its clean-up cancelled too", function* (scene) {
  const task = scene.task(function* () {
    try {
      yield* on(asyncio.sleep(3600));
    } finally {
      const error = yield* failure(asyncio.sleep(3600), asyncio.CancelledError);
      scene.log("clean-up", ...error.args);
    }
  });
  yield* turns();
  task.cancel("first");
  yield* turns(2);
  task.cancel("second");
  // The error that was under way goes on.
  assert.deepEqual((yield* failure(task, asyncio.CancelledError)).args, ["first"]);
  assert.deepEqual(scene.lines, ["clean-up second"]);
});

program("an error raised instead of the CancelledError is the task's outcome", function* (scene) {
  const task = scene.task(function* () {
    try {
      yield* on(asyncio.sleep(3600));
    } catch {
      throw new RangeError("instead");
    }
  });
  yield* turns();
  task.cancel();
  yield* failure(task, RangeError);
  assert.equal(task.cancelled(), false);
});
