/** callSoon() and its handles: the order of callbacks, their errors and their context. */
import assert from "node:assert/strict";
import { vi, test } from "vitest";
import * as asyncio from "uvio";
import { eachLoop } from "../support/loops.js";

eachLoop("callbacks run first come first served, with their arguments", async (t) => {
  const seen: unknown[] = [];
  await t.run(async () => {
    const loop = asyncio.getEventLoop();
    loop.callSoon((...args: unknown[]) => seen.push(args));
    loop.callSoon((...args: unknown[]) => seen.push(args), 1);
    loop.callSoon((...args: unknown[]) => seen.push(args), 1, "two", null);
    await asyncio.sleep(0);
  });
  assert.deepEqual(seen, [[], [1], [1, "two", null]]);
});

eachLoop("a callback scheduled by a callback runs in the next turn, after everything that was ready", async (t) => {
  const seen: string[] = [];
  const loop = t.newLoop();
  loop.callSoon(() => {
    seen.push("first");
    loop.callSoon(() => {
      seen.push("nested");
      loop.callSoon(() => loop.stop());
    });
  });
  loop.callSoon(() => seen.push("second"));
  await loop.runForever();
  assert.deepEqual(seen, ["first", "second", "nested"]);
  loop.close();
});

eachLoop("a cancelled handle never runs, also when cancelled by a callback of the same turn", async (t) => {
  const loop = t.newLoop();
  const seen: string[] = [];
  const early = loop.callSoon(() => seen.push("early"));
  assert.equal(early.cancelled(), false);
  early.cancel();
  early.cancel();
  assert.equal(early.cancelled(), true);
  loop.callSoon(() => late.cancel());
  const late = loop.callSoon(() => seen.push("late"));
  loop.callSoon(() => loop.stop());
  await loop.runForever();
  assert.deepEqual(seen, []);
  loop.close();
});

eachLoop("what is scheduled from outside of the loop's turn wakes a sleeping loop", async (t) => {
  const loop = t.newLoop();
  const run = loop.runForever();
  await new Promise((resolve) => setImmediate(resolve));
  const seen = await new Promise<string>((resolve) => {
    setTimeout(() => loop.callSoon(resolve, "timer of Node"), 1);
  });
  assert.equal(seen, "timer of Node");
  await new Promise<void>((resolve) => {
    void Promise.resolve().then(() => loop.callSoonThreadsafe(resolve));
  });
  loop.stop();
  await run;
  loop.close();
});

eachLoop("callbacks that schedule each other for ever leave room for timers and for the rest of the process", async (t) => {
  const loop = t.newLoop();
  const again = (): void => void loop.callSoon(again);
  again();
  const timer = new Promise((resolve) => loop.callLater(0.005, resolve, "ours"));
  const foreign = new Promise((resolve) => setTimeout(resolve, 5, "Node's"));
  void Promise.all([timer, foreign]).then(() => loop.stop());
  await loop.runForever();
  assert.deepEqual(await Promise.all([timer, foreign]), ["ours", "Node's"]);
  loop.close();
});

eachLoop("a task that never waits for anything but its next turn leaves room for the rest of the process", async (t) => {
  await t.run(async () => {
    let immediate = false;
    setImmediate(() => (immediate = true));
    for (let turns = 0; !immediate; turns++) {
      assert.ok(turns < 1e6, "nobody else gets a turn");
      await asyncio.sleep(0);
    }
  });
});

eachLoop("a callback that throws goes to the exception handler, and the next one runs", async (t) => {
  const loop = t.newLoop();
  const error = new Error("from the callback");
  const seen: string[] = [];
  const handle = loop.callSoon(function thrower() {
    throw error;
  });
  loop.callSoon(() => seen.push("next"));
  loop.callSoon(() => loop.stop());
  await loop.runForever();
  const report = t.takeReport();
  assert.equal(report.exception, error);
  assert.equal(report.handle, handle);
  assert.match(report.message, /Exception in callback thrower/);
  assert.deepEqual(seen, ["next"]);
  loop.close();
});

for (const [what, value] of [
  ["null", null],
  ["undefined", undefined],
  ["a string", "text"],
  ["an object without a prototype", Object.create(null)],
] as const) {
  eachLoop(`a callback may throw ${what}`, async (t) => {
    const loop = t.newLoop();
    let after = false;
    loop.callSoon(() => {
      throw value;
    });
    loop.callSoon(() => (after = true));
    loop.callSoon(() => loop.stop());
    await loop.runForever();
    const report = t.takeReport();
    assert.equal(report.exception, value);
    assert.ok("exception" in report);
    assert.equal(after, true);
    loop.close();
  });
}

