/** The reports of debug mode, 19, 29 and 48 among them. Each case runs in its own process, because warnings belong to a process. */
import assert from "node:assert/strict";
import { test } from "vitest";
import { runChild } from "../support/child.js";
import { LOOP_KINDS, loopSkipped } from "../support/loops.js";
import { unless } from "../support/unless.js";

interface Report {
  lines: string[];
  warnings: { name: string; message: string }[];
  stderr: string;
}

/** Runs `body` with `run(main, debug?)`, `collect()` and `print` at hand. */
function inChild(name: string, body: string, check: (report: Report) => void): void {
  for (const kind of LOOP_KINDS) {
    test(`${name} [${kind}]`, unless(loopSkipped(kind)), async () => {
      const factory = kind === "uv" ? "uvloop.newEventLoop()" : "new asyncio.NodeEventLoop()";
      const source = `
        import * as asyncio from "uvio";
        import * as uvloop from "uvio/uvloop";
        const warnings = [];
        process.on("warning", ({ name, message }) => warnings.push({ name, message }));
        const lines = [];
        const print = (...parts) => lines.push(parts.join(" "));
        // On a machine with other work anything may be slow: who wants to hear of it says so.
        const makeLoop = () => Object.assign(${factory}, { slowCallbackDuration: 60 });
        const run = (main, debug = true) => asyncio.run(main, { debug, loopFactory: makeLoop });
        const turns = async (count) => { for (let i = 0; i < count; i++) await asyncio.sleep(0); };
        /** Finalizers run in tasks of Node's own after the collection. */
        const collect = async () => { for (let i = 0; i < 5; i++) { gc(); await new Promise((resolve) => setTimeout(resolve, 2)); } };
        ${body}
        await new Promise((resolve) => setImmediate(resolve));
        console.log(JSON.stringify({ lines, warnings }));`;
      const { code, stdout, stderr } = await runChild(source, { nodeArgs: ["--expose-gc", "--no-warnings"] });
      assert.equal(code, 0, stderr);
      check({ ...(JSON.parse(stdout) as Omit<Report, "stderr">), stderr });
    });
  }
}

inChild(
  "debug mode reports a coroutine that was made and never awaited, and where",
  `async function forgetful() { asyncio.coroutine(function* forgotten() {})(); }
  await run(async () => { await forgetful(); await collect(); });`,
  ({ warnings }) => {
    assert.equal(warnings.length, 1);
    assert.equal(warnings[0]!.name, "RuntimeWarning");
    assert.match(warnings[0]!.message, /^coroutine 'forgotten' was never awaited; created at\n[^\n]*forgetful/);
  },
);

inChild(
  "a coroutine that was closed or run is not reported, nor is any without debug mode",
  `const make = asyncio.coroutine(function* () {});
  await run(async () => { await (async () => { make().close(); await make(); await asyncio.createTask(make()); })(); await collect(); });
  await run(async () => { (() => { make(); })(); await collect(); }, false);`,
  ({ warnings }) => assert.deepEqual(warnings, []),
);

inChild(
  "19 debug mode reports a callback that takes longer than slowCallbackDuration",
  `await run(async () => {
    const loop = asyncio.getRunningLoop();
    loop.slowCallbackDuration = 0.01;
    const busy = () => { const until = performance.now() + 15; while (performance.now() < until); };
    loop.callSoon(busy);
    await turns(2);
    await asyncio.createTask(asyncio.coroutine(function* () { busy(); })(), { name: "busy task" });
  });`,
  ({ warnings }) => {
    // On a machine with other work anything may have been slow.
    const busy = warnings.map(({ message }) => message).filter((message) => message.includes("busy"));
    assert.equal(busy.length, 2);
    assert.match(busy[0]!, /^Executing <Handle busy> took \d+\.\d{3} seconds$/);
    assert.match(busy[1]!, /^Executing <Task .*name='busy task'.* took \d+\.\d{3} seconds$/);
  },
);

inChild(
  "debug mode reports a task that swallowed its cancellation and went on, unless it says uncancel()",
  `await run(async () => {
    const swallow = async () => { try { await asyncio.sleep(3600); } catch {} return "went on"; };
    const cancelled = async (body, name) => { const task = asyncio.createTask(body, { name }); await turns(2); task.cancel(); print(await task.then(String, String)); };
    await cancelled(swallow, "swallows");
    await cancelled(async () => { await swallow(); asyncio.currentTask().uncancel(); return "meant to"; }, "meant to");
    await cancelled(async () => await asyncio.sleep(3600), "ends");
    try { await asyncio.asyncWith(asyncio.timeout(0.001), () => asyncio.sleep(3600)); } catch (error) { print(error.name); }
  });`,
  ({ warnings, lines }) => {
    assert.deepEqual(lines, ["went on", "meant to", "CancelledError", "TimeoutError"]);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!.message, /name='swallows'.* swallowed a cancellation and went on.*isCancelled.*\n\s+at /s);
  },
);

