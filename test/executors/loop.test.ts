/** runInExecutor, toThread and the default executor, on both loops and in every spelling. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { ThreadPoolExecutor } from "uvio/concurrent";
import { on, program } from "../semantics/scenes.js";
import { eachLoop } from "../support/loops.js";
import { runChild } from "../support/child.js";
import { test } from "vitest";
import * as jobs from "./jobs.js";
import { checkWorkersAfterEach, Gate, rejection } from "./support.js";

checkWorkersAfterEach();

program("runInExecutor brings results and errors back", function* ({ loop }) {
  assert.equal(yield* on(loop.runInExecutor(null, jobs.double, 21)), 42);
  assert.equal(yield* on(loop.runInExecutor(null, jobs.later, 5)), 5);
  try {
    yield* on(loop.runInExecutor(null, jobs.fail, "negative"));
    assert.fail("it should have failed");
  } catch (error) {
    assert.ok(error instanceof asyncio.ValueError);
    assert.equal(error.message, "negative");
    assert.match(error.stack!, /jobs\.js/);
  }
});

program("toThread runs in another thread, in the caller's context", function* () {
  jobs.requestId.set("request 7");
  jobs.connection.set(new (class Connection {})());
  const { main, thread } = yield* on(asyncio.toThread(jobs.where));
  assert.equal(main, false);
  assert.notEqual(thread, 0);
  assert.deepEqual(yield* on(asyncio.toThread(jobs.readContext)), ["request 7", "request 7", true]);
});

program("runInExecutor carries no context, unless the function is wrapped in one", function* ({ loop }) {
  jobs.requestId.set("request 8");
  assert.deepEqual(yield* on(loop.runInExecutor(null, jobs.readContext)), ["none", "none", true]);
  const wrapped = asyncio.copyContext().wrap(jobs.readContext);
  assert.deepEqual(yield* on(loop.runInExecutor(null, wrapped)), ["request 8", "request 8", true]);
  assert.deepEqual(yield* on(loop.runInExecutor(null, jobs.readContext)), ["none", "none", true]);
});

program("cancelling who waits for a thread leaves the job running", function* ({ loop, task }) {
  const executor = new ThreadPoolExecutor({ maxWorkers: 1 });
  loop.setDefaultExecutor(executor);
  const gate = new Gate();
  const waiting = task(function* () {
    yield* on(asyncio.toThread(jobs.waitAtGate, gate.memory, 1));
  });
  yield* on(asyncio.wrapFuture(gate.reached(1)));
  waiting.cancel();
  try {
    yield* on(waiting);
    assert.fail("it was cancelled");
  } catch (error) {
    assert.ok(asyncio.isCancelled(error));
  }
  const next = loop.runInExecutor(null, jobs.double, 1);
  gate.open();
  assert.equal(yield* on(next), 2);
});

program("cancelling a queued job keeps it from being run", function* ({ loop }) {
  const executor = new ThreadPoolExecutor({ maxWorkers: 1 });
  const gate = new Gate();
  const unreached = new Gate();
  const first = loop.runInExecutor(executor, jobs.waitAtGate, gate.memory, 1);
  const second = loop.runInExecutor(executor, jobs.waitAtGate, unreached.memory, 2);
  const third = loop.runInExecutor(executor, jobs.double, 3);
  second.cancel();
  yield* on(asyncio.sleep(0));
  gate.open();
  assert.equal(yield* on(first), 1);
  assert.equal(yield* on(third), 6);
  assert.equal(second.cancelled(), true);
  assert.equal(new Int32Array(unreached.memory)[0], 0);
  yield* on(executor.shutdown());
});

program("an executor is an async context manager", function* ({ loop, block }) {
  const executor = new ThreadPoolExecutor({ maxWorkers: 1 });
  const body = block(function* (inside: ThreadPoolExecutor) {
    return yield* on(loop.runInExecutor(inside, jobs.double, 4));
  });
  assert.equal(yield* on(asyncio.asyncWith(executor, body)), 8);
  assert.throws(() => executor.submit(jobs.double, 1), asyncio.RuntimeError);
});

program("after shutdownDefaultExecutor the loop takes no more jobs", function* ({ loop }) {
  assert.equal(yield* on(loop.runInExecutor(null, jobs.double, 1)), 2);
  yield* on(loop.shutdownDefaultExecutor());
  yield* on(loop.shutdownDefaultExecutor());
  assert.throws(() => loop.runInExecutor(null, jobs.double, 1), {
    name: "RuntimeError",
    message: "Executor shutdown has been called; pass runInExecutor() your own executor",
  });
});

eachLoop("run waits for the jobs of the default executor", async (t) => {
  const gate = new Gate();
  let done = false;
  const run = t.run(async () => {
    void asyncio
      .getRunningLoop()
      .runInExecutor(null, jobs.waitAtGate, gate.memory)
      .addDoneCallback(() => {});
    await gate.reached(1);
  });
  void run.then(() => (done = true));
  await gate.reached(1);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(done, false);
  gate.open();
  await run;
});

eachLoop("shutdownDefaultExecutor gives up after its timeout, with a warning", async (t) => {
  const gate = new Gate();
  const executor = new ThreadPoolExecutor({ maxWorkers: 1 });
  const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    loop.setDefaultExecutor(executor);
    const job = loop.runInExecutor(null, jobs.waitAtGate, gate.memory, 9);
    await gate.reached(1);
    await loop.shutdownDefaultExecutor(0.001);
    gate.open();
    assert.equal(await job, 9);
  });
  assert.equal((await warned).name, "RuntimeWarning");
  await executor.shutdown();
});

eachLoop("what a callback of a job throws is told to the loop's exception handler, and who awaits the job goes on", async (t) => {
  await t.run(async () => {
    const messages: string[] = [];
    const loop = asyncio.getRunningLoop();
    loop.setExceptionHandler((_loop, { message, exception }) => void messages.push(`${message}: ${String(exception)}`));
    const executor = new ThreadPoolExecutor({ maxWorkers: 1 });
    const job = executor.submit(jobs.double, 2);
    job.addDoneCallback(() => {
      throw new Error("in the callback");
    });
    assert.equal(await asyncio.waitFor(job, 60), 4);
    assert.deepEqual(messages, ["Exception in a callback of <ConcurrentFuture finished>: Error: in the callback"]);
    await executor.shutdown();
  });
});

eachLoop("gather, waitFor and timeout take jobs like anything else", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const gate = new Gate();
    assert.deepEqual(await asyncio.gather(asyncio.toThread(jobs.double, 1), () => asyncio.toThread(jobs.double, 2)), [2, 4]);
    const late = loop.runInExecutor(null, jobs.waitAtGate, gate.memory, 3);
    assert.ok((await rejection(asyncio.waitFor(late, 0.01))) instanceof asyncio.TimeoutError);
    gate.open();
  });
});

eachLoop("what is no executor, no function, or not exported is refused at once", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const local = (): number => 1;
    assert.throws(() => loop.runInExecutor({} as never, jobs.double, 1), /executor must be an Executor or null, got an object/);
    assert.throws(() => loop.setDefaultExecutor(null as never), /executor must be a ThreadPoolExecutor, got null/);
    assert.throws(() => asyncio.toThread(3 as never), /toThread: fn must be a function, got 3/);
    assert.throws(() => loop.runInExecutor(null, local), {
      name: "TypeError",
      message:
        /^runInExecutor: the function local is not exported.*export function local\(\.\.\.\) \{ \.\.\. \} exported\(import\.meta, \{ local \}\)/,
    });
    assert.throws(() => asyncio.toThread(local), { name: "TypeError", message: /^toThread: the function local is not exported.*export/ });
  });
});

test("a function of the program's own first module is refused: it would run again", async () => {
  const program = `import * as asyncio from "uvio"; import { writeFileSync, rmSync } from "node:fs";
    const file = new URL("./build/entry-" + process.pid + ".mjs", "file://" + process.cwd() + "/");
    writeFileSync(file, 'import * as asyncio from "uvio"; export function work() {} asyncio.exported(import.meta, { work });' +
      'await asyncio.run(async () => await asyncio.toThread(work)).catch((error) => console.log(error.name, error.message));');
    process.on("exit", () => rmSync(file));
    const { spawnSync } = await import("node:child_process");
    const { fileURLToPath } = await import("node:url");
    process.stdout.write(spawnSync(process.execPath, [fileURLToPath(file)], { encoding: "utf8" }).stdout);`;
  const { stdout } = await runChild(program);
  assert.match(stdout, /^RuntimeError .*work is in the program's entry module/);
});

test("a default executor that was used does not keep the process alive, nor does an executor nobody shut down", async () => {
  const child = await runChild(`
    import * as asyncio from "uvio";
    import { exported, ThreadPoolExecutor, ProcessPoolExecutor } from "uvio/concurrent";
    import { hrtime } from "node:process";
    import { basename } from "node:path";
    exported("node:path", { basename });
    await asyncio.run(async () => console.log(await asyncio.toThread(basename, "/a/b")));
    const threads = new ThreadPoolExecutor({ maxWorkers: 1 });
    const processes = new ProcessPoolExecutor({ maxWorkers: 1 });
    console.log(await threads.submit(basename, "/a/c"), await processes.submit(basename, "/a/d"));
  `);
  assert.deepEqual(child, { code: 0, signal: null, stdout: "b\nc d\n", stderr: "" });
});
