/** contextManager(), closing(), aclosing(), suppress() and nullContext(). */
import assert from "node:assert/strict";
import { test } from "vitest";
import * as asyncio from "uvio";
import { aclosing, closing, contextManager, nullContext, suppress } from "uvio/contextlib";
import { on } from "../../support/spellings.js";
import { eachSpelling } from "./managers.js";

const FROM_BODY = new Error("from the body");

test("contextManager: the block's error goes through the generator, which may handle, replace or pass it", () => {
  const other = new Error("other");
  const state: string[] = [];
  const managed = contextManager(function* (mode: string) {
    try {
      yield mode;
    } catch (error) {
      if (mode === "replace") throw other;
      if (mode === "pass") throw error;
    } finally {
      state.push(mode);
    }
  });
  const fail = (): never => {
    throw FROM_BODY;
  };
  assert.equal(
    asyncio.withManager(managed("normal"), (mode) => `${mode} value`),
    "normal value",
  );
  assert.equal(asyncio.withManager(managed("suppress"), fail), undefined);
  assert.throws(
    () => asyncio.withManager(managed("replace"), fail),
    (error) => error === other,
  );
  assert.throws(
    () => asyncio.withManager(managed("pass"), fail),
    (error) => error === FROM_BODY,
  );
  assert.deepEqual(state, ["normal", "suppress", "replace", "pass"]);
});

test("contextManager: yielding never or twice is a RuntimeError, and closes the generator", () => {
  const closed: number[] = [];
  const faulty = contextManager(function* (times: number) {
    try {
      for (let i = 0; i < times; i++) yield i;
    } finally {
      closed.push(times);
    }
  });
  const stubborn = contextManager(function* () {
    try {
      yield 1;
    } catch {
      yield 2;
    }
  });
  assert.throws(() => asyncio.withManager(faulty(0), () => {}), { name: "RuntimeError", message: "generator didn't yield" });
  assert.throws(() => asyncio.withManager(faulty(2), () => {}), { name: "RuntimeError", message: "generator didn't stop" });
  const throwing = (): void => {
    throw FROM_BODY;
  };
  assert.throws(() => asyncio.withManager(stubborn(), throwing), { name: "RuntimeError", message: "generator didn't stop after throw()" });
  assert.deepEqual(closed, [0, 2]);
});

test("contextManager: a manager is good for one block, and only generator functions make one", () => {
  const named = contextManager(function* named() {
    yield 1;
  });
  assert.equal(named.name, "named");
  const once = named();
  asyncio.withManager(once, () => {});
  assert.throws(() => once.enter(), /<context manager named> has already been entered/);
  assert.throws(() => contextManager(async function* () {} as never), /use asyncContextManager\(\)/);
  assert.throws(() => contextManager(1 as never), TypeError);
  const plain = contextManager((() => 1) as never) as () => unknown;
  assert.throws(plain, /must be a generator function, but returned 1/);
});

test("closing closes at the end of the block, whichever way it ends", () => {
  let closed = 0;
  const thing = { close: () => ++closed };
  assert.equal(
    asyncio.withManager(closing(thing), (it) => it === thing),
    true,
  );
  assert.throws(
    () =>
      asyncio.withManager(closing(thing), () => {
        throw FROM_BODY;
      }),
    (error) => error === FROM_BODY,
  );
  assert.equal(closed, 2);
  assert.throws(() => closing({} as never), /thing must have close\(\)/);
  assert.throws(() => aclosing(null as never), /thing must have aclose\(\)/);
});

eachSpelling("aclosing waits for aclose() at the end of the block, whichever way it ends", async ({ loops, writer }) => {
  const state: string[] = [];
  const aclose = writer.fn(function* aclose() {
    yield* on(asyncio.sleep(0));
    state.push(asyncio.currentTask() === null ? "no task" : "closed");
  });
  const thing = { aclose: () => aclose() };
  const main = writer.fn(function* main() {
    const ends = writer.block(function* (it: object) {
      assert.equal(it, thing);
    });
    yield* on(asyncio.asyncWith(aclosing(thing), ends));
    const throws = writer.block(function* () {
      throw FROM_BODY;
    });
    yield* on(asyncio.asyncWith(aclosing(thing), throws));
  });
  await assert.rejects(loops.run(main.lazy()), (error) => error === FROM_BODY);
  assert.deepEqual(state, ["closed", "closed"]);
});