inChild(
  "debug mode reports a task that was cancelled a second ago and is still on a promise nothing can cancel",
  `await run(async () => {
    let settle;
    const foreign = new Promise((resolve) => (settle = resolve));
    const task = asyncio.createTask(async () => { await foreign; await asyncio.sleep(0); }, { name: "stuck" });
    await turns(2);
    task.cancel();
    await asyncio.sleep(1.1);
    settle();
    print(await task.then(String, String));
  });`,
  ({ warnings, lines }) => {
    assert.deepEqual(lines, ["CancelledError"]);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!.message, /name='stuck'.* still waits for a promise.*signal.*wrapFuture/s);
  },
);

inChild(
  "29 an error nobody asked for is reported when the future is garbage; whoever was asked, awaited or cancelled is not",
  `const main = async () => {
    const loop = asyncio.getRunningLoop();
    loop.setExceptionHandler((_, { message, exception }) => print(message, "|", exception.message));
    await (async () => {
      const failed = (text) => { const future = loop.createFuture(); future.setException(new Error(text)); return future; };
      failed("forgotten future");
      failed("asked").exception();
      try { failed("thrown").result(); } catch {}
      try { await failed("awaited"); } catch {}
      failed("cancelled").cancel();
      asyncio.createTask(async () => { throw new Error("forgotten task"); });
      await turns(3);
    })();
    await turns(3);
    await collect();
  };
  await run(main, false);
  lines.sort();`,
  ({ lines }) =>
    assert.deepEqual(lines, [
      "Future exception was never retrieved | forgotten future",
      "Task exception was never retrieved | forgotten task",
    ]),
);

inChild(
  "29 by default such a report goes to stderr",
  `await run(async () => { await (async () => { asyncio.createTask(async () => { throw new Error("forgotten"); }); await turns(2); })(); await collect(); }, false);`,
  ({ stderr }) => {
    assert.match(stderr, /^Task exception was never retrieved\n/);
    assert.match(stderr, /Error: forgotten/);
  },
);

inChild(
  "reportUnretrievedAfter reports them after so many turns, without waiting for the collector",
  `asyncio.reportUnretrievedAfter(3);
  await run(async () => {
    const loop = asyncio.getRunningLoop();
    loop.setExceptionHandler((_, { message, exception }) => print(message, "|", exception.message));
    const forgotten = loop.createFuture();
    forgotten.setException(new Error("forgotten"));
    const late = loop.createFuture();
    late.setException(new Error("asked in time"));
    await turns(2);
    print("two turns");
    late.exception();
    await turns(3);
    print("five turns");
  }, false);
  try { asyncio.reportUnretrievedAfter(-1); } catch (error) { print(error.name); }`,
  ({ lines }) => assert.deepEqual(lines, ["two turns", "Future exception was never retrieved | forgotten", "five turns", "TypeError"]),
);

inChild(
  "18 debug mode refuses a generator function as a callback, which would do nothing",
  `await run(async () => {
    const loop = asyncio.getRunningLoop();
    for (const schedule of [(f) => loop.callSoon(f), (f) => loop.callLater(1, f), (f) => loop.callAt(1, f)]) {
      try { schedule(function* () {}); } catch (error) { print(error.name); }
    }
  });`,
  ({ lines }) => assert.deepEqual(lines, ["TypeError", "TypeError", "TypeError"]),
);

inChild(
  "22 an async generator that is begun after shutdownAsyncgens is warned of",
  `const items = asyncio.asyncGenerator(function* (emit) { yield* emit(1); });
  await run(async () => {
    await asyncio.getRunningLoop().shutdownAsyncgens();
    for await (const item of items()) print(item);
  }, false);`,
  ({ warnings, lines }) => {
    assert.deepEqual(lines, ["1"]);
    assert.equal(warnings.length, 1);
    assert.equal(warnings[0]!.name, "ResourceWarning");
  },
);

inChild(
  "22 an async generator that was begun and is garbage runs its finally blocks",
  `const items = asyncio.asyncGenerator(function* items(emit) { try { yield* emit(1); yield* emit(2); } finally { yield* asyncio.sleep(0); print("closed"); } });
  await run(async () => {
    await (async () => { print(await items().anext()); })();
    await turns(2);
    await collect();
    await turns(4);
  }, false);`,
  ({ lines }) => assert.deepEqual(lines, ["1", "closed"]),
);

inChild(
  "48 a pending task nobody holds is not lost: the loop holds it, and run cancels it at the end",
  `await run(async () => {
    (() => { asyncio.createTask(async () => { try { await new Promise(() => {}); } finally { print("not reached"); } }); })();
    (() => { asyncio.createTask(async () => { try { await asyncio.getRunningLoop().createFuture(); } finally { print("cancelled"); } }); })();
    await turns(2);
    await collect();
    print(asyncio.allTasks().size);
    for (const task of asyncio.allTasks()) if (task !== asyncio.currentTask()) task.cancel();
    await turns(2);
    process.on("exit", () => console.log(JSON.stringify({ lines, warnings })));
    process.exit(0);
  }, false);`,
  ({ lines }) => assert.deepEqual(lines, ["3", "cancelled"]),
);
