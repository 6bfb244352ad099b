/** The texts of tasks, and the errors about values that are not a coroutine or a callback. */
import assert from "node:assert/strict";
import { inspect } from "node:util";
import * as asyncio from "uvio";
import { eachLoop } from "../support/loops.js";
import { Boom, failure, on, program, thrown, turns } from "./scenes.js";

program("the text of a task has its state, name and coroutine, what it waits for, and how it ended", function* (scene) {
  const future = scene.future<number>();
  const task = scene.task(
    function* worker() {
      return yield* on(future);
    },
    { name: "n" },
  );
  const coro = `coro=<${scene.spelling === "async" ? "<anonymous>" : "worker"}()>`;
  assert.equal(String(task), `<Task pending name='n' ${coro}>`);
  yield* turns();
  assert.equal(String(task), `<Task pending name='n' ${coro} wait_for=<Future pending>>`);
  assert.equal(inspect(task), String(task));
  future.setResult(5);
  task.cancel();
  assert.equal(String(task), `<Task cancelling name='n' ${coro} wait_for=<Future finished result=5 (number)>>`);
  task.uncancel();
  assert.equal(yield* on(task), 5);
  assert.equal(String(task), `<Task finished name='n' ${coro} result=5 (number)>`);
  const failing = scene.task(
    function* fails() {
      throw new Boom("no");
    },
    { name: "f" },
  );
  yield* failure(failing, Boom);
  assert.equal(String(failing), `<Task finished name='f' ${coro.replace("worker", "fails")} exception=Boom: no>`);
  const cancelled = scene.task(() => on(asyncio.sleep(9)), { name: "c" });
  cancelled.cancel();
  yield* failure(cancelled, asyncio.CancelledError);
  assert.match(String(cancelled), /^<Task cancelled name='c' coro=<.+>>$/);
});

program("a long chain of tasks that await each other has a short text", function* (scene) {
  let last = scene.task(() => on(asyncio.sleep(9)), { name: "first" });
  for (let i = 0; i < 1000; i++) {
    const before = last;
    last = scene.task(() => on(before));
  }
  yield* turns(2);
  assert.equal(String(last).split("wait_for=<Task").length, 4);
  for (const task of asyncio.allTasks()) if (task !== asyncio.currentTask()) task.cancel();
  yield* on(asyncio.wait([...asyncio.allTasks()].filter((task) => task !== asyncio.currentTask())));
});

program("a task's name may be given as any value; null means none", function* (scene) {
  const name = (value: unknown): string => scene.task(() => turns(), { name: value as string }).getName();
  assert.equal(name(7), "7");
  assert.equal(name(new Set(["a"])), "Set(1) { 'a' }");
  assert.match(name(null), /^Task-\d+$/);
  const task = asyncio.currentTask()!;
  task.setName(new Map() as never);
  assert.equal(task.getName(), "Map(0) {}");
  yield* turns(2);
});

program("a task that ended in its eager step has no coroutine any more", function* (scene) {
  const quick = asyncio.coroutine(function* quick(): asyncio.CoroutineGenerator<number> {
    return 1;
  });
  const task = new asyncio.Task(quick(), { loop: scene.loop, eagerStart: true, name: "e" });
  assert.equal(task.done(), true);
  assert.equal(task.getCoro(), null);
  assert.equal(String(task), "<Task finished name='e' result=1 (number)>");
  const waits = new asyncio.Task(() => asyncio.sleep(0), { loop: scene.loop, eagerStart: true });
  assert.notEqual(waits.getCoro(), null);
  yield* on(waits);
  assert.notEqual(waits.getCoro(), null);
});

program("the task of an async function that does not wait is done after the microtasks of its eager start", function* (scene) {
  const task = asyncio.createTask(async () => 1, { eagerStart: true });
  assert.equal(task.done(), false);
  let seen: boolean | null = null;
  scene.loop.callSoon(() => (seen = task.done()));
  yield* turns(2);
  assert.equal(seen, true);
});

