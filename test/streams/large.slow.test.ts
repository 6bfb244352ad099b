/** One transfer of 1 GiB through streams: memory stays within the limits. In processes of their own, whose memory is measured. */
import assert from "node:assert/strict";
import { test } from "vitest";
import { runChild } from "../support/child.js";
import { LOOP_KINDS, uvSkipped } from "../support/loops.js";
import { unless } from "../support/unless.js";

const MIB = 2 ** 20;
/** Room for data that the limits allow to wait, buffers that are collected late, and compiled code: an eighth of the data sent. */
const SLACK_BYTES = 128 * MIB;

interface Usage {
  /** Blocks that arrived as they were sent. */
  intact: number;
  blocks: number;
  /** The most that was buffered for sending. */
  unsent: number;
  highWater: number;
  rss: number;
}

const spellings = {
  async: `
    async function send(reader, writer) {
      for (let n = 0; n < blocks; n++) {
        block.writeUInt32LE(n); // The buffer may be used again: write() has taken what it holds.
        writer.write(block);
        look(writer);
        await writer.drain();
      }
      writer.close();
      await writer.waitClosed();
    }
    async function receive(port) {
      const [reader, writer] = await asyncio.openConnection("127.0.0.1", port);
      for (let n = 0; n < blocks; n++) check(await reader.readexactly(block.length), n);
      if ((await reader.read()).length > 0) throw new Error("more than was sent");
      writer.close();
      await writer.waitClosed();
    }`,
  generator: `
    const send = asyncio.coroutine(function* (reader, writer) {
      for (let n = 0; n < blocks; n++) {
        block.writeUInt32LE(n);
        writer.write(block);
        look(writer);
        yield* writer.drain();
      }
      writer.close();
      yield* writer.waitClosed();
    });
    const receive = asyncio.coroutine(function* (port) {
      const [reader, writer] = yield* asyncio.openConnection("127.0.0.1", port);
      for (let n = 0; n < blocks; n++) check(yield* reader.readexactly(block.length), n);
      if ((yield* reader.read()).length > 0) throw new Error("more than was sent");
      writer.close();
      yield* writer.waitClosed();
    });`,
};

for (const kind of LOOP_KINDS) {
  for (const [spelling, coroutines] of Object.entries(spellings)) {
    test(`1 GiB goes through a connection in bounded memory, ${spelling} [${kind}]`, unless(kind === "uv" && uvSkipped), async () => {
      const { code, signal, stdout, stderr } = await runChild(
        `
        import * as asyncio from "uvio";
        import * as uvloop from "uvio/uvloop";
        const block = Buffer.alloc(64 * 1024, "x");
        const rest = Buffer.from(block.subarray(4));
        let blocks = 0, intact = 0, unsent = 0, highWater = 0;
        const look = (writer) => {
          highWater = writer.transport.getWriteBufferLimits().high;
          unsent = Math.max(unsent, writer.transport.getWriteBufferSize());
        };
        const check = (data, n) => void (intact += Number(data.readUInt32LE() === n && data.subarray(4).equals(rest)));
        ${coroutines}
        await asyncio.run(async () => {
          const server = await asyncio.startServer(send, "127.0.0.1", 0);
          const { port } = server.sockets[0].getsockname();
          blocks = ${(32 * MIB) / 65_536};
          await receive(port); // Code is compiled, buffers of the first use are there.
          const before = process.resourceUsage().maxRSS;
          blocks = ${(1024 * MIB) / 65_536};
          intact = 0;
          await receive(port);
          const rss = (process.resourceUsage().maxRSS - before) * 1024;
          server.close();
          console.log(JSON.stringify({ intact, blocks, unsent, highWater, rss }));
        }, { loopFactory: () => ${kind === "uv" ? "uvloop.newEventLoop()" : "new asyncio.NodeEventLoop()"} });`,
        { deadline: 120 },
      );
      assert.equal(code, 0, `${signal} ${stderr}`);
      const { intact, blocks, unsent, highWater, rss } = JSON.parse(stdout) as Usage;
      assert.equal(intact, blocks);
      assert.ok(unsent <= highWater + 65_536, `${unsent} bytes were waiting to be sent, the limit is ${highWater}`);
      assert.ok(rss < SLACK_BYTES, `the process has grown by ${(rss / MIB).toFixed(1)} MiB`);
    });
  }
}
