/** toList(), toSet() and toMap(), which collect async iterables. */
import assert from "node:assert/strict";
import { test } from "vitest";
import { toList, toMap, toSet } from "#uvio/syntax/comprehensions.js";
import * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { eachSpelling } from "./managers.js";

const ours = asyncio.asyncGenerator(function* (emit: asyncio.Emit<number>, ...items: number[]) {
  for (const item of items) {
    yield* asyncio.sleep(0);
    yield* emit(item);
  }
});

async function* native(...items: number[]): AsyncGenerator<number, void, undefined> {
  for (const item of items) {
    await asyncio.sleep(0);
    yield item;
  }
}

eachSpelling("toList, toSet and toMap collect async generators of both kinds", async ({ loops, writer }) => {
  const main = writer.fn(function* main() {
    for (const make of [ours, native]) {
      assert.deepEqual(yield* on(toList(make())), []);
      assert.deepEqual(yield* on(toList(make(3, 1, 3))), [3, 1, 3]);
      assert.deepEqual(yield* on(toSet(make(3, 1, 3))), new Set([3, 1]));
      const pairs = yield* on(toMap(make(1, 2, 1), (n) => [n % 2, `item ${n}`] as const));
      assert.deepEqual(pairs, new Map([[1, "item 1"], [0, "item 2"]])); // prettier-ignore
    }
  });
  await loops.run(main.lazy());
});

eachSpelling("map and filter may be plain, async and generator functions, run under the task", async ({ loops, writer }) => {
  const main = writer.fn(function* main() {
    const task = asyncio.currentTask();
    const async = async (n: number): Promise<number> => {
      await asyncio.sleep(0);
      assert.equal(asyncio.currentTask(), task);
      return n % 2;
    };
    const generator = function* (n: number): asyncio.CoroutineGenerator<number> {
      yield* asyncio.sleep(0);
      assert.equal(asyncio.currentTask(), task);
      return n % 2;
    };
    for (const part of [(n: number) => n % 2, async, generator, (n: number) => asyncio.sleep(0, n % 2)]) {
      assert.deepEqual(yield* on(toList<number, unknown>(ours(1, 2, 3), part)), [1, 0, 1]);
      assert.deepEqual(yield* on(toList(ours(1, 2, 3), { filter: part })), [1, 3]);
      assert.deepEqual(yield* on(toSet<number, unknown>(native(1, 2, 3), { map: part, filter: part })), new Set([1]));
    }
  });
  await loops.run(main.lazy());
});

eachSpelling("an error of the iterable, of map or of filter ends the collecting", async ({ loops, writer }) => {
  const failure = new Error("of a part");
  const fail = (): never => {
    throw failure;
  };
  const main = writer.fn(function* main() {
    for (const target of [
      () => toList(ours(1), fail),
      () => toSet(native(1), { filter: fail }),
      () =>
        toMap(
          asyncio.asyncGenerator(function* (): asyncio.CoroutineGenerator<void> {
            throw failure;
          })() as AsyncIterable<[number, number]>,
        ),
    ]) {
      let caught: unknown;
      try {
        yield* on(target() as asyncio.Coroutine<unknown>);
      } catch (error) {
        caught = error;
      }
      assert.equal(caught, failure);
    }
  });
  await loops.run(main.lazy());
});

eachSpelling("cancelling reaches what is awaited between two items", async ({ loops, writer }) => {
  const main = writer.fn(function* main() {
    const slow = asyncio.asyncGenerator(function* (emit: asyncio.Emit<number>) {
      yield* emit(1);
      yield* asyncio.sleep(3600);
    });
    const collecting = writer.fn(function* collecting() {
      return yield* on(toList(slow()));
    });
    const task = asyncio.createTask(collecting.lazy());
    for (let i = 0; i < 3; i++) yield* on(asyncio.sleep(0));
    task.cancel();
    yield* on(asyncio.wait([task]));
    assert.equal(task.cancelled(), true);
  });
  await loops.run(main.lazy());
});

test("misuse is a TypeError that says what was wrong", async () => {
  assert.throws(() => toList([1] as never), /toList: iterable must be an async iterable/);
  assert.throws(() => toSet(ours(), { map: 1 } as never), /toSet: map must be a function, got 1/);
  await assert.rejects(
    asyncio.run(() => toMap(ours(1) as never)),
    /toMap: items must be pairs \[key, value\], got 1/,
  );
});

test("results are inferred through map", () => {
  const types = [
    (): asyncio.Coroutine<number[]> => toList(ours(1)),
    (): asyncio.Coroutine<string[]> => toList(ours(1), async (n) => String(n)),
    (): asyncio.Coroutine<boolean[]> => toList(ours(1), function* (n) { return n > 1; }), // prettier-ignore
    (): asyncio.Coroutine<Set<string>> => toSet(native(1), { map: (n) => String(n), filter: async (n) => n > 1 }),
    (): asyncio.Coroutine<number[]> => toList(ours(1), { filter: (n) => n > 1 }),
    (): asyncio.Coroutine<Map<string, number>> => toMap(ours(1), (n) => [String(n), n] as const),
  ];
  assert.equal(types.length, 6);
});