eachLoop("an exception handler that throws does not end the run, and is reported itself", async (t) => {
  const lines = vi.spyOn(console, "error").mockImplementation(() => {});
  t.after(() => lines.mockRestore());
  const loop = t.newLoop();
  loop.setExceptionHandler(() => {
    throw new Error("the handler itself");
  });
  loop.callSoon(() => {
    throw new Error("first");
  });
  loop.callSoon(() => loop.stop());
  await loop.runForever();
  loop.close();
  const text = lines.mock.calls.map((call) => call.map(String).join(" ")).join("\n");
  assert.match(text, /Unhandled error in exception handler/);
  assert.match(text, /the handler itself/);
});

eachLoop("the default exception handler writes the message, the error and what else it is told to stderr", async (t) => {
  const lines = vi.spyOn(console, "error").mockImplementation(() => {});
  t.after(() => lines.mockRestore());
  const loop = t.newLoop();
  loop.setExceptionHandler(null);
  assert.equal(loop.getExceptionHandler(), null);
  loop.callExceptionHandler({ message: "something odd", exception: new Error("the cause"), protocol: "a protocol" });
  loop.close();
  const text = lines.mock.calls.map((call) => call.map(String).join(" ")).join("\n");
  assert.match(text, /something odd/);
  assert.match(text, /protocol: a protocol/);
  assert.match(text, /the cause/);
});

eachLoop("what is no function is refused", (t) => {
  const loop = t.newLoop();
  for (const value of [null, undefined, 1, "f", {}, Promise.resolve()]) {
    const callback = value as unknown as () => void;
    assert.throws(() => loop.callSoon(callback), TypeError);
    assert.throws(() => loop.callSoonThreadsafe(callback), TypeError);
    assert.throws(() => loop.callLater(0, callback), TypeError);
    assert.throws(() => loop.callAt(0, callback), TypeError);
  }
  for (const value of [1, "f", {}]) assert.throws(() => loop.setExceptionHandler(value as unknown as asyncio.ExceptionHandler), TypeError);
  loop.close();
});

eachLoop("a callback sees the context it was scheduled in, and its own changes end with it", async (t) => {
  const variable = new asyncio.ContextVar<string>("variable", { default: "default" });
  const seen: string[] = [];
  await t.run(async () => {
    const loop = asyncio.getEventLoop();
    variable.set("at scheduling");
    loop.callSoon(() => {
      seen.push(variable.get());
      variable.set("changed by the callback");
    });
    variable.set("later");
    await asyncio.sleep(0);
    seen.push(variable.get());
  });
  assert.deepEqual(seen, ["at scheduling", "later"]);
});

eachLoop("a plain callback has no current task, whatever ran when it was scheduled", async (t) => {
  const seen: unknown[] = [];
  await t.run(async () => {
    asyncio.getRunningLoop().callSoon(() => seen.push(asyncio.currentTask()));
    await asyncio.sleep(0);
  });
  assert.deepEqual(seen, [null]);
});

eachLoop("an async function that is resumed runs to its next await before the next callback", async (t) => {
  const seen: string[] = [];
  await t.run(async () => {
    const loop = asyncio.getEventLoop();
    const future = loop.createFuture<void>();
    const waiter = async (name: string): Promise<void> => {
      await future;
      seen.push(`${name} resumed`);
      for (let i = 0; i < 5; i++) await Promise.resolve();
      seen.push(`${name} after foreign promises`);
    };
    const tasks = [asyncio.createTask(() => waiter("a")), asyncio.createTask(() => waiter("b"))];
    await asyncio.sleep(0);
    future.setResult();
    loop.callSoon(() => seen.push("callback"));
    await asyncio.gather(...tasks);
  });
  assert.deepEqual(seen, ["a resumed", "a after foreign promises", "b resumed", "b after foreign promises", "callback"]);
});

test("without a running loop there is nothing to schedule on", () => {
  assert.throws(() => asyncio.getRunningLoop(), asyncio.RuntimeError);
  assert.throws(() => asyncio.createTask(async () => {}), asyncio.RuntimeError);
  assert.throws(() => asyncio.currentTask(), asyncio.RuntimeError);
  assert.throws(() => new asyncio.Future(), asyncio.RuntimeError);
});
