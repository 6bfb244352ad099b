/** Semantics 62 and 66: wait and shield; 67: asCompleted. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { Boom, eachSpelling, failure, on, program, type Scene, thrown, turns } from "./scenes.js";

function after(scene: Scene, count: number, value: string | Error): asyncio.Task<string> {
  return scene.task(
    function* () {
      yield* turns(count);
      if (typeof value !== "string") throw value;
      return value;
    },
    { name: String(value) },
  );
}

program("62 wait() refuses an empty set, coroutines, single futures, and unknown conditions", function* (scene) {
  yield* failure(asyncio.wait([]), asyncio.ValueError);
  thrown(() => asyncio.wait(scene.future() as never), TypeError);
  thrown(() => asyncio.wait(42 as never), TypeError);
  const made = asyncio.sleep(0);
  yield* failure(asyncio.wait([made as never]), TypeError);
  yield* failure(asyncio.wait([async () => 1] as never), TypeError);
  yield* failure(asyncio.wait([scene.future()], { returnWhen: "SOMETIME" as never }), asyncio.ValueError);
});

program("62 wait() gives who is done and who is pending; the time running out raises nothing and cancels nobody", function* (scene) {
  const quick = after(scene, 1, "quick");
  const slow = scene.future();
  const [done, pending] = yield* on(asyncio.wait([quick, slow], { timeout: 0.005 }));
  assert.deepEqual([...done], [quick]);
  assert.deepEqual([...pending], [slow]);
  assert.equal(slow.done(), false);
  slow.cancel();
});

program("62 wait() counts a task given twice once", function* (scene) {
  const task = after(scene, 1, "once");
  const [done, pending] = yield* on(asyncio.wait([task, task]));
  assert.equal(done.size, 1);
  assert.equal(pending.size, 0);
});

program("62 cancelling wait() cancels none of its members", function* (scene) {
  const member = scene.future();
  const waiter = scene.task(function* () {
    yield* on(asyncio.wait([member]));
  });
  yield* turns();
  waiter.cancel();
  yield* failure(waiter, asyncio.CancelledError);
  assert.equal(member.done(), false);
  assert.equal(
    member.removeDoneCallback(() => {}),
    0,
  );
});

program("62 FIRST_COMPLETED returns with the first, or with all that are done already", function* (scene) {
  const [a, b] = [after(scene, 1, "a"), after(scene, 10, "b")];
  const [done, pending] = yield* on(asyncio.wait([b, a], { returnWhen: asyncio.FIRST_COMPLETED }));
  assert.deepEqual([...done], [a]);
  assert.deepEqual([...pending], [b]);
  yield* on(b);
  const [both] = yield* on(asyncio.wait([a, b], { returnWhen: asyncio.FIRST_COMPLETED }));
  assert.equal(both.size, 2);
});

program("62 FIRST_EXCEPTION returns at the first error, not at a cancellation", function* (scene) {
  const cancelled = scene.future();
  const failing = scene.future();
  const last = scene.future();
  const waiting = scene.task(function* () {
    return yield* on(asyncio.wait([cancelled, failing, last], { returnWhen: asyncio.FIRST_EXCEPTION }));
  });
  yield* turns();
  cancelled.cancel();
  yield* turns(3);
  assert.equal(waiting.done(), false);
  failing.setException(new Boom());
  const [done, pending] = yield* on(waiting);
  assert.deepEqual([...done], [cancelled, failing]);
  assert.deepEqual([...pending], [last]);
});

program("62 wait() on what is done already takes a turn of the loop", function* (scene) {
  const done = scene.future();
  done.setResult(null);
  scene.loop.callSoon(() => scene.log("turn"));
  yield* on(asyncio.wait([done]));
  assert.deepEqual(scene.lines, ["turn"]);
});

program("66 cancelling who awaits shield() leaves the inner task running", function* (scene) {
  const inner = after(scene, 5, "inner");
  const waiter = scene.task(function* () {
    yield* on(asyncio.shield(inner));
  });
  yield* turns(2);
  waiter.cancel();
  yield* failure(waiter, asyncio.CancelledError);
  assert.equal(inner.done(), false);
  assert.equal(yield* on(inner), "inner");
});

program("66 cancelling the inner task cancels shield's result; its result and error pass", function* (scene) {
  const inner = scene.future();
  const outer = asyncio.shield(inner);
  inner.cancel();
  yield* failure(outer, asyncio.CancelledError);
  assert.equal(outer.cancelled(), true);
  assert.equal(yield* on(asyncio.shield(after(scene, 1, "result"))), "result");
  yield* failure(asyncio.shield(after(scene, 1, new Boom())), Boom);
  const done = scene.future();
  done.setResult(1);
  assert.equal(asyncio.shield(done), done);
});

program("66 an error of the inner task after shield's result was cancelled is lost silently", function* (scene) {
  const inner = scene.future();
  const outer = asyncio.shield(inner);
  outer.cancel();
  yield* turns();
  inner.setException(new Boom());
  yield* turns();
  yield* failure(outer, asyncio.CancelledError);
  assert.ok(inner.exception() instanceof Boom);
});

program("66 shield around gather, and gather around shield, keep what is inside from the cancellation outside", function* (scene) {
  const [a, b] = [scene.future<string>(), scene.future<string>()];
  const inner = asyncio.gather(a, b);
  const shielded = asyncio.shield(inner);
  shielded.cancel();
  yield* turns();
  assert.equal(a.done() || b.done() || inner.done(), false);
  const around = asyncio.gather(asyncio.shield(a), asyncio.shield(b));
  around.cancel();
  yield* failure(around, asyncio.CancelledError);
  assert.equal(a.done() || b.done(), false);
  a.setResult("a");
  b.setResult("b");
  assert.deepEqual(yield* on(inner), ["a", "b"]);
});

program("67 asCompleted gives results in the order of completion", function* (scene) {
  for (const next of asyncio.asCompleted([after(scene, 5, "late"), after(scene, 1, "early"), after(scene, 3, "between")])) {
    scene.log(yield* on(next));
  }
  assert.deepEqual(scene.lines, ["early", "between", "late"]);
});

program("67 the awaitables of asCompleted can be taken first and awaited together", function* (scene) {
  const nexts = [...asyncio.asCompleted([after(scene, 3, "late"), after(scene, 1, "early")])];
  assert.equal(nexts.length, 2);
  assert.deepEqual(yield* on(asyncio.gather(...nexts)), ["early", "late"]);
});

program(
  "67 an async for over asCompleted takes no turn of its own: an eager task that waits for nothing is done at once",
  function* (scene) {
    scene.loop.setTaskFactory(asyncio.eagerTaskFactory);
    const work = asyncio.coroutine(function* (): asyncio.CoroutineGenerator<string> {
      const item = function* (): asyncio.CoroutineGenerator<void> {};
      yield* asyncio.asyncFor(asyncio.asCompleted([]), item);
      return "done";
    });
    assert.equal(asyncio.createTask(work()).result(), "done");
    yield* turns();
  },
);

program("67 an async for over asCompleted gives the tasks themselves", function* (scene) {
  const tasks = [after(scene, 3, "late"), after(scene, 1, "early")];
  const given: asyncio.Future<string>[] = [];
  const items = asyncio.asCompleted(tasks);
  const item = scene.block(function* (task: asyncio.Future<string>) {
    given.push(task);
    scene.log(yield* on(task));
  });
  yield* on(asyncio.asyncFor(items, item));
  assert.deepEqual(scene.lines, ["early", "late"]);
  assert.deepEqual(
    given.map((task) => tasks.indexOf(task as asyncio.Task<string>)),
    [1, 0],
  );
});

program("67 asCompleted that is left early cancels nothing, and can be resumed", function* (scene) {
  const tasks = [after(scene, 1, "a"), after(scene, 3, "b"), after(scene, 5, "c")];
  const iterator = asyncio.asCompleted(tasks)[Symbol.iterator]();
  scene.log(yield* on(iterator.next().value!));
  yield* turns(10);
  assert.ok(tasks.every((task) => task.done() && !task.cancelled()));
  for (let next = iterator.next(); next.done !== true; next = iterator.next()) scene.log(yield* on(next.value));
  assert.deepEqual(scene.lines, ["a", "b", "c"]);
});

program("67 after the timeout what remains of asCompleted raises TimeoutError, and the tasks go on", function* (scene) {
  const quick = scene.future<string>(); // Done before the timeout begins, or a busy machine could be late with it.
  quick.setResult("quick");
  const never = scene.future<string>();
  const nexts = [...asyncio.asCompleted([quick, never], { timeout: 0.002 })];
  assert.equal(yield* on(nexts[0]!), "quick");
  yield* failure(nexts[1]!, asyncio.TimeoutError);
  assert.equal(never.done(), false);
});

program("67 asCompleted wants a list, not one awaitable", function* (scene) {
  thrown(() => asyncio.asCompleted(scene.future() as never), TypeError);
  thrown(() => asyncio.asCompleted(asyncio.sleep as never), TypeError);
  for (const _ of asyncio.asCompleted([])) assert.fail("nothing to iterate");
  yield* turns();
});

eachSpelling("67 async iteration of asCompleted gives the very tasks, done", async (scene) => {
  await scene.t.run(async () => {
    const tasks = [after(scene, 3, "late"), after(scene, 1, "early"), after(scene, 2, new Boom("failed"))];
    const seen: asyncio.Future<string>[] = [];
    for await (const task of asyncio.asCompleted(tasks)) {
      assert.ok(task.done());
      seen.push(task);
    }
    assert.deepEqual(seen, [tasks[1], tasks[2], tasks[0]]);
    thrown(() => tasks[2]!.result(), Boom);
    const left: string[] = [];
    const stop = async (): Promise<void> => {
      for await (const task of asyncio.asCompleted([scene.future<string>()], { timeout: 0.002 })) left.push(String(task));
    };
    await assert.rejects(stop(), asyncio.TimeoutError);
    assert.deepEqual(left, []);
  });
});

program("67 a promise or function in asCompleted is waited for; futures given twice come once", function* (scene) {
  const future = scene.future<string>();
  future.setResult("future");
  const list = [...asyncio.asCompleted([future, future, Promise.resolve("promise"), async (): Promise<string> => "function"])];
  assert.equal(list.length, 3);
  const results: string[] = [];
  for (const next of list) results.push(yield* on(next));
  assert.deepEqual(results.sort(), ["function", "future", "promise"]);
});
