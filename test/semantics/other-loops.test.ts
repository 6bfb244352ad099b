/** Futures and primitives of another loop are refused as asyncio refuses them: at once, and not by a wait that never ends. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { eachLoop } from "../support/loops.js";
import { failure, on, program, thrown, type Scene } from "./scenes.js";

const BELONGS = /^The future belongs to a different loop than the one specified as the loop argument; /;

function elsewhere(scene: Scene): asyncio.BaseEventLoop {
  const loop = scene.newLoop();
  scene.t.after(() => loop.close());
  return loop;
}

program("ensureFuture, gather and asCompleted refuse a future of another loop with a ValueError", function* (scene) {
  const other = elsewhere(scene);
  const future = other.createFuture();
  const mine = scene.future();
  const refused: [string, () => unknown][] = [
    ["ensureFuture", () => asyncio.ensureFuture(future, { loop: scene.loop })],
    ["gather, the second", () => asyncio.gather(mine, future)],
    ["gather, the first", () => asyncio.gather(future, mine)],
    ["gather, a task among them", () => asyncio.gather(() => asyncio.sleep(0), future)],
    ["asCompleted", () => asyncio.asCompleted([future])],
  ];
  for (const [name, call] of refused) assert.match(thrown(call, asyncio.ValueError).message, BELONGS, name);
  future.setResult(null);
  for (const [name, call] of refused) assert.match(thrown(call, asyncio.ValueError).message, BELONGS, `${name}, of a done future`);
  assert.equal(asyncio.ensureFuture(future), future);
  assert.equal(asyncio.ensureFuture(future, { loop: other }), future);
  assert.equal(asyncio.gather(future).getLoop(), other);
  yield* on(asyncio.sleep(0));
});

program("a task that awaits a future of another loop fails with a RuntimeError, also through shield and waitFor", function* (scene) {
  const future = elsewhere(scene).createFuture();
  const waits: Record<string, () => PromiseLike<unknown>> = {
    await: () => future,
    shield: () => asyncio.shield(future),
    waitFor: () => asyncio.waitFor(future, 10),
    gather: () => asyncio.gather(future),
    "waitFor without time": () => asyncio.waitFor(future, 0),
  };
  for (const [name, wait] of Object.entries(waits)) {
    const error = yield* failure(wait(), asyncio.RuntimeError);
    assert.match(error.message, /^Task <Task pending name='Task-\d+' coro=<.+> got Future <\w+ \w+> attached to a different loop$/, name);
  }
  const [done, pending] = yield* on(asyncio.wait([elsewhere(scene).createFuture()], { timeout: 0.001 }));
  assert.deepEqual([done.size, pending.size], [0, 1]); // asyncio does not refuse it here.
});

eachLoop("runUntilComplete refuses a future of another loop", async (t) => {
  const [one, other] = [t.newLoop(), t.newLoop()];
  const future = other.createFuture();
  await assert.rejects(one.runUntilComplete(future), { name: "ValueError", message: BELONGS });
  future.setResult(5);
  await assert.rejects(one.runUntilComplete(future), { name: "ValueError", message: BELONGS });
  assert.equal(one.isRunning(), false);
  assert.equal(await other.runUntilComplete(future), 5);
  const coroutine = asyncio.runCoroutineThreadsafe(other.createFuture(), one);
  await Promise.all([assert.rejects(coroutine, { name: "ValueError", message: BELONGS }), one.runUntilComplete(() => asyncio.sleep(0))]);
  one.close();
  other.close();
});

eachLoop("a primitive in which a task has waited refuses tasks of another loop, whichever way they wait", async (t) => {
  const queue = new asyncio.Queue<number>(1);
  const lock = new asyncio.Lock();
  await t.run(async () => await lock.acquire());
  const waits: Record<string, [first: () => PromiseLike<unknown>, second: () => PromiseLike<unknown>]> = {
    Lock: twice(lock, (of) => of.acquire()),
    Event: twice(new asyncio.Event(), (event) => event.wait()),
    Semaphore: twice(new asyncio.Semaphore(0), (semaphore) => semaphore.acquire()),
    Condition: twice(new asyncio.Barrier(2), (barrier) => barrier.wait()),
    Queue: [
      () => queue.get(),
      async () => {
        queue.putNowait(1);
        await queue.put(2);
      },
    ],
  };
  for (const [name, [first, second]] of Object.entries(waits)) {
    await t.run(async () => await assert.rejects(async () => await asyncio.waitFor(first(), 0.001), asyncio.TimeoutError));
    await t.run(async () => await assert.rejects(async () => await second(), different(name)));
  }
});

const different = (name: string) => ({ name: "RuntimeError", message: new RegExp(`^<${name} .*> is bound to a different event loop$`) });

function twice<P>(primitive: P, wait: (primitive: P) => PromiseLike<unknown>): [() => PromiseLike<unknown>, () => PromiseLike<unknown>] {
  return [() => wait(primitive), () => wait(primitive)];
}

eachLoop("outside of a loop a wrong argument is a TypeError, not a missing loop", async (t) => {
  const one = asyncio.coroutine(function* one(): asyncio.CoroutineGenerator<number> {
    return 1;
  });
  const wrong = {
    ensureFuture: () => asyncio.ensureFuture("ok" as never),
    gather: () => asyncio.gather("ok" as never),
    shield: () => asyncio.shield(5 as never),
    asCompleted: () => asyncio.asCompleted(one() as never),
    wait: () => asyncio.wait(one() as never),
    waitFor: () => asyncio.waitFor(null as never, 1),
    createTask: () => asyncio.createTask(5 as never),
  };
  for (const [name, call] of Object.entries(wrong)) assert.throws(call, TypeError, name);
  const loop = t.newLoop();
  await assert.rejects(asyncio.runCoroutineThreadsafe("ok" as never, loop), TypeError); // The loop does not have to run for that.
  loop.close();
});
