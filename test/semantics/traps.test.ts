/** Traps for naive ports, and for async functions in place of coroutines. docs/asyncio-differences.md lists the differences that remain. */
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { test } from "vitest";
import * as asyncio from "uvio";
import { runChild } from "../support/child.js";
import { eachLoop } from "../support/loops.js";
import { failure, on, program, turns } from "./scenes.js";

eachLoop(
  "trap 2: the loser of Promise.race stays part of the task, and a cancellation during a foreign promise reaches only it",
  async (t) => {
    await t.run(async () => {
      const events: string[] = [];
      let settle!: () => void;
      const foreign = new Promise<void>((resolve) => (settle = resolve));
      const task = asyncio.createTask(async () => {
        const loser = asyncio.sleep(3600).then(null, (error: unknown) => events.push(`loser ${(error as Error).name}`));
        await Promise.race([loser, asyncio.sleep(0)]);
        await foreign;
        events.push("not cancelled");
        return "result";
      });
      await turnsOf(4);
      task.cancel();
      await turnsOf(2);
      settle();
      assert.equal(await task, "result");
      assert.deepEqual(events, ["loser CancelledError", "not cancelled"]);
    });
  },
);

test("trap 3: of two awaits in flight whose promises are awaited one after the other, cancelling leaves one unhandled, and Node says so", async () => {
  const result = await runChild(`
    import * as asyncio from "uvio";
    await asyncio.run(async () => {
      const task = asyncio.createTask(async () => {
        const wait = async () => await asyncio.sleep(3600);
        const a = wait(), b = wait();
        await a;
        await b;
      });
      await asyncio.sleep(0);
      task.cancel();
      await asyncio.wait([task]);
      console.log("cancelled", task.cancelled());
      await asyncio.sleep(0.001);
    });`);
  assert.equal(result.code, 1);
  assert.match(result.stderr, /CancelledError/);
});

eachLoop("trap 3: awaited together they are all handled", async (t) => {
  await t.run(async () => {
    const wait = async (): Promise<void> => await asyncio.sleep(3600);
    const task = asyncio.createTask(async () => {
      const [a, b] = [wait(), wait()];
      await Promise.all([a, b]);
    });
    await turnsOf(2);
    task.cancel();
    await asyncio.wait([task]);
    assert.equal(task.cancelled(), true);
  });
});

eachLoop("trap 4: callbacks have no current task, whoever woke the loop and whoever scheduled them", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop() as asyncio.BaseEventLoop;
    const seen: (asyncio.Task<unknown> | null)[] = [];
    const done = loop.createFuture<void>();
    const look = (): void => void seen.push(asyncio.currentTask());
    loop.callSoon(look);
    loop.callLater(0, look);
    setTimeout(() => {
      loop.callSoonThreadsafe(() => {
        look();
        done.setResult();
      });
    }, 1);
    await done;
    assert.deepEqual(seen, [null, null, null]);
    assert.notEqual(asyncio.currentTask(), null);
  });
});

eachLoop(
  "trap 4: the program's own AsyncLocalStorage is its own in every task of async functions, also when another task wakes it",
  async (t) => {
    const storage = new AsyncLocalStorage<string>();
    await t.run(async () => {
      const queue = new asyncio.Queue<string>();
      const consumer = storage.run("consumer", () =>
        asyncio.createTask(async () => {
          const inside = await storage.run("inside", async () => {
            await queue.get();
            return storage.getStore();
          });
          return inside;
        }),
      );
      const producer = asyncio.createTask(async () => {
        await asyncio.sleep(0);
        storage.run("producer", () => queue.putNowait("item"));
      });
      assert.equal(await consumer, "inside");
      await producer;
    });
  },
);

eachLoop("trap 5: an async function as a callback has its context until its first await", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop() as asyncio.BaseEventLoop;
    const variable = new asyncio.ContextVar<string>("v", { default: "default" });
    variable.set("set");
    const values = loop.createFuture<string[]>();
    loop.callSoon(async () => {
      const before = variable.get();
      await Promise.resolve();
      values.setResult([before, variable.get()]);
    });
    assert.deepEqual(await values, ["set", "default"]);
  });
});

