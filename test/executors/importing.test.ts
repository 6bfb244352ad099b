/** Modules that export functions for other threads, and whose own top level runs a program. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test, type TestContext } from "vitest";
import { runChild } from "../support/child.js";
import { LOOP_KINDS, loopSkipped } from "../support/loops.js";
import { packageRoot } from "../support/paths.js";
import { unless } from "../support/unless.js";

/** Writes the module beside the build, where "uvio" can be imported, and runs a program that imports it. */
async function runModule(t: TestContext, kind: string, body: string): Promise<string[]> {
  const folder = mkdtempSync(path.join(packageRoot, "build", "importing-"));
  t.onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, "work.mjs");
  writeFileSync(
    file,
    `import * as asyncio from "uvio";
    import * as uvloop from "uvio/uvloop";
    import { isMainThread } from "node:worker_threads";
    import { ProcessPoolExecutor, ThreadPoolExecutor } from "uvio/concurrent";
    const newLoop = () => ${kind === "uv" ? "uvloop.newEventLoop()" : "new asyncio.NodeEventLoop()"};
    export function work(n) { return n + 1; }
    asyncio.exported(import.meta, { work });
    ${body}`,
  );
  const { code, stdout, stderr } = await runChild(`await import(${JSON.stringify(file)});`, { deadline: 30 });
  assert.equal(code, 0, stderr);
  return stdout.trim().split("\n");
}

for (const kind of LOOP_KINDS) {
  const options = unless(loopSkipped(kind));

  test(`a remote call reaches a function of a module whose top level awaits its own run [${kind}]`, options, async (t) => {
    const lines = await runModule(
      t,
      kind,
      `await asyncio.run(async () => {
        const remote = new asyncio.RemoteLoop(asyncio.getRunningLoop().remote());
        console.log(await remote.callSoon(work, 1), await remote.callSoon(work, 2));
        remote.disconnect();
      }, { loopFactory: newLoop });`,
    );
    assert.deepEqual(lines, ["2 3"]);
  });

  const submissions = {
    toThread: "asyncio.toThread(work, 1)",
    runInExecutor: "asyncio.getRunningLoop().runInExecutor(null, work, 1)",
    "a thread pool": "new ThreadPoolExecutor({ maxWorkers: 1 }).submit(work, 1)",
    "a process pool": "new ProcessPoolExecutor({ maxWorkers: 1 }).submit(work, 1)",
    "an initializer": "new ThreadPoolExecutor({ maxWorkers: 1, initializer: work, initargs: [1] }).submit(work, 1)",
  };
  for (const [name, call] of Object.entries(submissions)) {
    test(`a worker that imports such a module refuses to submit a job, and says why: ${name} [${kind}]`, options, async (t) => {
      const lines = await runModule(
        t,
        kind,
        `await asyncio.run(async () => {
          if (!isMainThread || process.send !== undefined) return void (await ${call}); // In the worker.
          try { console.log(await ${call}); }
          catch (error) { console.log(error.message, error.cause?.message); }
        }, { loopFactory: newLoop });
        if (isMainThread && process.send === undefined) process.exit();`,
      );
      const told = lines.filter((line) => /cannot be imported|initializer of a worker failed/.test(line));
      assert.ok(told.length > 0, lines.join("\n"));
      assert.match(
        lines.join("\n"),
        /this worker is importing file:.+work\.mjs for its function work, and the top level of that module submits a job: each worker would start another/,
      );
    });
  }
}
