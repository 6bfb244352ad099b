/** asyncContextManager(): managers made of async generators, in every spelling. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "vitest";
import * as asyncio from "uvio";
import { asyncContextManager } from "uvio/contextlib";
import { testFile } from "../../support/paths.js";
import { on } from "../../support/spellings.js";
import { eachSpelling, give, type ManagerBody } from "./managers.js";

const FROM_BODY = new Error("from the body");

eachSpelling(
  "a block's value is what the generator yields, and the rest of it runs after the block",
  async ({ loops, writer, manager }) => {
    const state: unknown[] = [];
    const woohoo = manager<number, []>(function* (): ManagerBody {
      state.push(1);
      yield* on(asyncio.sleep(0));
      yield* give(42);
      yield* on(asyncio.sleep(0));
      state.push(999);
    });
    const main = writer.fn(function* main() {
      return yield* on(
        asyncio.asyncWith(
          woohoo(),
          writer.block(function* (x: number) {
            state.push(x);
            return "result";
          }),
        ),
      );
    });
    assert.equal(await loops.run(main.lazy()), "result");
    assert.deepEqual(state, [1, 42, 999]);
  },
);

eachSpelling("the block's error is thrown into the generator, whose finally runs, and leaves the block as the same object", async (t) => {
  const state: unknown[] = [];
  const woohoo = t.manager<void, []>(function* (): ManagerBody {
    try {
      yield* give();
    } finally {
      yield* on(asyncio.sleep(0));
      state.push("finally");
    }
  });
  const main = t.writer.fn(function* main() {
    yield* on(
      asyncio.asyncWith(
        woohoo(),
        t.writer.block(function* () {
          throw FROM_BODY;
        }),
      ),
    );
  });
  await assert.rejects(t.loops.run(main.lazy()), (error) => error === FROM_BODY);
  assert.deepEqual(state, ["finally"]);
});

eachSpelling("a generator that handles the block's error suppresses it", async ({ loops, writer, manager }) => {
  const woohoo = manager<void, [unknown[]]>(function* (seen): ManagerBody {
    try {
      yield* give();
    } catch (error) {
      seen.push(error);
    }
  });
  const seen: unknown[] = [];
  const main = writer.fn(function* main() {
    const block = writer.block(function* () {
      throw FROM_BODY;
    });
    return yield* on(asyncio.asyncWith(woohoo(seen), block));
  });
  assert.equal(await loops.run(main.lazy()), undefined);
  assert.deepEqual(seen, [FROM_BODY]);
});

eachSpelling(
  "aexit gives false for an error that passes through the generator, and does not throw it",
  async ({ loops, writer, manager }) => {
    const whee = manager<void, []>(function* (): ManagerBody {
      yield* give();
    });
    const main = writer.fn(function* main() {
      const ctx = whee();
      yield* on(ctx.aenter());
      return yield* on(ctx.aexit({ ok: false, error: FROM_BODY }));
    });
    assert.equal(await loops.run(main.lazy()), false);
  },
);

eachSpelling("a generator that does not yield, or yields twice, is a RuntimeError, and is closed", async ({ loops, writer, manager }) => {
  const closed: number[] = [];
  const faulty = manager<number, [times: number, after?: unknown]>(function* (times): ManagerBody {
    try {
      for (let i = 0; i < times; i++) yield* give(i);
    } finally {
      closed.push(times);
    }
  });
  const stubborn = manager<void, []>(function* (): ManagerBody {
    try {
      yield* give();
    } catch {
      try {
        yield* give();
      } finally {
        closed.push(-1);
      }
    }
  });
  const main = writer.fn(function* main() {
    const never = faulty(0).aenter();
    yield* on(rejects(never, "generator didn't yield"));
    const twice = faulty(2);
    assert.equal(yield* on(twice.aenter()), 0);
    yield* on(rejects(twice.aexit({ ok: true }), "generator didn't stop"));
    const caught = stubborn();
    yield* on(caught.aenter());
    yield* on(rejects(caught.aexit({ ok: false, error: FROM_BODY }), "generator didn't stop after athrow()"));
  });
  await loops.run(main.lazy());
  assert.deepEqual(closed, [0, 2, -1]);
});

eachSpelling("StopAsyncIteration thrown by the block is an error like any other", async ({ loops, writer, manager }) => {
  class Derived extends asyncio.StopAsyncIteration {}
  const woohoo = manager<void, []>(function* (): ManagerBody {
    yield* give();
  });
  const main = writer.fn(function* main() {
    for (const stop of [new asyncio.StopAsyncIteration("ham"), new Derived("spam")]) {
      const block = writer.block(function* () {
        throw stop;
      });
      yield* on(rejectsWith(asyncio.asyncWith(woohoo(), block), stop));
    }
  });
  await loops.run(main.lazy());
});

eachSpelling(
  "a RuntimeError that wraps the block's error replaces it, except of a StopAsyncIteration",
  async ({ loops, writer, manager }) => {
    const wrapping = manager<void, []>(function* (): ManagerBody {
      try {
        yield* give();
      } catch (error) {
        throw new asyncio.RuntimeError("caught", { cause: error });
      }
    });
    const stop = new asyncio.StopAsyncIteration("end");
    const main = writer.fn(function* main() {
      const block = writer.block(function* (this: void) {
        throw FROM_BODY;
      });
      yield* on(rejects(asyncio.asyncWith(wrapping(), block), "caught"));
      const stopping = writer.block(function* () {
        throw stop;
      });
      yield* on(rejectsWith(asyncio.asyncWith(wrapping(), stopping), stop));
    });
    await loops.run(main.lazy());
  },
);

eachSpelling("a manager is good for one block; its function makes as many as are wanted, also one in the other", async (t) => {
  let depth = 0;
  const nested = t.manager<number, []>(function* (): ManagerBody {
    depth++;
    yield* give(depth);
    depth--;
  });
  const main = t.writer.fn(function* main() {
    const recursive = (): asyncio.Awaitable<unknown> => {
      const block = t.writer.block(function* (level: number) {
        return level < 10 ? yield* on(recursive()) : level;
      });
      return asyncio.asyncWith(nested(), block);
    };
    assert.equal(yield* on(recursive()), 10);
    const once = nested();
    yield* on(once.aenter());
    yield* on(rejects(once.aenter(), /already been entered; call its function again/));
    assert.equal(yield* on(once.aexit({ ok: true })), false);
  });
  await t.loops.run(main.lazy());
  assert.equal(depth, 0);
});

eachSpelling("a timeout around the yield reaches the block, and nothing beside it", async ({ loops, writer, manager }) => {
  const limited = manager<void, []>(function* (): ManagerBody {
    const limit = asyncio.timeout(0.01);
    yield* on(limit.aenter());
    try {
      yield* give();
    } catch (error) {
      yield* on(limit.aexit({ ok: false, error }));
      throw error;
    }
    yield* on(limit.aexit({ ok: true }));
  });
  const main = writer.fn(function* main() {
    const block = writer.block(function* () {
      yield* on(asyncio.sleep(3600));
    });
    const inside = asyncio.coroutine(async () => {
      await assert.rejects(async () => await asyncio.asyncWith(limited(), block), asyncio.TimeoutError);
      return "timed out";
    });
    const beside = asyncio.coroutine(async () => await asyncio.sleep(0.02, "beside"));
    const both = asyncio.coroutine(async () => await Promise.all([inside(), beside()]));
    assert.deepEqual(yield* on(both()), ["timed out", "beside"]);
    assert.equal(asyncio.currentTask()!.cancelling(), 0);
  });
  await loops.run(main.lazy());
});

eachSpelling("golden: asynccontextmanager_flow", async ({ loops, writer, manager }) => {
  const lines: string[] = [];
  const log = (...parts: unknown[]): void => void lines.push(parts.join(" "));
  const resource = manager<string, [tag: string, mode: string]>(function* (tag, mode): ManagerBody {
    log(tag, "enter");
    try {
      yield* give(`${tag} handle`);
      log(tag, "body succeeded");
    } catch (error) {
      if (!(error instanceof asyncio.ValueError)) throw error;
      log(tag, "saw ValueError", error.message);
      if (mode === "replace") throw new asyncio.LookupError("replaced");
      if (mode === "pass") throw error;
    } finally {
      yield* on(asyncio.sleep(0));
      log(tag, "exit");
    }
  });
  const faulty = manager<number, [times: number]>(function* (times): ManagerBody {
    for (let i = 0; i < times; i++) yield* give(i);
  });
  const use = writer.fn(function* use(tag: string, mode: string, fail: boolean) {
    try {
      const block = writer.block(function* (handle: string) {
        log("using", handle);
        if (fail) throw new asyncio.ValueError("from body");
      });
      yield* on(asyncio.asyncWith(resource(tag, mode), block));
      log("block left normally");
    } catch (error) {
      log("outside:", (error as Error).constructor.name, (error as Error).message);
    }
  });
  const main = writer.fn(function* main() {
    yield* on(use("r1", "suppress", false));
    yield* on(use("r2", "suppress", true));
    yield* on(use("r3", "pass", true));
    yield* on(use("r4", "replace", true));
    for (const times of [0, 1, 2]) {
      const block = writer.block(function* () {
        log("body with", times, "yields");
      });
      try {
        yield* on(asyncio.asyncWith(faulty(times), block));
      } catch (error) {
        if (!(error instanceof asyncio.RuntimeError)) throw error;
        log("RuntimeError for", times, "yields");
      }
    }
  });
  await loops.run(main.lazy());
  const recorded = readFileSync(testFile("golden", "recorded", "asynccontextmanager_flow.txt"), "utf8");
  assert.deepEqual(lines, recorded.trimEnd().split("\n"));
});

test("asyncContextManager keeps the function's name, and rejects what makes no async generator", async () => {
  const named = asyncContextManager(async function* baz(value: number) {
    yield value;
  });
  assert.equal(named.name, "baz");
  assert.throws(() => asyncContextManager(null as never), TypeError);
  const plain = asyncContextManager((() => 1) as never) as () => unknown;
  assert.throws(plain, /must be an async generator function or a generator function, but returned 1/);
});

test("asyncContextManager infers the value of the block", () => {
  const text = asyncContextManager(async function* (count: number) {
    yield "x".repeat(count);
  });
  const emitting = asyncContextManager(function* (emit: asyncio.Emit<number>, _name: string) {
    yield* emit(1);
  });
  const forwarded = asyncContextManager(
    asyncio.asyncGenerator(function* (emit: asyncio.Emit<Date>) {
      yield* emit(new Date(0));
    }),
  );
  const blocks = [
    () => asyncio.asyncWith(text(3), async (value): Promise<string> => value satisfies string),
    () => asyncio.asyncWith(emitting("n"), async (value): Promise<number> => value satisfies number),
    () => asyncio.asyncWith(forwarded(), async (value): Promise<Date> => value satisfies Date),
    // @ts-expect-error -- the count is a number
    () => text("3"),
  ];
  assert.equal(blocks.length, 4);
});

const rejects = asyncio.coroutine(async (target: PromiseLike<unknown>, message: string | RegExp) => {
  await assert.rejects(
    async () => await target,
    (error) =>
      error instanceof asyncio.RuntimeError && (typeof message === "string" ? error.message === message : message.test(error.message)),
  );
});

const rejectsWith = asyncio.coroutine(async (target: PromiseLike<unknown>, expected: unknown) => {
  await assert.rejects(
    async () => await target,
    (error) => error === expected,
  );
});
