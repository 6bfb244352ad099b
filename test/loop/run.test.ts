/** Runs of a loop: runUntilComplete(), stop(), close(), and the errors of using a loop wrongly. */
import assert from "node:assert/strict";
import { test } from "vitest";
import * as asyncio from "uvio";
import { eachLoop } from "../support/loops.js";

const value = asyncio.coroutine(function* value<T>(x: T) {
  yield* asyncio.sleep(0);
  return x;
});

eachLoop("runUntilComplete gives the result of a coroutine, a function, a future and a promise", async (t) => {
  const loop = t.newLoop();
  assert.equal(await loop.runUntilComplete(value(1)), 1);
  assert.equal(await loop.runUntilComplete(async () => 2), 2);
  const future = loop.createFuture<number>();
  loop.callSoon(() => future.setResult(3));
  assert.equal(await loop.runUntilComplete(future), 3);
  assert.equal(await loop.runUntilComplete(Promise.resolve(4)), 4);
  loop.close();
});

eachLoop("runUntilComplete fails with the error of what it runs, the same object", async (t) => {
  const loop = t.newLoop();
  const error = new Error("mine");
  await assert.rejects(
    loop.runUntilComplete(async () => {
      throw error;
    }),
    (caught) => caught === error,
  );
  await assert.rejects(
    loop.runUntilComplete(async () => {
      throw null;
    }),
    (caught) => caught === null,
  );
  loop.close();
});

eachLoop("runUntilComplete of what never ends fails when the loop is stopped", async (t) => {
  const loop = t.newLoop();
  loop.callSoon(() => loop.stop());
  await assert.rejects(loop.runUntilComplete(loop.createFuture()), {
    name: "RuntimeError",
    message: /Event loop stopped before Future completed/,
  });
  loop.close();
});

eachLoop("stop ends the run after the turn under way; what is queued runs with the next start", async (t) => {
  const loop = t.newLoop();
  const seen: string[] = [];
  loop.callSoon(() => {
    loop.stop();
    loop.callSoon(() => seen.push("queued"));
  });
  loop.callSoon(() => seen.push("same turn"));
  await loop.runForever();
  assert.deepEqual(seen, ["same turn"]);
  assert.equal(loop.isRunning(), false);
  loop.callSoon(() => loop.stop());
  await loop.runForever();
  assert.deepEqual(seen, ["same turn", "queued"]);
  loop.close();
});

eachLoop("a stop before the run ends it after one turn", async (t) => {
  const loop = t.newLoop();
  const seen: string[] = [];
  loop.callSoon(() => {
    seen.push("first turn");
    loop.callSoon(() => seen.push("second turn"));
  });
  loop.stop();
  await loop.runForever();
  assert.deepEqual(seen, ["first turn"]);
  loop.close();
});

eachLoop("a loop that runs cannot be closed or run again", async (t) => {
  const loop = t.newLoop();
  const other = t.newLoop();
  await loop.runUntilComplete(async () => {
    assert.equal(loop.isRunning(), true);
    assert.equal(asyncio.getRunningLoop(), loop);
    assert.throws(() => loop.close(), asyncio.RuntimeError);
    await assert.rejects(loop.runForever(), asyncio.RuntimeError);
    await assert.rejects(async () => await loop.runUntilComplete(value(1)), asyncio.RuntimeError);
    await assert.rejects(other.runForever(), asyncio.RuntimeError);
  });
  loop.close();
  other.close();
});

eachLoop("close is idempotent and drops what is scheduled", async (t) => {
  const loop = t.newLoop();
  loop.callSoon(() => assert.fail("dropped"));
  loop.callLater(0, () => assert.fail("dropped"));
  loop.close();
  loop.close();
  assert.equal(loop.isClosed(), true);
  await new Promise((resolve) => setImmediate(resolve));
});

eachLoop("a closed loop refuses work", async (t) => {
  const loop = t.newLoop();
  const future = loop.createFuture();
  loop.close();
  const closed = { name: "RuntimeError", message: /Event loop is closed/ };
  assert.throws(() => loop.callSoon(() => {}), closed);
  assert.throws(() => loop.callSoonThreadsafe(() => {}), closed);
  assert.throws(() => loop.callLater(0, () => {}), closed);
  assert.throws(() => loop.callAt(0, () => {}), closed);
  assert.throws(() => loop.createTask(async () => {}), closed);
  assert.throws(() => future.addDoneCallback(() => {}) ?? future.setResult(1), closed);
  await assert.rejects(loop.runForever(), closed);
  await assert.rejects(
    loop.runUntilComplete(async () => {}),
    closed,
  );
  assert.deepEqual([...asyncio.allTasks(loop)], []);
});

eachLoop("a nested run is refused, and says what to do instead", async (t) => {
  await t.run(async () => {
    await assert.rejects(asyncio.run(value(1)), { name: "RuntimeError", message: /asyncio\.run\(\) cannot be called .*createTask/s });
  });
});

