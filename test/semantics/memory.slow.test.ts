/** A million tasks and timeouts leave nothing behind. Each case runs in its own process, which can call the garbage collector. */
import assert from "node:assert/strict";
import { test } from "vitest";
import { runChild } from "../support/child.js";
import { LOOP_KINDS, loopSkipped } from "../support/loops.js";
import { unless } from "../support/unless.js";

/** The most that the heap may grow by: room for the young generation and compiled code, not for an object per task. */
const SLACK_BYTES = 4 * 2 ** 20;

interface Usage {
  grown: number;
  left: number;
}

interface Case {
  name: string;
  count: number;
  body: string;
}

const cases: Case[] = [
  {
    name: "tasks of generators, created and finished",
    count: 1_000_000,
    body: `
    const child = asyncio.coroutine(function* () { yield* asyncio.sleep(0); return 1; });
    const work = asyncio.coroutine(function* (count) {
      for (let i = 0; i < count; i += 100) yield* asyncio.gather(...Array.from({ length: 100 }, () => child()));
    });`,
  },
  {
    name: "tasks of async functions, created and finished",
    count: 1_000_000,
    body: `
    const child = async () => { await asyncio.sleep(0); return 1; };
    const work = asyncio.coroutine(async (count) => {
      for (let i = 0; i < count; i += 100) await asyncio.gather(...Array.from({ length: 100 }, () => () => child()));
    });`,
  },
  {
    name: "timeouts that were never reached, in generators",
    count: 1_000_000,
    body: `
    const work = asyncio.coroutine(function* (count) {
      for (let i = 0; i < count; i++) yield* asyncio.asyncWith(asyncio.timeout(3600), function* () { if (i % 1000 === 0) yield* asyncio.sleep(0); });
    });`,
  },
  {
    name: "timeouts that were never reached, in async functions",
    count: 200_000,
    body: `
    const work = asyncio.coroutine(async (count) => {
      for (let i = 0; i < count; i++) await asyncio.asyncWith(asyncio.timeout(3600), async () => { if (i % 1000 === 0) await asyncio.sleep(0); });
    });`,
  },
  {
    name: "cancelled sleeps",
    count: 200_000,
    body: `
    const work = asyncio.coroutine(function* (count) {
      for (let i = 0; i < count; i += 100) {
        const tasks = Array.from({ length: 100 }, () => asyncio.createTask(asyncio.coroutine(function* () { yield* asyncio.sleep(3600); })()));
        yield* asyncio.sleep(0);
        for (const task of tasks) task.cancel();
        yield* asyncio.wait(tasks);
      }
    });`,
  },
  {
    name: "tasks that fail and are awaited",
    count: 200_000,
    body: `
    const child = asyncio.coroutine(function* () { throw new Error("failed"); });
    const work = asyncio.coroutine(function* (count) {
      for (let i = 0; i < count; i++) {
        try { yield* asyncio.createTask(child()); } catch {}
      }
      yield* asyncio.wrapFuture(new Promise((resolve) => setImmediate(resolve)));
    });`,
  },
];

for (const kind of LOOP_KINDS) {
  for (const { name, count, body } of cases) {
    test(`${count.toLocaleString("en")} ${name}, leave the heap where it was [${kind}]`, unless(loopSkipped(kind)), async () => {
      const factory = kind === "uv" ? "uvloop.newEventLoop()" : "new asyncio.NodeEventLoop()";
      const source = `
        import * as asyncio from "uvio";
        import * as uvloop from "uvio/uvloop";
        ${body}
        const used = () => { gc(); gc(); return process.memoryUsage().heapUsed; };
        await asyncio.run(async () => {
          await work(${count / 20});
          const before = used();
          await work(${count});
          console.log(JSON.stringify({ grown: used() - before, left: asyncio.allTasks().size }));
        }, { loopFactory: () => ${factory} });`;
      const { code, signal, stdout, stderr } = await runChild(source, { nodeArgs: ["--expose-gc"], deadline: 120 });
      assert.equal(code, 0, `${signal} ${stderr}`); // It has ended by itself: no timer keeps it.
      const { grown, left } = JSON.parse(stdout) as Usage;
      assert.equal(left, 1);
      assert.ok(grown < SLACK_BYTES, `the heap has grown by ${grown} bytes`);
    });
  }
}
