/** run() and Runner: the end of a run, its context, and SIGINT. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { runChild } from "../support/child.js";
import { eachLoop } from "../support/loops.js";

eachLoop("run gives the result, then cancels what is left, lets it clean up, and closes the loop", async (t) => {
  const seen: string[] = [];
  let loop: asyncio.EventLoop | undefined;
  const result = await t.run(async () => {
    loop = asyncio.getRunningLoop();
    asyncio.createTask(async () => {
      try {
        await asyncio.sleep(3600);
      } finally {
        await asyncio.sleep(0);
        seen.push("cleaned up");
      }
    });
    await asyncio.sleep(0);
    return "result";
  });
  assert.equal(result, "result");
  assert.deepEqual(seen, ["cleaned up"]);
  assert.equal(loop!.isClosed(), true);
});

eachLoop("run fails with main's error, and reports the errors of tasks it had to cancel", async (t) => {
  const error = new Error("of main");
  const late = new Error("while cleaning up");
  await assert.rejects(
    t.run(async () => {
      asyncio.createTask(async () => {
        try {
          await asyncio.sleep(3600);
        } finally {
          // eslint-disable-next-line no-unsafe-finally -- that is the test
          throw late;
        }
      });
      await asyncio.sleep(0);
      throw error;
    }),
    (caught) => caught === error,
  );
  const report = t.takeReport();
  assert.equal(report.exception, late);
  assert.match(report.message, /unhandled exception during asyncio\.run\(\) shutdown/);
});

eachLoop("a main that is cancelled from inside rejects with CancelledError", async (t) => {
  await assert.rejects(
    t.run(async () => {
      asyncio.currentTask()!.cancel("by itself");
      await asyncio.sleep(0);
    }),
    (error) => error instanceof asyncio.CancelledError && error.args[0] === "by itself",
  );
});

eachLoop("a Runner's runs share the loop and the context variables", async (t) => {
  const variable = new asyncio.ContextVar<number>("variable", { default: 0 });
  const runner = new asyncio.Runner({ loopFactory: t.newLoop });
  const first = await runner.run(async () => {
    variable.set(1);
    return asyncio.getRunningLoop();
  });
  const second = await runner.run(
    asyncio.coroutine(function* () {
      assert.equal(variable.get(), 1);
      yield* asyncio.sleep(0);
      return asyncio.getRunningLoop();
    })(),
  );
  assert.equal(first, second);
  assert.equal(runner.getLoop(), first);
  assert.equal(variable.get(), 0);
  const context = asyncio.copyContext();
  await runner.run(
    async () => {
      variable.set(2);
    },
    { context },
  );
  assert.equal(context.get(variable), 2);
  await runner.close();
  await runner.close();
  assert.throws(() => runner.getLoop(), asyncio.RuntimeError);
  await assert.rejects(
    runner.run(async () => {}),
    asyncio.RuntimeError,
  );
});

eachLoop("run passes the debug flag on to the loop", async (t) => {
  assert.equal(await t.run(async () => asyncio.getRunningLoop().getDebug(), { debug: true }), true);
  assert.equal(await t.run(async () => asyncio.getRunningLoop().getDebug()), false);
});

const USE_LOOP = (kind: string): string => (kind === "uv" ? `import * as uvloop from "uvio/uvloop"; uvloop.install();` : "");

eachLoop("SIGINT cancels main, which cleans up; run rejects with KeyboardInterrupt", async (t) => {
  const child = await runChild(
    `import * as asyncio from "uvio"; ${USE_LOOP(t.kind)}
    try {
      await asyncio.run(async () => {
        try {
          console.log("ready");
          await asyncio.sleep(3600);
        } catch (error) {
          await asyncio.sleep(0.001);
          console.log("cancelled:", asyncio.isCancelled(error));
          throw error;
        }
      });
    } catch (error) {
      console.log(error.name, process.listenerCount("SIGINT"));
    }`,
    { onLine: (line, process) => line === "ready" && process.kill("SIGINT") },
  );
  assert.deepEqual(child, { code: 0, signal: null, stdout: "ready\ncancelled: true\nKeyboardInterrupt 0\n", stderr: "" });
});

eachLoop("a second SIGINT ends the run, whatever main has done with the first one", async (t) => {
  const child = await runChild(
    `import * as asyncio from "uvio"; ${USE_LOOP(t.kind)}
    try {
      await asyncio.run(async () => {
        try {
          console.log("waiting");
          await asyncio.sleep(3600);
        } catch {}
        try {
          console.log("waiting");
          await asyncio.sleep(3600);
        } finally {
          console.log("cleaning up");
        }
      });
    } catch (error) {
      console.log(error.name);
    }`,
    { onLine: (line, process) => line === "waiting" && process.kill("SIGINT") },
  );
  assert.deepEqual(child, { code: 0, signal: null, stdout: "waiting\nwaiting\ncleaning up\nKeyboardInterrupt\n", stderr: "" });
});

eachLoop("SIGINT is left to a program that listens for it", async (t) => {
  const child = await runChild(
    `import * as asyncio from "uvio"; ${USE_LOOP(t.kind)}
    let hit;
    process.on("SIGINT", () => hit());
    await asyncio.run(async () => {
      const interrupted = asyncio.getEventLoop().createFuture();
      hit = () => interrupted.setResult("mine");
      console.log("ready");
      console.log(await interrupted);
    });
    process.exit(0);`,
    { onLine: (line, process) => line === "ready" && process.kill("SIGINT") },
  );
  assert.deepEqual(child, { code: 0, signal: null, stdout: "ready\nmine\n", stderr: "" });
});
