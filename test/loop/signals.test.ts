/** Signal handlers of the loop, on both loops. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { constants } from "node:os";
import { test } from "vitest";
import { Worker } from "node:worker_threads";
import * as asyncio from "uvio";
import { runChild } from "../support/child.js";
import { eachLoop, LOOP_KINDS, loopSkipped } from "../support/loops.js";
import { unless } from "../support/unless.js";

function send(signal: NodeJS.Signals): void {
  process.kill(process.pid, signal);
}

eachLoop("a handler runs in the loop, with its arguments and the context it was added in", async (t) => {
  const variable = new asyncio.ContextVar<string>("variable");
  await t.run(async () => {
    const loop = asyncio.getEventLoop();
    const done = loop.createFuture<unknown[]>();
    variable.set("added here");
    loop.addSignalHandler("SIGUSR2", (...args: unknown[]) => done.setResult([...args, variable.get(), asyncio.currentTask()]), 1, "two");
    variable.set("changed since");
    send("SIGUSR2");
    assert.deepEqual(await done, [1, "two", "added here", null]);
    assert.equal(loop.removeSignalHandler("SIGUSR2"), true);
    assert.equal(loop.removeSignalHandler("SIGUSR2"), false);
  });
});

eachLoop("signals have names and numbers", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getEventLoop();
    const done = loop.createFuture<void>();
    loop.addSignalHandler(constants.signals.SIGUSR2, () => done.setResult());
    send("SIGUSR2");
    await done;
    assert.equal(loop.removeSignalHandler("SIGUSR2"), true);
  });
});

eachLoop("a signal wakes a loop that sleeps", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getEventLoop();
    const done = loop.createFuture<void>();
    loop.addSignalHandler("SIGUSR2", () => done.setResult());
    setTimeout(() => send("SIGUSR2"), 5);
    await done;
  });
});

eachLoop("a closed loop has taken its handlers away", async (t) => {
  const before = process.listenerCount("SIGUSR2");
  const loop = t.newLoop();
  loop.addSignalHandler("SIGUSR2", () => {});
  assert.equal(process.listenerCount("SIGUSR2"), before + 1);
  loop.close();
  assert.equal(process.listenerCount("SIGUSR2"), before);
  assert.equal(loop.removeSignalHandler("SIGUSR2"), false);
  assert.throws(() => loop.addSignalHandler("SIGUSR2", () => {}), asyncio.RuntimeError);
});

eachLoop("an exception in a handler is reported", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getEventLoop();
    loop.addSignalHandler("SIGUSR2", () => {
      throw new Error("on purpose");
    });
    const after = loop.createFuture<void>();
    process.once("SIGUSR2", () => loop.callSoon(() => after.setResult()));
    send("SIGUSR2");
    await after;
    assert.equal((t.takeReport().exception as Error).message, "on purpose");
  });
});

eachLoop("coroutine functions, unknown signals and those that cannot be caught are refused", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getEventLoop();
    const add = (signal: unknown, callback: unknown): void => loop.addSignalHandler(signal as NodeJS.Signals, callback as () => void);
    assert.throws(() => add("SIGUSR2", async () => {}), /TypeError: coroutines cannot be used with addSignalHandler\(\)/);
    assert.throws(() => add("SIGUSR2", function* () {}), /TypeError: coroutines cannot be used/);
    assert.throws(() => add("SIGUSR2", asyncio.coroutine(async () => {})()), /TypeError: coroutines cannot be used/);
    assert.throws(() => add("SIGUSR2", null), /TypeError: callback must be a function/);
    assert.throws(() => add("SIGNOTHING", () => {}), asyncio.ValueError);
    assert.throws(() => add(1000, () => {}), asyncio.ValueError);
    assert.throws(() => add({}, () => {}), TypeError);
    assert.throws(() => add("SIGKILL", () => {}), /RuntimeError: SIGKILL cannot be caught/);
    assert.throws(() => loop.removeSignalHandler("SIGNOTHING" as NodeJS.Signals), asyncio.ValueError);
    assert.equal(process.listenerCount("SIGKILL"), 0);
  });
});

for (const kind of LOOP_KINDS) {
  const skip = unless(loopSkipped(kind));
  const program = (body: string): string => `
    import * as asyncio from "uvio";
    import * as uvloop from "uvio/uvloop";
    const loopFactory = () => (${kind === "uv"} ? uvloop.newEventLoop() : new asyncio.NodeEventLoop());
    const send = (signal) => process.kill(process.pid, signal);
    ${body}`;

  test(`a handler of SIGINT takes the place of run's own [${kind}]`, skip, async () => {
    const { code, stdout, stderr } = await runChild(
      program(`
        console.log(await asyncio.run(async () => {
          const loop = asyncio.getRunningLoop();
          const got = loop.createFuture();
          loop.addSignalHandler("SIGINT", () => got.setResult("handled"));
          send("SIGINT");
          return await got;
        }, { loopFactory }));`),
    );
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: "handled\n", stderr: "" });
  });

  test(`without its handler a signal does again what it does by default [${kind}]`, skip, async () => {
    const { signal } = await runChild(
      program(`
        await asyncio.run(async () => {
          const loop = asyncio.getRunningLoop();
          loop.addSignalHandler("SIGTERM", () => {});
          loop.removeSignalHandler("SIGTERM");
          send("SIGTERM");
          await asyncio.sleep(10);
        }, { loopFactory });`),
    );
    assert.equal(signal, "SIGTERM");
  });

  test(`a worker thread, which no signal reaches, is told so [${kind}]`, skip, async () => {
    const source = program(`
      import { parentPort } from "node:worker_threads";
      await asyncio.run(async () => {
        try { asyncio.getRunningLoop().addSignalHandler("SIGUSR2", () => {}); }
        catch (error) { parentPort.postMessage(String(error)); }
      }, { loopFactory });`);
    // A worker's source is a file or a data: URL, neither of which finds the package by its name.
    const resolved = source
      .replace('"uvio"', JSON.stringify(import.meta.resolve("uvio")))
      .replace('"uvio/uvloop"', JSON.stringify(import.meta.resolve("uvio/uvloop")));
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(resolved)}`));
    const exit = once(worker, "exit"); // It may come in the same turn as the message.
    const [text] = (await once(worker, "message")) as [string];
    assert.match(text, /^RuntimeError: .*main thread/);
    await exit;
  });
}
