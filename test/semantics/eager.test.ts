/** Semantics 51: eager tasks, and task factories. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { type Body, Boom, failure, on, program, type Routine, type Scene, thrown, turns } from "./scenes.js";

function eager(scene: Scene): void {
  scene.loop.setTaskFactory(asyncio.eagerTaskFactory);
}

program("51 an eager task runs its first step inside createTask, as the current task, in a context of its own", function* (scene) {
  eager(scene);
  const variable = new asyncio.ContextVar<string>("v", { default: "default" });
  const me = asyncio.currentTask();
  let inside: unknown;
  const task = scene.task(function* () {
    inside = asyncio.currentTask();
    variable.set("task's");
    scene.log("first step");
    yield* turns();
    scene.log("second step", variable.get());
    return "value";
  });
  scene.log("created");
  assert.equal(inside, task);
  assert.equal(asyncio.currentTask(), me);
  assert.equal(variable.get(), "default");
  assert.equal(yield* on(task), "value");
  assert.deepEqual(scene.lines, ["first step", "created", "second step task's"]);
});

program(
  "51 a task that ends in its first step was never among allTasks; its callbacks run through the loop all the same",
  function* (scene) {
    eager(scene);
    const before = asyncio.allTasks().size;
    const task = asyncio.createTask(
      asyncio.coroutine(function* (): asyncio.CoroutineGenerator<string> {
        return "at once";
      })(),
    );
    assert.equal(task.done(), true);
    assert.equal(task.result(), "at once");
    assert.equal(asyncio.allTasks().size, before);
    task.addDoneCallback(() => scene.log("callback"));
    assert.deepEqual(scene.lines, []);
    yield* turns();
    assert.deepEqual(scene.lines, ["callback"]);
    const failed = asyncio.createTask(
      asyncio.coroutine(function* (): asyncio.CoroutineGenerator<string> {
        throw new Boom();
      })(),
    );
    assert.ok(failed.exception() instanceof Boom);
  },
);

program("51 an eager task that blocks in its first step is a task like others", function* (scene) {
  eager(scene);
  const future = scene.future<string>();
  const task = scene.task(function* () {
    return yield* on(future);
  });
  assert.equal(task.done(), false);
  assert.equal(asyncio.allTasks().has(task), true);
  future.setResult("value");
  assert.equal(yield* on(task), "value");
  const cancelled = scene.task(function* () {
    yield* on(asyncio.sleep(3600));
  });
  cancelled.cancel();
  yield* failure(cancelled, asyncio.CancelledError);
});

program("51 an eager task that cancels itself in its first step ends cancelled", function* (scene) {
  eager(scene);
  const task = scene.task(function* () {
    asyncio.currentTask()!.cancel();
    yield* turns();
    scene.log("not reached");
  });
  yield* failure(task, asyncio.CancelledError);
  assert.deepEqual(scene.lines, []);
});

program("51 eager tasks in gather, TaskGroup and inside each other keep the current task right", function* (scene) {
  eager(scene);
  const nested: Routine<[number], number> = scene.fn(function* (depth: number): Body<number> {
    const me = asyncio.currentTask();
    if (depth === 0) return 1;
    const [a, b] = yield* on(asyncio.gather(nested.lazy(depth - 1), nested.lazy(depth - 1)));
    assert.equal(asyncio.currentTask(), me);
    return (a as number) + (b as number);
  });
  assert.equal(yield* on(nested(5)), 32);
  const grouped: Routine<[number], number> = scene.fn(function* (depth: number): Body<number> {
    if (depth === 0) return 1;
    const tasks = (yield* on(
      asyncio.asyncWith(
        new asyncio.TaskGroup(),
        scene.block(function* (group) {
          return [group.createTask(grouped.lazy(depth - 1)), group.createTask(grouped.lazy(depth - 1))];
        }),
      ),
    )) as asyncio.Task<number>[];
    return tasks[0]!.result() + tasks[1]!.result();
  });
  assert.equal(yield* on(grouped(5)), 32);
});

program("51 an eager child that fails at once aborts its group", function* (scene) {
  eager(scene);
  let sibling: asyncio.Task<void> | undefined;
  const error = yield* failure(
    asyncio.asyncWith(
      new asyncio.TaskGroup(),
      scene.block(function* (group) {
        sibling = group.createTask(
          scene
            .fn(function* () {
              yield* on(asyncio.sleep(3600));
            })
            .lazy(),
        );
        group.createTask(
          scene
            .fn(function* (): Body<void> {
              throw new Boom();
            })
            .lazy(),
        );
        yield* on(asyncio.sleep(3600));
      }),
    ),
    asyncio.ExceptionGroup,
  );
  assert.ok(error.exceptions[0] instanceof Boom);
  assert.equal(sibling!.cancelled(), true);
});

program("51 one task is made eager by its option", function* (scene) {
  const task = scene.task(
    function* () {
      scene.log("first step");
      yield* turns();
    },
    { eagerStart: true },
  );
  assert.deepEqual(scene.lines, ["first step"]);
  yield* on(task);
});

program("a task factory makes the loop's tasks, and is told the options", function* (scene) {
  class Special<T> extends asyncio.Task<T> {}
  const loop = scene.loop;
  const calls: unknown[] = [];
  assert.equal(loop.getTaskFactory(), null);
  const factory: asyncio.TaskFactory = (its, source, options) => {
    calls.push([its === loop, options.name]);
    return new Special(source, { ...options, loop: its });
  };
  loop.setTaskFactory(factory);
  assert.equal(loop.getTaskFactory(), factory);
  const task = scene.task(
    function* () {
      yield* turns();
      return "value";
    },
    { name: "named" },
  );
  assert.ok(task instanceof Special);
  assert.equal(task.getName(), "named");
  const gathered = yield* on(asyncio.gather(asyncio.sleep(0, "gathered")));
  assert.deepEqual(gathered, ["gathered"]);
  assert.equal(yield* on(task), "value");
  assert.deepEqual(calls, [
    [true, "named"],
    [true, undefined],
  ]);
  loop.setTaskFactory(null);
  const plain = scene.task(function* () {
    yield* turns();
  });
  assert.equal(plain instanceof Special, false);
  yield* on(plain);
  thrown(() => loop.setTaskFactory(42 as never), TypeError);
});

program("createEagerTaskFactory makes eager tasks of a class", function* (scene) {
  class Special<T> extends asyncio.Task<T> {}
  scene.loop.setTaskFactory(asyncio.createEagerTaskFactory((source, options) => new Special(source, options)));
  const task = scene.task(function* () {
    scene.log("first step");
    yield* turns();
  });
  assert.ok(task instanceof Special);
  assert.deepEqual(scene.lines, ["first step"]);
  yield* on(task);
});
