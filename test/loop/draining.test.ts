/** A resumed async function reaches its next suspension before the next callback, whichever way the loop drains microtasks and ticks. */
import assert from "node:assert/strict";
import { test } from "vitest";
import { runChild } from "../support/child.js";
import { LOOP_KINDS, loopSkipped } from "../support/loops.js";
import { unless } from "../support/unless.js";

const preload = (code: string): string[] => ["--import", `data:text/javascript,${encodeURIComponent(code)}`];

/** The ways to drain, by what the program is started with. Only the first drains inside the turn. */
const WAYS: Readonly<Record<string, string[]>> = {
  "inside the turn": [],
  "outside, with --pending-deprecation": ["--pending-deprecation"],
  "outside, without Node's function": preload("delete process._tickCallback"),
  "outside, with another function in its place": preload("process._tickCallback = function other() {}"),
  "outside, with an imitation that does nothing": preload("process._tickCallback = function runNextTicks() {}"),
};
const INSIDE = "inside the turn";

/** Each logs its steps, with `log`, or later with `micro`. */
const PROGRAMS: Readonly<Record<string, readonly [source: string, output: string]>> = {
  "ticks and microtasks come before the next callback": [
    `const future = loop.createFuture();
     const resumed = async () => {
       await future;
       log("resumed");
       process.nextTick(() => log("tick"));
       micro("microtask");
       await null;
       log("after a microtask");
     };
     const task = asyncio.createTask(resumed);
     await asyncio.sleep(0);
     future.setResult(null);
     loop.callSoon(() => log("next callback"));
     await task;`,
    "resumed, microtask, after a microtask, tick, next callback",
  ],
  "each of two tasks reaches its next wait before the other is resumed": [
    `const future = loop.createFuture();
     const inner = async (name) => { await future; log(name + " inner"); };
     const outer = async (name) => { await inner(name); log(name + " outer"); await asyncio.sleep(0); log(name + " end"); };
     const tasks = [asyncio.createTask(() => outer("a")), asyncio.createTask(() => outer("b"))];
     await asyncio.sleep(0);
     future.setResult(null);
     await asyncio.gather(...tasks);`,
    "a inner, a outer, b inner, b outer, a end, b end",
  ],
  "a task cancels one that is due": [
    `const future = loop.createFuture();
     let second;
     const first = asyncio.createTask(async () => { await future; log("first"); second.cancel(); });
     second = asyncio.createTask(async () => { try { await future; log("second"); } catch (error) { log(error.name); } });
     await asyncio.sleep(0);
     future.setResult(null);
     await asyncio.wait([first, second]);`,
    "first, CancelledError",
  ],
  "the last tick throws": [
    `process.on("uncaughtException", (error) => log("uncaught " + error.message));
     await asyncio.sleep(0);
     process.nextTick(() => { throw new Error("tick"); });
     await asyncio.sleep(0.001);
     log("end");`,
    "uncaught tick, end",
  ],
  "a tick throws null": [
    `process.on("uncaughtException", (error) => log("uncaught " + error));
     await asyncio.sleep(0);
     process.nextTick(() => { throw null; });
     await asyncio.sleep(0.001);
     log("end");`,
    "uncaught null, end",
  ],
  "a microtask throws": [
    `process.on("uncaughtException", (error) => log("uncaught " + error.message));
     await asyncio.sleep(0);
     queueMicrotask(() => { throw new Error("microtask"); });
     await asyncio.sleep(0);
     log("end");`,
    "uncaught microtask, end",
  ],
  "a rejection that nobody handles is reported": [
    `process.on("unhandledRejection", (error) => log("unhandled " + error.message));
     await asyncio.sleep(0);
     void Promise.reject(new Error("rejection"));
     const handled = Promise.reject(new Error("handled"));
     handled.catch(() => {});
     await asyncio.sleep(0.001);
     log("end");`,
    "unhandled rejection, end",
  ],
  "a tick stops the loop": [
    `process.nextTick(() => { log("tick"); loop.stop(); });
     await asyncio.sleep(0);
     log("never");`,
    "tick, Event loop stopped before Future completed.",
  ],
  "the stores of AsyncLocalStorages do not leak": [
    `const { AsyncLocalStorage } = await import("node:async_hooks");
     const storage = new AsyncLocalStorage();
     const future = loop.createFuture();
     const work = async (name) => storage.run(name, async () => { await future; log(name + " " + storage.getStore()); await null; log(storage.getStore()); });
     const tasks = ["a", "b"].map((name) => asyncio.createTask(() => work(name)));
     await asyncio.sleep(0);
     future.setResult(null);
     loop.callSoon(() => log(String(storage.getStore())));
     await asyncio.gather(...tasks);
     log(String(storage.getStore()));`,
    "a a, a, b b, b, undefined, undefined",
  ],
};