program(
  "trap 6: what an async function behind wrapFuture awaits belongs to no task; coroutine(fn)() is run by the awaiter",
  function* (scene) {
    const work = async (): Promise<string> => {
      await asyncio.sleep(0.003);
      return String(asyncio.currentTask() === task);
    };
    const task: asyncio.Task<string[]> = asyncio.createTask(
      asyncio.coroutine(function* () {
        return [yield* asyncio.wrapFuture(outside(work)), yield* asyncio.coroutine(work)()];
      })(),
    );
    const results = yield* on(task);
    assert.equal(results[1], "true");
    const cancelled = asyncio.createTask(
      asyncio.coroutine(function* () {
        yield* asyncio.coroutine(async () => {
          try {
            await asyncio.sleep(3600);
          } finally {
            scene.log("inner await cancelled");
          }
        })();
      })(),
    );
    yield* turns(2);
    cancelled.cancel();
    yield* failure(cancelled, asyncio.CancelledError);
    assert.deepEqual(scene.lines, ["inner await cancelled"]);
  },
);

/** Calls an async function as a plain one, outside of any task. */
function outside<T>(work: () => Promise<T>): Promise<T> {
  const loop = asyncio.getRunningLoop();
  return new Promise<T>((resolve, reject) => {
    loop.callSoon(() => {
      work().then(resolve, reject);
    });
  });
}

eachLoop("trap 7: await of a future that was put into a queue awaits that future too; yield* does not", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop() as asyncio.BaseEventLoop;
    const queue = new asyncio.Queue<asyncio.Future<string>>();
    const future = loop.createFuture<string>();
    queue.putNowait(future);
    queue.putNowait(future);
    const byGenerator = asyncio.createTask(
      asyncio.coroutine(function* () {
        return [yield* queue.get()];
      })(),
    );
    assert.deepEqual(await byGenerator, [future]);
    loop.callSoon(() => future.setResult("its result"));
    const got: unknown = await queue.get();
    assert.equal(got, "its result");
  });
});

eachLoop(
  "trap 8: a callback that resolves a native promise: the next callback runs before its waiter, while futures keep the order",
  async (t) => {
    await t.run(async () => {
      const loop = asyncio.getRunningLoop() as asyncio.BaseEventLoop;
      const order: string[] = [];
      let settle!: () => void;
      const native = new Promise<void>((resolve) => (settle = resolve)).then(() => order.push("promise"));
      const future = loop.createFuture<void>();
      const waiter = asyncio.createTask(async () => {
        await future;
        order.push("future");
      });
      await turnsOf(2);
      loop.callSoon(() => {
        settle();
        future.setResult();
      });
      loop.callSoon(() => order.push("next callback"));
      await Promise.all([native, waiter]);
      assert.ok(order.indexOf("next callback") < order.indexOf("future"));
      assert.ok(order.includes("promise"));
    });
  },
);

eachLoop("trap 9: for await with break closes an async generator at once, with its clean-up awaited", async (t) => {
  await t.run(async () => {
    const events: string[] = [];
    const items = asyncio.asyncGenerator(function* (emit: asyncio.Emit<number>): asyncio.CoroutineGenerator<void> {
      try {
        yield* emit(1);
        yield* emit(2);
      } finally {
        yield* asyncio.sleep(0);
        events.push("closed");
      }
    });
    for await (const item of items()) {
      events.push(`item ${item}`);
      break;
    }
    events.push("after");
    assert.deepEqual(events, ["item 1", "closed", "after"]);
  });
});

eachLoop("handlers chained by hand run without a task, and what they start is not the task's", async (t) => {
  await t.run(async () => {
    const seen: unknown[] = [];
    await new Promise<void>((resolve) => {
      asyncio.sleep(0.001).then(() => {
        seen.push(asyncio.currentTask());
        resolve();
      });
    });
    assert.deepEqual(seen, [null]);
  });
});

eachLoop("a finished task counts as none: what its context leaves behind awaits on its own", async (t) => {
  await t.run(async () => {
    const seen = (asyncio.getRunningLoop() as asyncio.BaseEventLoop).createFuture<unknown>();
    await asyncio.createTask(async () => {
      setTimeout(() => {
        const task = asyncio.currentTask();
        const later = async (): Promise<void> => {
          await asyncio.sleep(0);
          seen.setResult(task);
        };
        void later();
      }, 2);
    });
    assert.equal(await seen, null);
  });
});

async function turnsOf(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await asyncio.sleep(0);
}
