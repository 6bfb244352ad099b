/** ExitStack and AsyncExitStack. */
import assert from "node:assert/strict";
import { test } from "vitest";
import * as asyncio from "uvio";
import { asyncContextManager, AsyncExitStack, contextManager, ExitStack } from "uvio/contextlib";
import { on } from "../../support/spellings.js";
import { eachSpelling, give, type ManagerBody } from "./managers.js";

const FROM_BODY = new Error("from the body");
const OK: asyncio.Outcome = { ok: true };

function raise(error: unknown): never {
  throw error;
}

eachSpelling("an AsyncExitStack calls exits and callbacks of both kinds, last in first out", async ({ loops, writer }) => {
  const result: unknown[] = [];
  const later = writer.block(function* (...args: unknown[]) {
    yield* on(asyncio.sleep(0));
    result.push(args);
  });
  const manager: asyncio.AsyncManager<string, void> = {
    aenter: writer.fn(function* aenter() {
      yield* on(asyncio.sleep(0));
      result.push("enter");
      return "entered";
    }),
    aexit: writer.fn(function* aexit(outcome: asyncio.Outcome) {
      yield* on(asyncio.sleep(0));
      result.push(outcome);
    }),
  };
  const sync = { enter: () => "sync", exit: () => void result.push("sync exit") };
  const main = writer.fn(function* main() {
    const block = writer.block(function* (stack: AsyncExitStack) {
      assert.equal(stack.pushAsyncCallback(later, 1, "two"), later);
      stack.callback(() => result.push("callback"));
      assert.equal(yield* on(stack.enterAsyncContext(manager)), "entered");
      assert.equal(stack.enterContext(sync), "sync");
      stack.pushAsyncCallback(later);
      result.push("body");
      return "done";
    });
    return yield* on(asyncio.asyncWith(new AsyncExitStack(), block));
  });
  assert.equal(await loops.run(main.lazy()), "done");
  assert.deepEqual(result, ["enter", "body", [], "sync exit", OK, "callback", [1, "two"]]);
});

eachSpelling("exits see what those after them have suppressed or raised", async ({ loops, writer }) => {
  const second = new Error("second");
  const seen: unknown[] = [];
  const note = writer.block(function* (outcome: asyncio.Outcome) {
    seen.push(outcome.ok ? "ok" : outcome.error);
  });
  const suppress = writer.fn(function* suppress() {
    yield* on(asyncio.sleep(0));
    return true;
  });
  const main = writer.fn(function* main() {
    const block = writer.block(function* (stack: AsyncExitStack) {
      stack.pushAsyncExit(note);
      stack.pushAsyncExit({ aexit: suppress });
      stack.push((outcome) => void seen.push(outcome.ok ? "ok" : outcome.error));
      stack.pushAsyncCallback(
        writer.block(function* () {
          throw second;
        }),
      );
      stack.pushAsyncExit(note);
      throw FROM_BODY;
    });
    return yield* on(asyncio.asyncWith(new AsyncExitStack(), block));
  });
  assert.equal(await loops.run(main.lazy()), undefined);
  assert.deepEqual(seen, [FROM_BODY, second, "ok"]);
});

eachSpelling("an error raised by an exit replaces the block's, and a suppressed one does not come back", async ({ loops, writer }) => {
  const first = new Error("raised last");
  const main = writer.fn(function* main() {
    const stack = new AsyncExitStack();
    stack.callback(raise, first);
    stack.push(() => true);
    stack.callback(raise, new Error("suppressed"));
    return yield* on(stack.aexit({ ok: false, error: FROM_BODY }));
  });
  await assert.rejects(loops.run(main.lazy()), (error) => error === first);
});

eachSpelling("aexit is true only if there was an error to suppress", async ({ loops, writer }) => {
  const main = writer.fn(function* main() {
    const stack = new AsyncExitStack();
    stack.push(() => true);
    const without = yield* on(stack.aexit(OK));
    stack.push(() => true);
    const suppressed = yield* on(stack.aexit({ ok: false, error: FROM_BODY }));
    const passed = yield* on(stack.aexit({ ok: false, error: FROM_BODY }));
    return [without, suppressed, passed];
  });
  assert.deepEqual(await loops.run(main.lazy()), [false, true, false]);
});

eachSpelling("popAll moves the exits to a stack that is closed by hand, once", async ({ loops, writer }) => {
  const state: string[] = [];
  const main = writer.fn(function* main() {
    const block = writer.block(function* (stack: AsyncExitStack) {
      stack.callback(() => state.push("one"));
      stack.pushAsyncCallback(
        writer.block(function* () {
          state.push("two");
        }),
      );
      return stack.popAll();
    });
    const kept = yield* on(asyncio.asyncWith(new AsyncExitStack(), block));
    state.push("block left");
    yield* on(kept!.aclose());
    yield* on(kept!.aclose());
  });
  await loops.run(main.lazy());
  assert.deepEqual(state, ["block left", "two", "one"]);
});