eachSpelling("aclosing ends async generators of both kinds where they are suspended", async ({ loops, writer }) => {
  const state: string[] = [];
  const native = async function* (): AsyncGenerator<number, void, undefined> {
    try {
      yield 1;
    } finally {
      await asyncio.sleep(0);
      state.push("native");
    }
  };
  const ours = asyncio.asyncGenerator(function* (give: asyncio.Emit<number>) {
    try {
      yield* give(1);
    } finally {
      yield* asyncio.sleep(0);
      state.push("ours");
    }
  });
  const main = writer.fn(function* main() {
    for (const made of [native(), ours()]) {
      const block = writer.block(function* (items: AsyncIterable<number>) {
        yield* on(asyncio.asyncFor(items, async () => asyncio.BREAK));
      });
      yield* on(asyncio.asyncWith(aclosing(made as ReturnType<typeof ours>), block));
    }
  });
  await loops.run(main.lazy());
  assert.deepEqual(state, ["native", "ours"]);
});

test("suppress ends the block quietly for the classes it names, and for no others", () => {
  class Derived extends TypeError {}
  const throwing = (error: unknown) => () => {
    throw error;
  };
  assert.equal(asyncio.withManager(suppress(TypeError, RangeError), throwing(new Derived())), undefined);
  assert.equal(
    asyncio.withManager(suppress(TypeError), () => 1),
    1,
  );
  for (const [classes, error] of [
    [[RangeError], new TypeError()],
    [[], new TypeError()],
    [[Error], "no Error"],
    [[Error], new asyncio.CancelledError()],
    [[Error], new asyncio.KeyboardInterrupt()],
  ] as const) {
    assert.throws(
      () => asyncio.withManager(suppress(...classes), throwing(error)),
      (caught) => caught === error,
    );
  }
  assert.equal(asyncio.withManager(suppress(asyncio.CancelledError), throwing(new asyncio.CancelledError())), undefined);
  assert.throws(() => suppress(new Error() as never), /must be classes of errors/);
});

test("suppress leaves out what matches of an ExceptionGroup", () => {
  const wanted = new RangeError();
  const group = new asyncio.ExceptionGroup("group", [new TypeError(), new asyncio.ExceptionGroup("inner", [wanted, new TypeError()])]);
  const fail = (): never => {
    throw group;
  };
  assert.equal(asyncio.withManager(suppress(TypeError, RangeError), fail), undefined);
  assert.throws(
    () => asyncio.withManager(suppress(TypeError), fail),
    (error) => error instanceof asyncio.ExceptionGroup && (error.exceptions[0] as asyncio.ExceptionGroup).exceptions[0] === wanted,
  );
  assert.throws(
    () => asyncio.withManager(suppress(SyntaxError), fail),
    (error) => error === group,
  );
});

eachSpelling("suppress and nullContext work with asyncWith as well, again and again", async ({ loops, writer }) => {
  const main = writer.fn(function* main() {
    const quiet = suppress(TypeError);
    const nothing = nullContext("value");
    const throws = writer.block(function* () {
      throw new TypeError();
    });
    const gives = writer.block(function* (value: string) {
      return value;
    });
    for (let i = 0; i < 2; i++) {
      assert.equal(yield* on(asyncio.asyncWith(quiet, throws)), undefined);
      assert.equal(yield* on(asyncio.asyncWith(nothing, gives)), "value");
    }
  });
  await loops.run(main.lazy());
  assert.equal(
    asyncio.withManager(nullContext(), (value) => value),
    null,
  );
});