const head = (kind: string): string => `
  import * as asyncio from "uvio";
  import * as uvloop from "uvio/uvloop";
  let lines = [];
  const log = (line) => void lines.push(line);
  const micro = (line) => queueMicrotask(() => log(line));
  let again = 0;
  let owner = asyncio.NodeEventLoop.prototype;
  while (!Object.hasOwn(owner, "isRunning")) owner = Object.getPrototypeOf(owner);
  const { turn } = owner;
  owner.turn = function (...events) { const code = turn.apply(this, events); if (code === 1) again++; return code; };
  const newLoop = () => ${kind === "uv" ? "uvloop.newEventLoop()" : "new asyncio.NodeEventLoop()"};`;

const program = (kind: string): string => `${head(kind)}
  const outputs = {};
  const run = async (name, main) => {
    lines = [];
    const loop = newLoop();
    try { await loop.runUntilComplete(() => main(loop)); } catch (error) { log(error.message); }
    outputs[name] = lines.join(", ");
    process.removeAllListeners("uncaughtException").removeAllListeners("unhandledRejection");
    loop.close();
  };
  ${Object.entries(PROGRAMS)
    .map(([name, [main]]) => `await run(${JSON.stringify(name)}, async (loop) => { ${main} });`)
    .join("\n")}
  console.log(JSON.stringify({ way: again === 0 ? "inside" : "outside", outputs }));`;

/** A tick that throws ends the process, with what is left undone. */
const FATAL = `
  process.on("exit", (code) => console.log(lines.join(", "), code));
  process.on("uncaughtException", (error) => { log("uncaught " + error.message); process.exit(7); });
  await newLoop().runUntilComplete(async () => {
    await asyncio.sleep(0);
    process.nextTick(() => { throw new Error("fatal"); });
    await asyncio.sleep(60);
  });`;

for (const kind of LOOP_KINDS) {
  for (const [way, nodeArgs] of Object.entries(WAYS)) {
    test(`the order is the same if microtasks are drained ${way} [${kind}]`, unless(loopSkipped(kind)), async () => {
      const { stdout, stderr, code, signal } = await runChild(program(kind), { nodeArgs });
      assert.deepEqual({ stderr, code, signal }, { stderr: "", code: 0, signal: null });
      const outputs = Object.fromEntries(Object.entries(PROGRAMS).map(([name, [, output]]) => [name, output]));
      assert.deepEqual(JSON.parse(stdout), { way: way === INSIDE ? "inside" : "outside", outputs });
    });

    test(`an error of a tick ends the process if microtasks are drained ${way} [${kind}]`, unless(loopSkipped(kind)), async () => {
      const result = await runChild(head(kind) + FATAL, { nodeArgs });
      assert.deepEqual(result, { stdout: "uncaught fatal 7\n", stderr: "", code: 7, signal: null });
    });
  }

  // Not outside: there the portable loop continues by a tick, which comes before the microtasks of the ticks before it.
  test(`ticks that throw do not keep others from running, inside the turn [${kind}]`, unless(loopSkipped(kind)), async () => {
    const main = `
      process.on("uncaughtException", (error) => log("uncaught " + error));
      await newLoop().runUntilComplete(async () => {
        await asyncio.sleep(0);
        asyncio.getRunningLoop().callSoon(() => log("callback"));
        process.nextTick(() => { throw 1; });
        process.nextTick(() => { log("tick"); micro("microtask of the tick"); });
        process.nextTick(() => { throw null; });
        process.nextTick(() => log("last tick"));
        await asyncio.sleep(0);
      });
      console.log(lines.at(-1), "after", lines.sort().join(", "));`;
    const { stdout, stderr } = await runChild(head(kind) + main);
    const expected = "callback after callback, last tick, microtask of the tick, tick, uncaught 1, uncaught null\n";
    assert.deepEqual({ stdout, stderr }, { stdout: expected, stderr: "" });
  });
}

const WORKER = `
  import { Worker } from "node:worker_threads";
  import { once } from "node:events";
  const code = \`
    import { parentPort } from "node:worker_threads";
    import * as asyncio from "uvio";
    await asyncio.run(async () => {
      await asyncio.sleep(0);
      parentPort.postMessage("resumed");
      END
      await asyncio.sleep(60);
    });\`;
  const end = async (source) => {
    const worker = new Worker(new URL("data:text/javascript," + encodeURIComponent(source.replaceAll('"uvio"', JSON.stringify(import.meta.resolve("uvio"))))));
    const exited = once(worker, "exit");
    const [message] = await once(worker, "message");
    if (source.includes("for (;;)")) await worker.terminate();
    console.log(message, String(await exited));
  };
  await end(code.replace("END", "process.exit(3);"));
  await end(code.replace("END", "process.nextTick(() => process.exit(4));"));
  await end(code.replace("END", "for (;;);"));`;

for (const [way, nodeArgs] of Object.entries(WAYS)) {
  test(`draining ${way}: a worker ends inside`, async () => {
    const { stdout, stderr } = await runChild(WORKER, { nodeArgs });
    assert.deepEqual({ stdout, stderr }, { stdout: "resumed 3\nresumed 4\nresumed 1\n", stderr: "" });
  });
}