eachSpelling("a manager whose aenter fails is not exited; those before it are", async ({ loops, writer, manager }) => {
  const state: string[] = [];
  const good = manager<void, []>(function* (): ManagerBody {
    try {
      yield* give();
    } catch (error) {
      state.push((error as Error).message);
      throw error;
    }
  });
  const bad: asyncio.AsyncManager<void> = {
    aenter: writer.fn(function* aenter() {
      throw FROM_BODY;
    }),
    aexit: writer.fn(function* aexit() {
      state.push("never");
    }),
  };
  const main = writer.fn(function* main() {
    const block = writer.block(function* (stack: AsyncExitStack) {
      yield* on(stack.enterAsyncContext(good()));
      yield* on(stack.enterAsyncContext(bad));
    });
    yield* on(asyncio.asyncWith(new AsyncExitStack(), block));
  });
  await assert.rejects(loops.run(main.lazy()), (error) => error === FROM_BODY);
  assert.deepEqual(state, ["from the body"]);
});

/** A manager that has a stack of its own. */
const limited = (seconds: number): asyncio.AsyncManager<void, boolean> => {
  const stack = new AsyncExitStack();
  return {
    aenter: () => stack.enterAsyncContext(asyncio.timeout(seconds)) as unknown as asyncio.Awaitable<void>,
    aexit: (outcome) => stack.aexit(outcome),
  };
};

eachSpelling("a timeout entered on the stack cancels what the block awaits, and nothing beside it", async ({ loops, writer, manager }) => {
  const inGenerator = manager<void, []>(function* (): ManagerBody {
    const stack = new AsyncExitStack();
    yield* on(stack.enterAsyncContext(asyncio.timeout(0.01)));
    let outcome: asyncio.Outcome = OK;
    try {
      yield* give();
    } catch (error) {
      outcome = { ok: false, error };
    }
    yield* on(stack.aexit(outcome));
    if (!outcome.ok) throw outcome.error;
  });
  const main = writer.fn(function* main() {
    for (const timeout of [() => asyncio.timeout(0.01), () => limited(0.01), inGenerator, withBlock]) {
      const block = writer.block(function* (stack: AsyncExitStack) {
        yield* on(stack.enterAsyncContext(timeout() as asyncio.AsyncManager<unknown>));
        yield* on(asyncio.sleep(3600));
      });
      const inside = async (): Promise<string> => {
        await assert.rejects(async () => await asyncio.asyncWith(new AsyncExitStack(), block), asyncio.TimeoutError);
        return "timed out";
      };
      const both = asyncio.coroutine(async () => await Promise.all([inside(), asyncio.sleep(0.02, "beside")]));
      assert.deepEqual(yield* on(both()), ["timed out", "beside"]);
      assert.equal(asyncio.currentTask()!.cancelling(), 0);
    }
  });
  await loops.run(main.lazy());
});

/** A generator that is suspended inside of a timeout's block, while the stack's block runs. */
const withBlock = asyncContextManager(function* (emit: asyncio.Emit<void>) {
  yield* asyncio.asyncWith(asyncio.timeout(0.01), function* () {
    yield* emit();
  });
});

eachSpelling("a TaskGroup entered on the stack waits for its tasks, and a failing one cancels the block", async ({ loops, writer }) => {
  const seen: string[] = [];
  const main = writer.fn(function* main() {
    const waits = writer.block(function* (stack: AsyncExitStack) {
      const group = yield* on(stack.enterAsyncContext(new asyncio.TaskGroup()));
      group.createTask(async () => {
        await asyncio.sleep(0.001);
        seen.push("child");
      });
    });
    yield* on(asyncio.asyncWith(new AsyncExitStack(), waits));
    seen.push("left");
    const fails = writer.block(function* (stack: AsyncExitStack) {
      const group = yield* on(stack.enterAsyncContext(new asyncio.TaskGroup()));
      group.createTask(async () => raise(FROM_BODY));
      yield* on(asyncio.sleep(3600));
    });
    try {
      yield* on(asyncio.asyncWith(new AsyncExitStack(), fails));
    } catch (error) {
      assert.ok(error instanceof asyncio.ExceptionGroup);
      assert.deepEqual(error.exceptions, [FROM_BODY]);
      seen.push("failed");
    }
    assert.equal(asyncio.currentTask()!.cancelling(), 0);
  });
  await loops.run(main.lazy());
  assert.deepEqual(seen, ["child", "left", "failed"]);
});

