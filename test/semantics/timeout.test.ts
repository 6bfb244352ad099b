/** Semantics 74 to 76: timeout and timeoutAt. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { type Body, Boom, failure, on, program, type Scene, thrown, turns } from "./scenes.js";

/** `async with timeout(delay): body()`. */
function within<T>(scene: Scene, delay: number | null, body: (deadline: asyncio.Timeout) => Body<T>): asyncio.Coroutine<T> {
  return asyncio.asyncWith(asyncio.timeout(delay), scene.block(body)) as asyncio.Coroutine<T>;
}

function* forever(): Body<void> {
  yield* on(asyncio.sleep(3600));
}

program("74 a block that takes too long is cancelled inside and fails with TimeoutError outside", function* (scene) {
  let deadline: asyncio.Timeout | undefined;
  const error = yield* failure(
    within(scene, 0.003, function* (timeout) {
      deadline = timeout;
      assert.equal(timeout.expired(), false);
      yield* failure(asyncio.sleep(3600), asyncio.CancelledError);
      scene.log("cancelled inside");
      assert.equal(timeout.expired(), true);
      throw new asyncio.CancelledError();
    }),
    asyncio.TimeoutError,
  );
  assert.ok(asyncio.isCancelled(error.cause));
  assert.equal(deadline!.expired(), true);
  assert.deepEqual(scene.lines, ["cancelled inside"]);
  assert.equal(asyncio.currentTask()!.cancelling(), 0);
});

program("74 a block that ends in time gives its value and is not expired", function* (scene) {
  let deadline: asyncio.Timeout | undefined;
  const value = yield* on(
    within(scene, 3600, function* (timeout) {
      deadline = timeout;
      yield* turns(2);
      return "value";
    }),
  );
  assert.equal(value, "value");
  assert.equal(deadline!.expired(), false);
  assert.ok(Math.abs(deadline!.when()! - scene.loop.time() - 3600) < 60);
});

program("74 a cancellation from outside that comes first passes as CancelledError", function* (scene) {
  const task = scene.task(function* () {
    yield* on(within(scene, 3600, forever));
  });
  yield* turns(2);
  task.cancel("outside");
  assert.deepEqual((yield* failure(task, asyncio.CancelledError)).args, ["outside"]);
});

program("74 a cancellation from outside while the block cleans up after its timeout wins", function* (scene) {
  const task = scene.task(function* () {
    yield* on(
      within(scene, 0.002, function* () {
        try {
          yield* forever();
        } finally {
          asyncio.currentTask()!.cancel();
          yield* on(asyncio.sleep(3600));
        }
      }),
    );
  });
  yield* failure(task, asyncio.CancelledError);
  assert.equal(task.cancelled(), true);
});

program("74 a CancelledError of somebody else's passes while the deadline is not reached", function* (scene) {
  const error = yield* failure(
    within(scene, 3600, function* () {
      throw new asyncio.CancelledError("somebody else's");
    }),
    asyncio.CancelledError,
  );
  assert.deepEqual(error.args, ["somebody else's"]);
});

program("74 a task that awaits a child with a timeout of its own is not cancelled by it", function* (scene) {
  const child = scene.task(function* () {
    yield* on(within(scene, 0.002, forever));
  });
  yield* failure(child, asyncio.TimeoutError);
  assert.equal(asyncio.currentTask()!.cancelling(), 0);
  assert.equal(child.cancelled(), false);
});

program("74 a timeout inside the clean-up of a cancellation works, and the cancellation goes on", function* (scene) {
  const task = scene.task(function* () {
    try {
      yield* forever();
    } finally {
      yield* failure(within(scene, 0.002, forever), asyncio.TimeoutError);
      scene.log("clean-up timed out");
    }
  });
  yield* turns();
  task.cancel();
  yield* failure(task, asyncio.CancelledError);
  assert.equal(task.cancelled(), true);
  assert.deepEqual(scene.lines, ["clean-up timed out"]);
});

program("75 another error raised in an expired block passes", function* (scene) {
  let deadline: asyncio.Timeout | undefined;
  yield* failure(
    within(scene, 0.002, function* (timeout) {
      deadline = timeout;
      yield* failure(asyncio.sleep(3600), asyncio.CancelledError);
      throw new Boom();
    }),
    Boom,
  );
  assert.equal(deadline!.expired(), true);
  assert.equal(asyncio.currentTask()!.cancelling(), 0);
});

program("75 with timeout(0) the block runs up to its first real suspension", function* (scene) {
  yield* failure(
    within(scene, 0, function* () {
      scene.log("ran");
      yield* forever();
      scene.log("not reached");
    }),
    asyncio.TimeoutError,
  );
  assert.deepEqual(scene.lines, ["ran"]);
  assert.equal(
    yield* on(
      within(scene, 0, function* () {
        return "no suspension";
      }),
    ),
    "no suspension",
  );
});