program("createTask names the task even if the task factory ignores its options", function* (scene) {
  scene.loop.setTaskFactory((loop, source) => new asyncio.Task(source, { loop }));
  const task = asyncio.createTask(() => asyncio.sleep(0), { name: "given" });
  assert.equal(task.getName(), "given");
  assert.match(asyncio.createTask(() => asyncio.sleep(0)).getName(), /^Task-\d+$/);
  yield* turns(3);
});

eachLoop("currentTask takes a loop: it gives that loop's task, or null", async (t) => {
  const [loop, other] = [t.newLoop(), t.newLoop()];
  assert.equal(asyncio.currentTask(loop), null);
  assert.throws(() => asyncio.currentTask(), asyncio.RuntimeError);
  await loop.runUntilComplete(async () => {
    assert.equal(asyncio.currentTask(loop), asyncio.currentTask());
    assert.notEqual(asyncio.currentTask(loop), null);
    assert.equal(asyncio.currentTask(other), null);
  });
  loop.close();
  other.close();
});

program("a bare generator of a function that coroutine() has wrapped: the error names the shadowed name", function* (scene) {
  const shadowing = asyncio.coroutine(function* walk(call: (of: () => unknown) => unknown): asyncio.CoroutineGenerator<unknown> {
    return call(walk as never);
  });
  const expected = /bare generator of walk; inside of coroutine\(function\* walk\(\) \{...\}\) the name walk is the generator function itself/;
  const calls: Record<string, (walk: () => never) => unknown> = {
    createTask: (walk) => asyncio.createTask(walk()),
    gather: (walk) => asyncio.gather(walk()),
    waitFor: (walk) => asyncio.waitFor(walk(), 1),
    ensureFuture: (walk) => asyncio.ensureFuture(walk()),
  };
  for (const [name, call] of Object.entries(calls)) {
    const error = yield* failure(shadowing(call as never), TypeError);
    assert.match(error.message, expected, name);
  }
  const bare = asyncio.coroutine(function* walk(): asyncio.CoroutineGenerator<unknown> {
    return (yield walk() as never) as unknown;
  });
  assert.match((yield* failure(bare(), asyncio.RuntimeError)).message, expected);
  const nameless = function* () {} as () => never;
  assert.match(thrown(() => asyncio.createTask(nameless()), TypeError).message, /got a bare generator; wrap its function/);
  assert.equal(scene.lines.length, 0);
});

program("a method that was passed as a callback without its object: the report says so", function* (scene) {
  const task = scene.task(() => on(asyncio.sleep(9)));
  const future = scene.future();
  const event = new asyncio.Event();
  // eslint-disable-next-line @typescript-eslint/unbound-method -- This is what the test is about.
  for (const method of [task.cancel, future.setResult, event.set] as unknown as (() => void)[]) {
    for (const schedule of [
      () => scene.loop.callSoon(method),
      () => scene.loop.callLater(0, method),
      () => future.addDoneCallback(method as never),
    ]) {
      schedule();
    }
  }
  future.setResult(null);
  yield* on(asyncio.sleep(0.005));
  const messages = scene.t.takeReports().map(({ message }) => message);
  assert.equal(messages.length, 9);
  for (const name of ["cancel", "setResult", "set"]) {
    const expected = `Exception in callback ${name}; ${name} is a method and was passed without its object: pass () => object.${name}(), or object.${name}.bind(object)`;
    assert.equal(messages.filter((message) => message === expected).length, 3, `${messages.join("\n")}`);
  }
  const others: (() => void)[] = [() => null!, (a = (null as never)["b"]) => a, function plain() {}, task.cancel.bind(null as never)];
  for (const callback of others) scene.loop.callSoon(callback);
  scene.loop.callSoon({ method() { throw new Boom(); } }.method); // prettier-ignore
  yield* turns(2);
  for (const { message } of scene.t.takeReports()) assert.doesNotMatch(message, /without its object/);
  task.cancel();
  yield* failure(task, asyncio.CancelledError);
});