eachSpelling("a timeout moved on by popAll goes on to limit the task", async ({ loops, writer }) => {
  const main = writer.fn(function* main() {
    const block = writer.block(function* (stack: AsyncExitStack) {
      yield* on(stack.enterAsyncContext(asyncio.timeout(0.01)));
      return stack.popAll();
    });
    const kept = (yield* on(asyncio.asyncWith(new AsyncExitStack(), block)))!;
    try {
      yield* on(asyncio.sleep(3600));
    } catch (error) {
      yield* on(kept.aexit({ ok: false, error }));
    }
  });
  await assert.rejects(loops.run(main.lazy()), asyncio.TimeoutError);
});

eachSpelling("cancelling a task that waits in an exit goes on with the exits before it", async ({ loops, writer }) => {
  const state: string[] = [];
  const main = writer.fn(function* main() {
    const work = writer.fn(function* work() {
      const block = writer.block(function* (stack: AsyncExitStack) {
        stack.push((outcome) => void state.push(outcome.ok ? "ok" : (outcome.error as Error).name));
        stack.pushAsyncCallback(
          writer.block(function* () {
            state.push("waiting");
            yield* on(asyncio.sleep(3600));
          }),
        );
      });
      yield* on(asyncio.asyncWith(new AsyncExitStack(), block));
    });
    const task = asyncio.createTask(work.lazy());
    while (state.length === 0) yield* on(asyncio.sleep(0));
    task.cancel();
    yield* on(asyncio.wait([task]));
    assert.equal(task.cancelled(), true);
  });
  await loops.run(main.lazy());
  assert.deepEqual(state, ["waiting", "CancelledError"]);
});

test("an ExitStack unwinds as nested blocks do", () => {
  const seen: unknown[] = [];
  const second = new Error("second");
  const value = asyncio.withManager(new ExitStack(), (stack) => {
    stack.push((outcome) => void seen.push(outcome));
    stack.push({ exit: () => true });
    stack.callback(raise, second);
    stack.push((outcome) => void seen.push(outcome));
    throw FROM_BODY;
  });
  assert.equal(value, undefined);
  assert.deepEqual(seen, [{ ok: false, error: FROM_BODY }, OK]);
  assert.throws(
    () => asyncio.withManager(new ExitStack(), (stack) => void stack.callback(raise, second)),
    (error) => error === second,
  );
});

test("an ExitStack enters managers, and popAll keeps them beyond the block", () => {
  const state: string[] = [];
  const opened = contextManager(function* (name: string) {
    state.push(`open ${name}`);
    yield name;
    state.push(`close ${name}`);
  });
  const kept = asyncio.withManager(new ExitStack(), (stack) => {
    assert.equal(stack.enterContext(opened("a")), "a");
    assert.equal(stack.enterContext(opened("b")), "b");
    return stack.popAll();
  });
  assert.ok(kept instanceof ExitStack);
  assert.deepEqual(state, ["open a", "open b"]);
  kept.close();
  assert.deepEqual(state, ["open a", "open b", "close b", "close a"]);
});

test("stacks reject what is no manager, and say which method takes it", () => {
  const stack = new AsyncExitStack();
  const lock = new asyncio.Lock();
  const sync = contextManager(function* () {
    yield 1;
  })();
  for (const wrong of [null, undefined, {}, { aenter() {} }, { aexit() {} }]) {
    assert.throws(
      () => stack.enterAsyncContext(wrong as never),
      /TypeError: manager must support the asynchronous context manager protocol/,
    );
    assert.throws(() => stack.enterContext(wrong as never), /TypeError: manager must support the context manager protocol/);
  }
  assert.throws(() => stack.enterAsyncContext(sync as never), /use enterContext\(\)/);
  assert.throws(() => stack.enterContext(lock as never), /use enterAsyncContext\(\)/);
  for (const wrong of [null, {}, 1]) {
    assert.throws(() => stack.push(wrong as never), TypeError);
    assert.throws(() => stack.pushAsyncExit(wrong as never), TypeError);
    assert.throws(() => stack.callback(wrong as never), TypeError);
    assert.throws(() => stack.pushAsyncCallback(wrong as never), TypeError);
  }
  assert.equal(String(stack), "<AsyncExitStack of 0>");
});

test("a synchronous exit that has to be awaited is a TypeError: its promise must not pass for a true result", () => {
  const stack = new ExitStack();
  assert.throws(() => stack.push(async () => true), /use pushAsyncExit\(\)/);
  assert.throws(() => stack.callback(function* () {}), /use pushAsyncCallback\(\)/);
  stack.push(() => Promise.resolve(true));
  assert.throws(
    () => stack.exit({ ok: false, error: FROM_BODY }),
    /the result of <anonymous>, an object of class Promise, must be awaited; use pushAsyncExit\(\)/,
  );
});
