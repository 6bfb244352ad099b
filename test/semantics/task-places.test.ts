/** Semantics 48 to 56: where tasks are kept, contexts, sleep, names. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { type Body, eachSpelling, failure, on, program, type Routine, thrown, turns } from "./scenes.js";

program("49 the loop holds its unfinished tasks, so that one nobody else holds finishes", function* (scene) {
  const finished = scene.future<string>();
  scene.task(function* () {
    yield* turns(5);
    finished.setResult("finished");
  });
  assert.equal(yield* on(finished), "finished");
});

eachSpelling("50 a KeyboardInterrupt raised in a task is its error, and ends the run as well", async (scene) => {
  const loop = scene.t.newLoop();
  const interrupt = new asyncio.KeyboardInterrupt("from inside");
  const body = scene.fn(function* () {
    yield* turns();
    throw interrupt;
  });
  const task = loop.createTask(body.lazy());
  await assert.rejects(loop.runForever(), (error) => error === interrupt);
  assert.equal(task.done(), true);
  assert.equal(task.exception(), interrupt);
  assert.equal(loop.isRunning(), false);
  loop.close();
});

program("52 the current task is who runs: in tasks that alternate, in callbacks none", function* (scene) {
  const names = (): string => asyncio.currentTask()?.getName() ?? "none";
  const worker = (): asyncio.Task<void> =>
    scene.task(
      function* () {
        for (let i = 0; i < 3; i++) {
          scene.log(names());
          yield* turns();
        }
      },
      { name: `w${scene.lines.length}` },
    );
  const first = worker();
  scene.lines.push("-");
  const second = worker();
  scene.loop.callSoon(() => scene.log(names()));
  yield* on(asyncio.wait([first, second]));
  assert.deepEqual(scene.lines, ["-", "w0", "w1", "none", "w0", "w1", "w0", "w1"]);
});

program("52 a plain callback has no current task, whoever has scheduled it", function* (scene) {
  const seen = scene.future<unknown>();
  scene.loop.callSoon(() => seen.setResult(asyncio.currentTask()));
  assert.equal(yield* on(seen), null);
});

program("53 a task runs in a copy of the context of its creation, and what it sets is its own", function* (scene) {
  const variable = new asyncio.ContextVar<string>("v", { default: "default" });
  variable.set("parent");
  const child = scene.task(function* () {
    assert.equal(variable.get(), "parent");
    variable.set("child");
    yield* turns();
    return variable.get();
  });
  variable.set("later");
  assert.equal(yield* on(child), "child");
  assert.equal(variable.get(), "later");
});

program("53 a context that is given is used itself, not copied", function* (scene) {
  const variable = new asyncio.ContextVar<string>("v", { default: "default" });
  const context = asyncio.copyContext();
  const child = scene.task(
    function* () {
      variable.set("set inside");
      yield* turns();
    },
    { context },
  );
  yield* on(child);
  assert.equal(child.getContext(), context);
  assert.equal(context.get(variable), "set inside");
  assert.equal(variable.get(), "default");
});

program("53 callbacks run in the context in which they were registered", function* (scene) {
  const variable = new asyncio.ContextVar<string>("v");
  const future = scene.future();
  variable.set("soon");
  scene.loop.callSoon(() => {
    scene.log(variable.get());
    variable.set("of the callback");
  });
  variable.set("done");
  future.addDoneCallback(() => scene.log(variable.get()));
  variable.set("timer");
  scene.loop.callLater(0, () => scene.log(variable.get()));
  variable.set("changed");
  future.setResult(null);
  yield* on(asyncio.sleep(0.002));
  assert.deepEqual(
    scene.lines,
    ["soon", "done", "timer"].sort((a, b) => scene.lines.indexOf(a) - scene.lines.indexOf(b)),
  );
  assert.equal(variable.get(), "changed");
});

program("53 many tasks that set the same variable between awaits each see their own", function* (scene) {
  const variable = new asyncio.ContextVar<number>("v", { default: -1 });
  const fractal: Routine<[number, number], void> = scene.fn(function* (depth: number, value: number): Body<void> {
    variable.set(value);
    yield* turns(value % 3);
    assert.equal(variable.get(), value);
    if (depth > 0) yield* on(asyncio.gather(fractal.lazy(depth - 1, value * 2), fractal.lazy(depth - 1, value * 2 + 1)));
    assert.equal(variable.get(), value);
  });
  yield* on(fractal(5, 1));
  assert.equal(variable.get(), 1);
});

program("54 sleep(0) is one turn exactly, and gives its result", function* (scene) {
  scene.loop.callSoon(() => {
    scene.log("first turn");
    scene.loop.callSoon(() => scene.log("second turn"));
  });
  assert.equal(yield* on(asyncio.sleep(0, "result")), "result");
  assert.deepEqual(scene.lines, ["first turn"]);
  assert.equal(yield* on(asyncio.sleep(-5, "negative")), "negative");
  assert.deepEqual(scene.lines, ["first turn", "second turn"]);
});

program("54 a sleep that is cancelled takes its timer along", function* (scene) {
  const task = scene.task(function* () {
    yield* on(asyncio.sleep(3600, "slept"));
  });
  yield* turns();
  task.cancel();
  yield* failure(task, asyncio.CancelledError);
});

program("54 sleep() refuses NaN with ValueError and what is no number with TypeError", function* () {
  thrown(() => asyncio.sleep(NaN), asyncio.ValueError);
  thrown(() => asyncio.sleep("1" as never), TypeError);
  yield* turns();
});

program("55 allTasks() has what is not done, of this loop, as a copy", function* (scene) {
  const main = asyncio.currentTask()!;
  const tasks = [0, 1].map(() =>
    scene.task(function* () {
      yield* turns();
    }),
  );
  const before = asyncio.allTasks();
  assert.deepEqual(new Set([main, ...tasks]), before);
  for (const task of tasks) yield* on(task);
  assert.equal(before.size, 3);
  assert.deepEqual([...asyncio.allTasks()], [main]);
  const other = scene.t.newLoop();
  assert.equal(asyncio.allTasks(other).size, 0);
  other.close();
});

program("56 tasks are named Task-N by a counter, unless a name is given; setName() takes anything as text", function* (scene) {
  const make = (name?: string): asyncio.Task<void> =>
    scene.task(
      function* () {
        yield* turns();
      },
      name === undefined ? {} : { name },
    );
  const [first, second, named] = [make(), make(), make("given")] as const;
  const number = (task: asyncio.Task<void>): number => Number(/^Task-(\d+)$/.exec(task.getName())![1]);
  assert.equal(number(second), number(first) + 1);
  assert.equal(named.getName(), "given");
  named.setName(42 as never);
  assert.equal(named.getName(), "42");
  for (const task of [first, second, named]) yield* on(task);
});
