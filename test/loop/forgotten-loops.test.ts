/** Many loops, closed or forgotten without close(), leave nothing behind. Each case runs in a process of its own, which can collect garbage. */
import assert from "node:assert/strict";
import { test } from "vitest";
import { runChild } from "../support/child.js";
import { LOOP_KINDS, loopSkipped } from "../support/loops.js";
import { unless } from "../support/unless.js";

const LOOPS = 200;
/** A loop that is kept has some objects of 8 KiB in all; the arenas of a native one were 3 MiB. */
const KEPT_BYTES = 16 * 1024;
/** Nothing is left of a loop that is gone, but the heap varies by some hundred KiB between two collections. */
const GONE_BYTES = 4 * 1024;

interface Left {
  bytes: number;
  signals: number;
  servers: number;
  reports: number;
}

/** Runs `LOOPS` loops, each with a connection over a server of its own and a task that fails, and measures what they leave. */
async function leave(kind: string, end: string): Promise<Left> {
  const source = `
    import * as asyncio from "uvio";
    import * as uvloop from "uvio/uvloop";
    const newLoop = () => ${kind === "uv" ? "uvloop.newEventLoop()" : "new asyncio.NodeEventLoop()"};
    const kept = [];
    let reports = 0;
    console.error = (text) => { if (/exception was never retrieved/.test(text)) reports++; };
    async function one() {
      const loop = newLoop();
      const big = Buffer.alloc(0).toString().padEnd(8192, "a closure of the program ");
      loop.setExceptionHandler((_, context) => { if (/exception was never retrieved/.test(context.message)) reports++; else console.log(big, context); });
      const task = await loop.runUntilComplete(async () => {
        const failing = asyncio.createTask(async () => { throw new Error("failed"); });
        const server = await asyncio.startServer(async (reader, writer) => { await reader.readline(); writer.close(); }, "127.0.0.1", 0);
        const [reader, writer] = await asyncio.openConnection("127.0.0.1", server.sockets[0].getsockname().port);
        writer.write("line\\n");
        await reader.read();
        writer.close();
        await writer.waitClosed();
        loop.addSignalHandler("SIGUSR2", () => loop);
        asyncio.createTask(async () => { for await (const _ of items()) await asyncio.sleep(3600); });
        loop.callLater(3600, () => loop);
        await asyncio.sleep(0);
        return [failing, server];
      });
      ${end}
    }
    async function* items() { yield* [1, 2]; }
    const collect = async () => {
      for (let i = 0; i < 8; i++) { gc(); await new Promise((resolve) => setImmediate(resolve)); }
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    for (let i = 0; i < 30; i++) await one();
    const before = await collect();
    for (let i = 0; i < ${LOOPS}; i++) await one();
    const bytes = ((await collect()) - before) / ${LOOPS};
    const servers = process.getActiveResourcesInfo().filter((name) => name === "TCPServerWrap").length;
    console.log(JSON.stringify({ bytes, signals: process.listenerCount("SIGUSR2"), servers, reports }));
    process.exit();`;
  const { code, stdout, stderr } = await runChild(source, { nodeArgs: ["--expose-gc"], deadline: 60 });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Left;
}

for (const kind of LOOP_KINDS) {
  test(`${LOOPS} loops that were closed leave nothing behind [${kind}]`, unless(loopSkipped(kind)), async () => {
    const left = await leave(kind, "task[1].close(); loop.close();");
    assert.ok(left.bytes < GONE_BYTES, `${left.bytes} bytes a loop`);
    assert.deepEqual({ signals: left.signals, servers: left.servers }, { signals: 0, servers: 0 });
    assert.ok(left.reports > LOOPS, `${left.reports} errors were reported`);
  });

  test(
    `${LOOPS} closed loops that failed futures refer to keep no memory but themselves [${kind}]`,
    unless(loopSkipped(kind)),
    async () => {
      const left = await leave(kind, "task[1].close(); loop.close(); kept.push(task[0]);");
      assert.ok(left.bytes < KEPT_BYTES, `${left.bytes} bytes a loop`);
      assert.equal(left.reports, 0);
    },
  );

  test(`${LOOPS} loops that were forgotten give back memory, servers and signals [${kind}]`, unless(loopSkipped(kind)), async () => {
    const left = await leave(kind, "");
    assert.ok(left.bytes < GONE_BYTES, `${left.bytes} bytes a loop`);
    // The last one may still be in a register or a stack slot.
    assert.ok(left.signals <= 2 && left.servers <= 2, `${left.signals} listeners for the signal, ${left.servers} servers`);
    assert.ok(left.reports > LOOPS, `${left.reports} errors were reported`);
  });
}