eachLoop("a promise where a coroutine is due is refused, and the message shows how to write it", async (t) => {
  const started = async (): Promise<number> => 1;
  await t.run(async () => {
    assert.throws(() => asyncio.createTask(started() as never), { name: "TypeError", message: /\(\) =>/ });
  });
  await assert.rejects(asyncio.run(started() as never), { name: "TypeError", message: /\(\) =>/ });
  const loop = t.newLoop();
  assert.throws(() => loop.createTask(started() as never), TypeError);
  for (const wrong of [null, undefined, 1, {}, [], "text", (function* () {})()]) {
    assert.throws(() => loop.createTask(wrong as never), TypeError);
    await assert.rejects(asyncio.run(wrong as never), TypeError);
  }
  loop.close();
});

eachLoop("a task's function that gives no promise fails the task", async (t) => {
  await assert.rejects(t.run((() => 5) as never), { name: "TypeError", message: /must return a promise or a coroutine/ });
});

eachLoop("awaiting a future of another loop is a RuntimeError", async (t) => {
  const other = t.newLoop();
  const future = other.createFuture();
  const different = { name: "RuntimeError", message: /attached to a different loop/ };
  await assert.rejects(
    t.run(async () => await future),
    different,
  );
  await assert.rejects(
    t.run(
      asyncio.coroutine(function* () {
        yield* future;
      })(),
    ),
    different,
  );
  other.close();
});

eachLoop("a bare yield of a future is a RuntimeError", async (t) => {
  const main = asyncio.coroutine(function* (): Generator<never, void, unknown> {
    yield asyncio.getEventLoop().createFuture() as never;
  });
  await assert.rejects(t.run(main()), { name: "RuntimeError", message: /yield was used instead of yield\*/ });
  const other = asyncio.coroutine(function* (): Generator<never, void, unknown> {
    yield 5 as never;
  });
  await assert.rejects(t.run(other()), { name: "RuntimeError", message: /bad yield/ });
});

eachLoop("a KeyboardInterrupt from a callback ends the run with it", async (t) => {
  const loop = t.newLoop();
  loop.callSoon(() => {
    throw new asyncio.KeyboardInterrupt("now");
  });
  await assert.rejects(loop.runForever(), asyncio.KeyboardInterrupt);
  assert.equal(loop.isRunning(), false);
  loop.close();
});

eachLoop("setEventLoop and getEventLoop: the running loop wins, then the one that was set", async (t) => {
  const loop = t.newLoop();
  asyncio.setEventLoop(loop);
  t.after(() => asyncio.setEventLoop(null));
  assert.equal(asyncio.getEventLoop(), loop);
  const other = t.newLoop();
  await other.runUntilComplete(async () => assert.equal(asyncio.getEventLoop(), other));
  assert.equal(asyncio.getEventLoop(), loop);
  loop.close();
  other.close();
  asyncio.setEventLoop(null);
  assert.throws(() => asyncio.getEventLoop(), asyncio.RuntimeError);
});

eachLoop("what is gathered before a run belongs to the loop that was set", async (t) => {
  const loop = t.newLoop();
  asyncio.setEventLoop(loop);
  t.after(() => asyncio.setEventLoop(null));
  const slow = asyncio.coroutine(function* () {
    yield* asyncio.sleep(0.001);
    return 1;
  });
  assert.deepEqual(await loop.runUntilComplete(asyncio.gather(slow(), async () => 2)), [1, 2]);
  assert.deepEqual(await loop.runUntilComplete(asyncio.gather()), []);
  assert.equal(new asyncio.Future().getLoop(), loop);
  asyncio.setEventLoop(null);
  assert.throws(() => asyncio.gather(), { name: "RuntimeError", message: /no running event loop/ });
  loop.close();
});

test("a policy's setEventLoop takes a loop or null, and is what futures outside of a run belong to", () => {
  const policy = asyncio.getEventLoopPolicy();
  assert.throws(() => policy.setEventLoop({} as never), {
    name: "TypeError",
    message: "loop must be an event loop or null, got an object of class Object",
  });
  const loop = new asyncio.NodeEventLoop();
  try {
    policy.setEventLoop(loop);
    assert.equal(new asyncio.Future().getLoop(), loop);
    assert.equal(asyncio.getEventLoop(), loop);
    new asyncio.DefaultEventLoopPolicy().setEventLoop(null); // Not the current policy.
    assert.equal(new asyncio.Future().getLoop(), loop);
  } finally {
    policy.setEventLoop(null);
    loop.close();
  }
  assert.throws(() => new asyncio.Future(), asyncio.RuntimeError);
});

test("setEventLoopPolicy refuses what is no policy", () => {
  assert.throws(() => asyncio.setEventLoopPolicy({} as never), TypeError);
  assert.throws(() => asyncio.setEventLoop(5 as never), {
    name: "TypeError",
    message: "loop must be an event loop or null, got 5 (number)",
  });
  asyncio.setEventLoopPolicy(null);
  assert.ok(asyncio.getEventLoopPolicy() instanceof asyncio.DefaultEventLoopPolicy);
});
