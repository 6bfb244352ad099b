/** Coroutine objects driven by hand, as Python's. */
import assert from "node:assert/strict";
import { test } from "vitest";
import * as asyncio from "uvio";

test("a coroutine is created without running, and knows its function's name", () => {
  let ran = false;
  const named = asyncio.coroutine(function* named() {
    ran = true;
    yield* asyncio.sleep(0);
  });
  const object = named();
  assert.equal(ran, false);
  assert.equal(object.name, "named");
  assert.equal(String(object), "<coroutine named>");
  assert.equal(asyncio.isCoroutine(object), true);
  assert.equal(asyncio.isAwaitable(object), true);
  assert.equal(asyncio.isCoroutine(named), false);
  object.close();
  assert.equal(ran, false);
});

test("send runs to the next suspension and gives the result at the end", () => {
  const twice = asyncio.coroutine(function* () {
    yield* asyncio.sleep(0);
    yield* asyncio.sleep(0);
    return "result";
  });
  const object = twice();
  assert.equal(object.send().done, false);
  assert.equal(object.send().done, false);
  assert.deepEqual({ ...object.send() }, { done: true, value: "result" });
  assert.throws(() => object.send(), { name: "RuntimeError", message: /cannot reuse already awaited coroutine/ });
});

test("throw raises where the coroutine is suspended; it may be caught", () => {
  const seen: string[] = [];
  const catching = asyncio.coroutine(function* () {
    try {
      yield* asyncio.sleep(0);
    } catch (error) {
      seen.push((error as Error).message);
    }
    yield* asyncio.sleep(0);
    return "went on";
  });
  const object = catching();
  object.send();
  assert.equal(object.throw(new Error("caught")).done, false);
  assert.equal(object.send().value, "went on");
  assert.deepEqual(seen, ["caught"]);
  const uncaught = catching();
  const error = new Error("before the first step");
  assert.throws(
    () => uncaught.throw(error),
    (caught) => caught === error,
  );
  assert.throws(() => uncaught.send(), asyncio.RuntimeError);
});

test("close runs finally blocks, is idempotent, and forbids what comes after", () => {
  const seen: string[] = [];
  const closing = asyncio.coroutine(function* () {
    try {
      yield* asyncio.sleep(0);
    } finally {
      seen.push("finally");
    }
  });
  const object = closing();
  object.send();
  object.close();
  object.close();
  assert.deepEqual(seen, ["finally"]);
  assert.throws(() => object.send(), asyncio.RuntimeError);
  const fresh = closing();
  fresh.close();
  assert.throws(() => fresh.send(), asyncio.RuntimeError);
});

test("a coroutine that awaits while it is closed is a RuntimeError", () => {
  const stubborn = asyncio.coroutine(function* () {
    try {
      yield* asyncio.sleep(0);
    } finally {
      yield* asyncio.sleep(0);
    }
  });
  const object = stubborn();
  object.send();
  assert.throws(() => object.close(), { name: "RuntimeError", message: /ignored close\(\)/ });
});

for (const [spelling, make] of [
  [
    "generator",
    asyncio.coroutine(function* () {
      yield* asyncio.sleep(0);
      return 1;
    }),
  ],
  [
    "async",
    asyncio.coroutine(async () => {
      await asyncio.sleep(0);
      return 1;
    }),
  ],
] as const) {
  test(`a coroutine runs once: awaiting it again is a RuntimeError, ${spelling}`, async () => {
    const reused = { name: "RuntimeError", message: /cannot reuse already awaited coroutine/ };
    await asyncio.run(async () => {
      const object = make();
      assert.equal(await object, 1);
      await assert.rejects(async () => await object, reused);
      await assert.rejects(async () => await asyncio.createTask(object), reused);
      const other = make();
      const task = asyncio.createTask(other);
      await asyncio.sleep(0);
      await assert.rejects(async () => await other, reused);
      assert.equal(await task, 1);
    });
  });
}

test("arguments and this reach the function; errors thrown at once come with the first step", async () => {
  class Counter {
    total = 0;
    add = asyncio.coroutine(async (x: number, y: number) => (this.total += x + y));
  }
  await asyncio.run(async () => {
    const counter = new Counter();
    assert.equal(await counter.add(1, 2), 3);
    const failing = asyncio.coroutine(function* (): asyncio.CoroutineGenerator<void> {
      throw new Error("at once");
    });
    const object = failing();
    await assert.rejects(async () => await object, /at once/);
  });
});

test("what is no generator function or async function is refused", async () => {
  assert.throws(() => asyncio.coroutine(5 as never), TypeError);
  const plain = asyncio.coroutine((() => 5) as never) as () => asyncio.Coroutine<unknown>;
  await asyncio.run(async () => {
    await assert.rejects(async () => await plain(), { name: "TypeError", message: /must be a generator function or an async function/ });
  });
});

test("isCoroutineFunction is true of what gives an awaitable when it is called, bound or not", () => {
  function* generator(): Generator<never, void> {}
  const yes = [asyncio.coroutine(generator), asyncio.coroutine(async () => {}), async () => {}];
  for (const fn of yes.flatMap((fn) => [fn, fn.bind(null)])) assert.equal(asyncio.isCoroutineFunction(fn), true);
  const no = [generator, async function* () {}, () => Promise.resolve(), asyncio.Future, generator(), null, undefined, {}];
  for (const value of no) assert.equal(asyncio.isCoroutineFunction(value), false);
});
