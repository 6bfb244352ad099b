/** Buffers that share their memory, received ones and those of Node's pool: another thread gets their bytes, and nothing beside them. */
import assert from "node:assert/strict";
import { test } from "vitest";
import * as asyncio from "uvio";
import { ProcessPoolExecutor, ThreadPoolExecutor, transfer } from "uvio/concurrent";
import { copyOf } from "#uvio/util/slab.js";
import { on, program } from "../semantics/scenes.js";
import { onLoop } from "../support/loops.js";
import { pattern } from "../support/protocols.js";
import * as jobs from "./jobs.js";
import { checkWorkersAfterEach, rejection } from "./support.js";

checkWorkersAfterEach();

const received = (): Buffer => copyOf(Buffer.from("text"));

const VIEWS: Readonly<Record<string, readonly [make: () => ArrayBufferView, kind: string]>> = {
  "a received Buffer": [received, "Buffer"],
  "a Buffer of Node's pool": [() => Buffer.from("text"), "Buffer"],
  "a part of a Buffer of Node's pool": [() => Buffer.from("a text").subarray(2), "Buffer"],
  "an array in received memory": [() => new Uint8Array(received().buffer, 0, 4).fill(0x74), "Uint8Array"],
  "an array of numbers in received memory": [() => new Uint16Array(received().buffer, 0, 2).fill(0x7474), "Uint16Array"],
  "a DataView of received memory": [() => new DataView(received().buffer, 0, 4), "DataView"],
};

for (const [what, [make, kind]] of Object.entries(VIEWS)) {
  for (const Pool of [ThreadPoolExecutor, ProcessPoolExecutor]) {
    test(`a worker gets no memory beside ${what} [${Pool.name}]`, { timeout: 60_000 }, async () => {
      const view = make();
      const expected = jobs.arrivedAs(view);
      assert.ok(expected[2] > 4, "it shares its memory");
      const pool = new Pool({ maxWorkers: 1, initializer: jobs.prepareArrived, initargs: [view] });
      try {
        for (const arrived of [await pool.submit(jobs.arrivedAs, view), await pool.submit(jobs.preparedArrived)]) {
          const [arrivedKind, text, memory] = arrived!;
          assert.deepEqual([arrivedKind, text], [kind, expected[1]]);
          if (Pool === ThreadPoolExecutor) assert.equal(memory, 4); // The channel between processes has a buffer of its own.
        }
      } finally {
        await pool.shutdown();
      }
    });
  }
}

test("jobs of several calls, contexts and errors take no memory with them", async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const calls = ["one", "two"].map((text) => copyOf(Buffer.from(text)));
  const arrived: jobs.Arrived[] = [];
  for await (const one of pool.map(jobs.arrivedAs, calls, { chunksize: 2 })) arrived.push(one);
  assert.deepEqual(arrived, [
    ["Buffer", "one", 3],
    ["Buffer", "two", 3],
  ]);
  const results: jobs.Arrived[] = [];
  for await (const one of pool.map(jobs.bufferOf, ["one", "two"], { chunksize: 2 })) results.push(jobs.arrivedAs(one));
  assert.deepEqual(results, arrived);
  assert.deepEqual(jobs.arrivedAs(await pool.submit(jobs.bufferOf, "text")), ["Buffer", "text", 4]);
  const { bytes } = await rejection(pool.submit(jobs.throwWithBytes, "text"));
  assert.deepEqual(jobs.arrivedAs(bytes as Uint8Array), ["Uint8Array", "text", 4]);
  const context = asyncio.copyContext();
  context.run(() => jobs.bytesInContext.set(received()));
  assert.deepEqual(await pool.submit(context.wrap(jobs.arrivedInContext)), ["Uint8Array", "text", 4]);
  await pool.shutdown();
});

test("memory that the program has made itself is sent whole", async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const shared = Buffer.from(new SharedArrayBuffer(Buffer.poolSize), 0, 4).fill("text");
  assert.deepEqual(await pool.submit(jobs.arrivedAs, shared), ["Buffer", "text", Buffer.poolSize]);
  const own = Buffer.from(new ArrayBuffer(100), 10, 4).fill("text");
  assert.deepEqual(await pool.submit(jobs.arrivedAs, own), ["Buffer", "text", 100]);
  assert.deepEqual(await pool.submit(jobs.arrivedAs, transfer(own)), ["Buffer", "text", 100]);
  assert.equal(own.length, 0);
  await pool.shutdown();
});

program("a remote loop gets no memory beside a received Buffer, and sends none back", function* ({ loop }) {
  const remote = new asyncio.RemoteLoop(loop.remote());
  assert.deepEqual(yield* on(remote.callSoon(jobs.arrivedAs, received())), ["Buffer", "text", 4]);
  assert.deepEqual(jobs.arrivedAs(yield* on(remote.callSoon(jobs.bufferOf, "text"))), ["Buffer", "text", 4]);
  remote.disconnect();
});

// Received into memory that many connections share.
onLoop("uv", "a worker gets no memory beside a large message", async (t) => {
  await t.run(async () => {
    const size = 20_000;
    const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const server = await asyncio.startServer(
      async (reader, writer) => {
        for (let message = 1; message <= 3; message++) {
          const data = await reader.readexactly(size);
          assert.ok(message === 1 || data.buffer.byteLength > size, "it shares its memory");
          const [kind, , memory] = await pool.submit(jobs.arrivedAs, data);
          assert.deepEqual([kind, memory], ["Buffer", size]);
          writer.write(String(memory));
        }
        writer.close();
      },
      "127.0.0.1",
      0,
    );
    const [reader, writer] = await asyncio.openConnection("127.0.0.1", server.sockets[0]!.getsockname().port);
    for (let message = 1; message <= 3; message++) {
      writer.write(pattern(size));
      assert.equal(String(await reader.readexactly(5)), String(size));
    }
    writer.close();
    server.close();
    await server.waitClosed();
    await pool.shutdown();
  });
});
