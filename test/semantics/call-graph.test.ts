/** captureCallGraph, formatCallGraph, printCallGraph, getStack. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { on, program, type Scene, thrown, turns } from "./scenes.js";

/** Names along the awaited-by edges, sorted: `a <- b <- c`. */
function paths(graph: asyncio.FutureCallGraph): string[] {
  const name = graph.future instanceof asyncio.Task ? graph.future.getName() : "future";
  if (graph.awaitedBy.length === 0) return [name];
  return graph.awaitedBy.flatMap((by) => paths(by).map((path) => `${name} <- ${path}`)).sort();
}

function capture(future: asyncio.Future<unknown>): string[] {
  return paths(asyncio.captureCallGraph(future)!);
}

function named(scene: Scene, name: string, target: () => asyncio.Awaitable<unknown>): asyncio.Task<void> {
  return scene.task(
    function* () {
      yield* on(target());
    },
    { name },
  );
}

program("a future is awaited by the tasks that wait for it, and those by theirs", function* (scene) {
  const future = scene.future();
  const inner = named(scene, "inner", () => future);
  const outer = named(scene, "outer", () => inner);
  const other = named(scene, "other", () => future);
  yield* turns(2);
  assert.deepEqual(capture(future), ["future <- inner <- outer", "future <- other"]);
  assert.deepEqual(capture(inner), ["inner <- outer"]);
  assert.deepEqual(capture(outer), ["outer"]);
  future.setResult(null);
  yield* on(asyncio.wait([outer, other]));
  assert.deepEqual(capture(future), ["future"]);
});

program("gather, shield, wait, TaskGroup and timeout are edges of the graph", function* (scene) {
  const future = scene.future();
  const inner = named(scene, "inner", () => future);
  const tasks = [
    named(scene, "gatherer", () => asyncio.gather(inner)),
    named(scene, "shielder", () => asyncio.shield(inner)),
    named(scene, "waiter", () => asyncio.wait([inner])),
    named(scene, "limiter", () => asyncio.waitFor(inner, 3600)),
  ];
  yield* turns(3);
  const found = capture(inner);
  for (const name of ["gatherer", "shielder", "waiter", "limiter"])
    assert.ok(
      found.some((path) => path.endsWith(name)),
      `${name} in ${found.join("; ")}`,
    );
  assert.equal(found.length, 4);
  future.setResult(null);
  yield* on(asyncio.wait(tasks));
});

program("a group's parent is found from its children", function* (scene) {
  const future = scene.future();
  const parent = scene.task(
    function* () {
      yield* on(
        asyncio.asyncWith(
          new asyncio.TaskGroup(),
          scene.block(function* (group) {
            group.createTask(
              scene
                .fn(function* () {
                  yield* on(future);
                })
                .lazy(),
              { name: "child" },
            );
          }),
        ),
      );
    },
    { name: "parent" },
  );
  yield* turns(3);
  assert.deepEqual(capture(future), ["future <- child <- parent"]);
  future.setResult(null);
  yield* on(parent);
});

program("a cycle ends where it closes", function* (scene) {
  const [a, b] = [scene.future(), scene.future()];
  const waiter = named(scene, "waiter", () => a);
  asyncio.futureAddToAwaitedBy(a, b);
  asyncio.futureAddToAwaitedBy(b, a);
  yield* turns();
  assert.deepEqual(capture(a), ["future <- future", "future <- waiter"]);
  assert.deepEqual(capture(b), ["future <- future <- waiter"]);
  a.setResult(null);
  yield* on(waiter);
});

program("an awaitable of one's own can add edges and take them back", function* (scene) {
  const future = scene.future();
  const me = asyncio.currentTask()!;
  asyncio.futureAddToAwaitedBy(future, me);
  asyncio.futureAddToAwaitedBy(future, me);
  assert.equal(asyncio.captureCallGraph(future)!.awaitedBy.length, 1);
  assert.equal(asyncio.captureCallGraph(future)!.awaitedBy[0]!.future, me);
  asyncio.futureDiscardFromAwaitedBy(future, me);
  asyncio.futureDiscardFromAwaitedBy(future, me);
  assert.equal(asyncio.captureCallGraph(future)!.awaitedBy.length, 0);
  yield* turns();
});

program("the graph of the current task is the default; there is none in a plain callback", function* (scene) {
  assert.equal(asyncio.captureCallGraph()!.future, asyncio.currentTask());
  const outside = scene.future<unknown>();
  scene.loop.callSoon(() => outside.setResult([asyncio.captureCallGraph(), asyncio.formatCallGraph()]));
  assert.deepEqual(yield* on(outside), [null, ""]);
  thrown(() => asyncio.captureCallGraph(42 as never), TypeError);
});

program("formatCallGraph has a line for each future, and printCallGraph writes it", function* (scene) {
  const future = scene.future();
  const inner = named(scene, "inner", () => future);
  yield* turns();
  const text = asyncio.formatCallGraph(future);
  assert.match(text, /^\* <Future pending>\n {2}\+ Awaited by:\n {4}\* <Task pending name='inner' coro=<.+> wait_for=<Future pending>>\n/);
  let written = "";
  asyncio.printCallGraph(future, { write: (part) => (written += part) });
  assert.equal(written, `${text}\n`);
  future.setResult(null);
  yield* on(inner);
});

program("in debug mode the stack has the coroutines that a generator task is inside of, innermost first", function* (scene) {
  scene.loop.setDebug(true);
  scene.loop.slowCallbackDuration = 60;
  const future = scene.future();
  const innermost = asyncio.coroutine(function* innermost() {
    yield* future;
  });
  const middle = asyncio.coroutine(function* middle() {
    yield* innermost();
  });
  const outermost = asyncio.coroutine(function* outermost() {
    yield* middle();
  });
  const task = asyncio.createTask(outermost());
  yield* turns();
  const names = (limit?: number): string[] => asyncio.captureCallGraph(task, { limit })!.callStack.map(({ name }) => name);
  assert.deepEqual(names(), ["innermost", "middle", "outermost"]);
  assert.deepEqual(names(1), ["innermost"]);
  assert.deepEqual(names(-1), ["outermost"]);
  assert.deepEqual(
    task.getStack().map(({ name }) => name),
    ["outermost", "middle", "innermost"],
  );
  let printed = "";
  task.printStack({ write: (text) => (printed += text) });
  assert.match(printed, /^Stack for <Task pending.*\n {2}in outermost\n {2}in middle\n {2}in innermost\n/);
  future.setResult(null);
  yield* on(task);
  assert.deepEqual(task.getStack(), []);
});
