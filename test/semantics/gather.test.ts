/** Semantics 57 to 61: gather. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { type Body, Boom, failure, on, program, type Scene, thrown, turns } from "./scenes.js";

function sleeper(scene: Scene, name: string): asyncio.Task<string> {
  return scene.task(
    function* () {
      try {
        yield* on(asyncio.sleep(3600));
      } catch (error) {
        scene.log(name, "cancelled");
        throw error;
      }
      return name;
    },
    { name },
  );
}

program("57 gather() of nothing is done at once with an empty list", function* () {
  const outer = asyncio.gather();
  assert.equal(outer.done(), true);
  assert.deepEqual(yield* on(outer), []);
});

program("57 gather gives results in the order of its arguments, whatever the order of completion", function* (scene) {
  const make = (value: number): asyncio.Task<number> =>
    scene.task(function* () {
      yield* turns(4 - value);
      scene.log(value);
      return value;
    });
  assert.deepEqual(yield* on(asyncio.gather(make(1), make(2), make(3))), [1, 2, 3]);
  assert.deepEqual(scene.lines, ["3", "2", "1"]);
});

program("57 children that are done already count at once: the result may be there when gather() returns", function* (scene) {
  const boom = new Boom();
  const ready = scene.future<string>();
  ready.setResult("ready");
  const failed = scene.future();
  failed.setException(boom);
  const cancelled = scene.future();
  cancelled.cancel("message");
  const pending = scene.future();
  assert.deepEqual(asyncio.gather(ready, ready).result(), ["ready", "ready"]);
  assert.deepEqual(asyncio.gather(failed, ready, { returnExceptions: true }).result(), [boom, "ready"]);
  assert.equal(asyncio.gather(pending, failed, cancelled).exception(), boom);
  const first = asyncio.gather(pending, cancelled, failed);
  assert.equal(first.cancel(), false);
  assert.deepEqual((yield* failure(first, asyncio.CancelledError)).args, ["message"]);
  const half = asyncio.gather(ready, pending);
  assert.equal(half.done(), false);
  pending.setResult("late");
  assert.deepEqual(yield* on(half), ["ready", "late"]);
});

program("57 so do eager tasks that are done when gather() has created them", function* (scene) {
  scene.loop.setTaskFactory(asyncio.eagerTaskFactory);
  const add = asyncio.coroutine(function* (value: number): asyncio.CoroutineGenerator<number> {
    return value + 1;
  });
  assert.deepEqual(asyncio.gather(add(1), add(2)).result(), [2, 3]);
});

program("57 the same awaitable given twice runs once and stands in every place", function* (scene) {
  const add = asyncio.coroutine(function* (): asyncio.CoroutineGenerator<string> {
    scene.log("ran");
    yield* asyncio.sleep(0);
    return "value";
  });
  const once = add();
  const future = scene.future<string>();
  future.setResult("future");
  assert.deepEqual(yield* on(asyncio.gather(once, future, once, future)), ["value", "future", "value", "future"]);
  assert.deepEqual(scene.lines, ["ran"]);
});

program("57 gather() of a list is a TypeError that says how to spread it", function* (scene) {
  assert.match(thrown(() => asyncio.gather([scene.future()] as never), TypeError).message, /gather\(\.\.\.list\)/);
  for (const bad of ["text", 42, null, undefined, Buffer.from("x")]) thrown(() => asyncio.gather(bad as never), TypeError);
  thrown(() => asyncio.gather(scene.future(), { returnExeptions: true } as never), TypeError);
  yield* turns();
});

program("58 the first error is passed on at once; the others go on, and their later errors are lost silently", function* (scene) {
  const first = scene.future();
  const second = scene.future();
  const third = scene.task(function* () {
    yield* turns(4);
    return "third";
  });
  const outer = asyncio.gather(first, second, third);
  first.setException(new Boom("first"));
  assert.equal((yield* failure(outer, Boom)).message, "first");
  assert.equal(third.done(), false);
  second.setException(new Boom("lost"));
  assert.equal(yield* on(third), "third");
});

program("58 with returnExceptions errors and cancellations are values", function* (scene) {
  const boom = new Boom();
  const futures = [0, 1, 2, 3].map(() => scene.future<string>()) as [
    asyncio.Future<string>,
    asyncio.Future<string>,
    asyncio.Future<string>,
    asyncio.Future<string>,
  ];
  const outer = asyncio.gather(...futures, { returnExceptions: true });
  futures[0].setException(boom);
  futures[1].setResult("one");
  futures[2].cancel("message");
  yield* turns(2);
  assert.equal(outer.done(), false);
  futures[3].setResult("three");
  const results = yield* on(outer);
  assert.deepEqual(results.slice(0, 2), [boom, "one"]);
  assert.ok(results[2] instanceof asyncio.CancelledError);
  assert.deepEqual(results[2].args, ["message"]);
  assert.equal(results[3], "three");
});

program("59 a cancelled child fails the outer future with CancelledError, which is not cancelled itself", function* (scene) {
  const child = scene.future();
  const other = scene.future();
  const outer = asyncio.gather(child, other);
  child.cancel();
  yield* failure(outer, asyncio.CancelledError);
  assert.equal(outer.cancelled(), false);
  assert.ok(asyncio.isCancelled(outer.exception()));
  assert.equal(other.done(), false);
  other.setException(new Boom("lost"));
  yield* turns();
});

for (const returnExceptions of [false, true]) {
  program(`60 cancelling gather cancels all children (returnExceptions: ${returnExceptions})`, function* (scene) {
    const children = ["a", "b"].map((name) => sleeper(scene, name)) as [asyncio.Task<string>, asyncio.Task<string>];
    const outer = asyncio.gather(...children, { returnExceptions });
    yield* turns();
    assert.equal(outer.cancel(), true);
    assert.equal(outer.done(), false);
    yield* failure(outer, asyncio.CancelledError);
    assert.deepEqual(scene.lines, ["a cancelled", "b cancelled"]);
    assert.ok(children.every((child) => child.cancelled()));
  });

  program(
    `60 a gather whose cancelled children swallow it still ends cancelled (returnExceptions: ${returnExceptions})`,
    function* (scene) {
      const stubborn = scene.task(function* () {
        yield* failure(asyncio.sleep(3600), asyncio.CancelledError);
        yield* turns(3);
        scene.log("stubborn ends");
        return "value";
      });
      const waiter = scene.task(function* () {
        yield* on(asyncio.gather(stubborn, { returnExceptions }));
      });
      yield* turns(2);
      waiter.cancel();
      yield* failure(waiter, asyncio.CancelledError);
      assert.deepEqual(scene.lines, ["stubborn ends"]);
      assert.equal(stubborn.result(), "value");
    },
  );
}

program("60 cancelling the awaiter of gather cancels children awaited through it", function* (scene) {
  const waiter = scene.task(function* () {
    yield* on(asyncio.gather(sleeper(scene, "a"), sleeper(scene, "b")));
  });
  yield* turns(2);
  waiter.cancel();
  yield* failure(waiter, asyncio.CancelledError);
  assert.equal(waiter.cancelled(), true);
  assert.deepEqual(scene.lines, ["a cancelled", "b cancelled"]);
});

program("61 cancel() of a gather that has failed already gives false and leaves the stragglers running", function* (scene) {
  const failed = scene.future();
  const straggler = scene.task(function* () {
    yield* turns(3);
    return "straggler";
  });
  const outer = asyncio.gather(failed, straggler);
  failed.setException(new Boom());
  yield* failure(outer, Boom);
  assert.equal(outer.cancel(), false);
  assert.equal(yield* on(straggler), "straggler");
});

program("a gather inside a gather is cancelled to the leaves", function* (scene) {
  const inner = asyncio.gather(sleeper(scene, "a"), sleeper(scene, "b"));
  const outer = asyncio.gather(inner, sleeper(scene, "c"));
  yield* turns();
  outer.cancel();
  yield* failure(outer, asyncio.CancelledError);
  assert.deepEqual(scene.lines.sort(), ["a cancelled", "b cancelled", "c cancelled"]);
});

program("gather takes functions, coroutines, futures and promises", function* (scene) {
  const routine = scene.fn(function* (): Body<string> {
    yield* turns();
    return "routine";
  });
  const future = scene.future<string>();
  future.setResult("future");
  const results = yield* on(
    asyncio.gather(
      routine.lazy() as () => Promise<string>,
      async () => "function",
      future,
      Promise.resolve("promise"),
      asyncio.sleep(0, "slept"),
    ),
  );
  assert.deepEqual(results, ["routine", "function", "future", "promise", "slept"]);
});