program("75 a deadline of 0, or in the past, is met at sleep(0)", function* (scene) {
  yield* failure(
    within(scene, 0, function* () {
      yield* on(asyncio.sleep(0));
      scene.log("not reached");
    }),
    asyncio.TimeoutError,
  );
  const past = asyncio.timeoutAt(scene.loop.time() - 10);
  yield* failure(
    asyncio.asyncWith(
      past,
      scene.block(function* () {
        yield* on(asyncio.sleep(0));
        scene.log("not reached");
      }),
    ),
    asyncio.TimeoutError,
  );
  assert.equal(past.expired(), true);
  assert.deepEqual(scene.lines, []);
});

program("75 reschedule() moves the deadline, or takes it away, while the block runs, and only then", function* (scene) {
  const before = asyncio.timeout(3600);
  thrown(() => before.reschedule(1), asyncio.RuntimeError);
  let kept: asyncio.Timeout | undefined;
  yield* on(
    within(scene, 0.002, function* (timeout) {
      kept = timeout;
      timeout.reschedule(null);
      assert.equal(timeout.when(), null);
      yield* on(asyncio.sleep(0.005));
    }),
  );
  assert.equal(kept!.expired(), false);
  thrown(() => kept!.reschedule(1), asyncio.RuntimeError);
  yield* failure(
    within(scene, 3600, function* (timeout) {
      timeout.reschedule(scene.loop.time() + 0.002);
      yield* forever();
    }),
    asyncio.TimeoutError,
  );
  yield* failure(
    within(scene, null, function* (timeout) {
      timeout.reschedule(scene.loop.time() - 1);
      yield* forever();
    }),
    asyncio.TimeoutError,
  );
});

program("75 a Timeout is used once, inside a task, and its deadline is a number or null", function* (scene) {
  const deadline = asyncio.timeout(3600);
  const enter = (): asyncio.Coroutine<void> =>
    asyncio.asyncWith(
      deadline,
      scene.block(function* () {
        yield* turns();
      }),
    ) as asyncio.Coroutine<void>;
  yield* on(enter());
  yield* failure(enter(), asyncio.RuntimeError);
  for (const bad of ["1", NaN, undefined, {}]) {
    thrown(() => asyncio.timeout(bad as never), TypeError);
    thrown(() => asyncio.timeoutAt(bad as never), TypeError);
  }
  const outside = scene.future<unknown>();
  scene.loop.callSoon(() => {
    try {
      asyncio.timeout(1).aenter()[Symbol.iterator]();
      outside.setResult(null);
    } catch (error) {
      outside.setResult(error);
    }
  });
  assert.ok((yield* on(outside)) instanceof asyncio.RuntimeError);
});

program("76 of nested timeouts the one whose deadline is first raises, once", function* (scene) {
  yield* failure(
    within(scene, 0.002, function* (outer) {
      const inner = asyncio.timeout(3600);
      yield* failure(asyncio.asyncWith(inner, scene.block(forever)), asyncio.CancelledError);
      assert.equal(inner.expired(), false);
      assert.equal(outer.expired(), true);
      throw new asyncio.CancelledError();
    }),
    asyncio.TimeoutError,
  );
  yield* on(
    within(scene, 3600, function* (outer) {
      yield* failure(within(scene, 0.002, forever), asyncio.TimeoutError);
      assert.equal(outer.expired(), false);
      yield* turns(2);
    }),
  );
  assert.equal(asyncio.currentTask()!.cancelling(), 0);
});

program("76 nested timeouts that expire in the same turn: the inner passes the cancellation on, the outer raises", function* (scene) {
  for (const [outerDelay, innerDelay] of [
    [0.002, 0.002],
    [0.002, 0.0025],
    [0.0025, 0.002],
  ] as const) {
    yield* failure(
      within(scene, outerDelay, function* (outer) {
        const inner = asyncio.timeout(innerDelay);
        try {
          yield* on(
            asyncio.asyncWith(
              inner,
              scene.block(function* () {
                const until = scene.loop.time() + 0.004;
                while (scene.loop.time() < until); // Keeps the loop busy past both deadlines.
                yield* forever();
              }),
            ),
          );
        } finally {
          assert.equal(inner.expired(), true);
          assert.equal(outer.expired(), true);
        }
      }),
      asyncio.TimeoutError,
    );
    assert.equal(asyncio.currentTask()!.cancelling(), 0);
    yield* turns(2);
  }
});

program("76 a timeout around a TaskGroup cancels its tasks", function* (scene) {
  let child: asyncio.Task<void> | undefined;
  yield* failure(
    within(scene, 0.002, function* () {
      yield* on(
        asyncio.asyncWith(
          new asyncio.TaskGroup(),
          scene.block(function* (group) {
            child = group.createTask(scene.fn(forever).lazy());
            yield* turns();
          }),
        ),
      );
    }),
    asyncio.TimeoutError,
  );
  assert.equal(child!.cancelled(), true);
});

program("a swallowed timeout lets the block end normally, and nothing is raised", function* (scene) {
  let deadline: asyncio.Timeout | undefined;
  const value = yield* on(
    within(scene, 0.002, function* (timeout) {
      deadline = timeout;
      yield* failure(asyncio.sleep(3600), asyncio.CancelledError);
      return "swallowed";
    }),
  );
  assert.equal(value, "swallowed");
  assert.equal(deadline!.expired(), true);
  assert.equal(asyncio.currentTask()!.cancelling(), 0);
  yield* turns(2);
});
