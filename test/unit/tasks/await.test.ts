/** `then` of our awaitables: by await, by hand, by promise combinators. */
import assert from "node:assert/strict";
import { test } from "vitest";
import * as asyncio from "uvio";

const run = <T>(main: () => Promise<T>): Promise<T> => asyncio.run(main);

function done<T>(value: T): asyncio.Future<T> {
  const future = asyncio.getRunningLoop().createFuture<T>();
  future.setResult(value);
  return future;
}

function failed(error: Error): asyncio.Future<never> {
  const future = asyncio.getRunningLoop().createFuture<never>();
  future.setException(error);
  return future;
}

test("awaiting what is done takes no turn of the loop: done, failed, cancelled", async () => {
  await run(async () => {
    const loop = asyncio.getRunningLoop();
    const seen: string[] = [];
    loop.callSoon(() => seen.push("callback"));
    assert.equal(await done(1), 1);
    const error = new Error("mine");
    await assert.rejects(
      async () => await failed(error),
      (caught) => caught === error,
    );
    const cancelled = loop.createFuture();
    cancelled.cancel("why");
    await assert.rejects(
      async () => await cancelled,
      (caught) => caught instanceof asyncio.CancelledError && caught.args[0] === "why",
    );
    assert.deepEqual(seen, []);
    await asyncio.sleep(0);
    assert.deepEqual(seen, ["callback"]);
  });
});

test("then chained by hand behaves as a promise's", async () => {
  await run(async () => {
    const future = asyncio.getRunningLoop().createFuture<number>();
    const chain = future
      .then((x) => x + 1)
      .then((x) => done(x * 2))
      .then(async (x) => x + 100);
    const recovered = future
      .then((): number => {
        throw new Error("in a handler");
      })
      .then(undefined, (error: Error) => error.message);
    asyncio.getRunningLoop().callSoon(() => future.setResult(1));
    assert.equal(await chain, 104);
    assert.equal(await recovered, "in a handler");
  });
});

test("then without handlers passes value and error through", async () => {
  await run(async () => {
    assert.equal(await done(1).then(), 1);
    assert.equal(
      await done(1)
        .then(null, () => 2)
        .then(),
      1,
    );
    const error = new Error("mine");
    const through = failed(error).then((x) => x);
    await assert.rejects(
      async () => await through,
      (caught) => caught === error,
    );
    assert.equal(await failed(error).then(undefined, () => "handled"), "handled");
  });
});

test("promise combinators take our awaitables", async () => {
  await run(async () => {
    assert.deepEqual(await Promise.all([asyncio.sleep(0.001, "a"), done("b"), asyncio.createTask(async () => "c"), Promise.resolve("d")]), [
      "a",
      "b",
      "c",
      "d",
    ]);
    assert.equal(await Promise.race([asyncio.sleep(0.001, "fast"), new Promise((resolve) => setTimeout(resolve, 50, "slow"))]), "fast");
    const settled = await Promise.allSettled([failed(new Error("x")), done(1)]);
    assert.deepEqual(
      settled.map((one) => one.status),
      ["rejected", "fulfilled"],
    );
    assert.equal(await Promise.resolve(done("adopted")), "adopted");
  });
});

test("an awaitable of one's own works with await and with yield*", async () => {
  class Pause extends asyncio.Awaitable<string> {
    *[Symbol.iterator](): asyncio.CoroutineGenerator<string> {
      yield* asyncio.sleep(0);
      return "rested";
    }
  }
  await run(async () => {
    assert.equal(await new Pause(), "rested");
    const same = new Pause();
    assert.deepEqual([await same, await same], ["rested", "rested"]);
    const inGenerator = asyncio.coroutine(function* () {
      return yield* new Pause();
    });
    assert.equal(await inGenerator(), "rested");
    assert.deepEqual(await asyncio.gather(new Pause(), new Pause()), ["rested", "rested"]);
  });
});

test("thenables of others are foreign promises, taken where promises are", async () => {
  const thenable = { then: (resolve: (value: string) => void) => void setImmediate(resolve, "foreign") } as unknown as PromiseLike<string>;
  await run(async () => {
    assert.equal(await asyncio.wrapFuture(thenable), "foreign");
    assert.deepEqual(await asyncio.gather(thenable, Promise.resolve("p")), ["foreign", "p"]);
    assert.equal(await asyncio.waitFor(thenable, 5), "foreign");
    for (const value of [null, undefined, 5, "text", {}, [1]]) {
      assert.throws(() => asyncio.ensureFuture(value as never), TypeError);
      assert.throws(() => asyncio.gather(value as never, value as never), TypeError);
    }
  });
});

test("outside of any task, with a loop running, an awaited coroutine becomes a task", async () => {
  const loop = new asyncio.NodeEventLoop();
  const result = new Promise((resolve) => {
    loop.callSoon(() => {
      setImmediate(() => {
        void asyncio
          .coroutine(function* () {
            yield* asyncio.sleep(0);
            return asyncio.currentTask() !== null;
          })()
          .then(resolve);
      });
    });
  });
  const end = loop.runForever();
  assert.equal(await result, true);
  loop.stop();
  await end;
  loop.close();
});

test("with no loop at all an awaited coroutine is a RuntimeError that says so", async () => {
  const coroutine = asyncio.coroutine(function* () {
    yield* asyncio.sleep(0);
  });
  await assert.rejects(async () => await coroutine(), { name: "RuntimeError", message: /no running event loop/ });
});

test("cancel reaches every await the task has pending", async () => {
  await run(async () => {
    const seen: string[] = [];
    const one = async (name: string): Promise<void> => {
      try {
        await asyncio.sleep(3600);
      } catch (error) {
        seen.push(`${name} ${(error as asyncio.CancelledError).args[0]}`);
        throw error;
      }
    };
    const task = asyncio.createTask(async () => {
      await Promise.all([one("a"), one("b"), one("c")]);
    });
    await asyncio.sleep(0);
    task.cancel("all of you");
    await assert.rejects(async () => await task, asyncio.CancelledError);
    assert.deepEqual(seen, ["a all of you", "b all of you", "c all of you"]);
  });
});

test("two waitFor in one Promise.allSettled do not disturb each other", async () => {
  await run(async () => {
    const slow = async (seconds: number): Promise<string> => {
      await asyncio.sleep(seconds);
      return "in time";
    };
    const [first, second] = await Promise.allSettled([asyncio.waitFor(() => slow(3600), 0.002), asyncio.waitFor(() => slow(0.02), 10)]);
    assert.ok(first.status === "rejected" && first.reason instanceof asyncio.TimeoutError);
    assert.ok(second.status === "fulfilled" && second.value === "in time");
    assert.equal(asyncio.currentTask()!.cancelling(), 0);
  });
});

test("a cancellation while a foreign promise is awaited comes at the next await of ours", async () => {
  await run(async () => {
    const seen: string[] = [];
    let release!: () => void;
    const task = asyncio.createTask(async () => {
      await new Promise<void>((resolve) => (release = resolve));
      seen.push("the promise went on");
      await asyncio.sleep(0);
      seen.push("not reached");
    });
    await asyncio.sleep(0);
    task.cancel("later");
    assert.equal(task.done(), false);
    release();
    await assert.rejects(
      async () => await task,
      (error) => error instanceof asyncio.CancelledError && error.args[0] === "later",
    );
    assert.deepEqual(seen, ["the promise went on"]);
  });
});
