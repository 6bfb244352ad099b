/** Hazards 9, 10 and 11: memory that JavaScript shares, lends or takes away. */
import assert from "node:assert/strict";
import { MessageChannel } from "node:worker_threads";
import { loadBinding } from "#uvio/native-loop/boundary/addon.js";
import { Completion, Header, ReadMode, Submission, TRANSIENT_ARENA } from "#uvio/native-loop/boundary/layout.js";
import { pattern } from "../support/protocols.js";
import { readAll } from "../support/raw.js";
import { echoOnce } from "./support/clients.js";
import { detach, WAYS_TO_DETACH } from "./support/detach.js";
import { rawTest } from "./support/raw-test.js";

// Hazard 9.
rawTest("rings must be Int32Arrays on shared memory, of a header and a power of two of records", async () => {
  const { Loop } = loadBinding();
  const ints = (length: number): Int32Array => new Int32Array(new SharedArrayBuffer(length * 4));
  const good = {
    completions: ints(Header.INTS + 2 * Completion.INTS),
    submissions: ints(Header.INTS + 2 * Submission.INTS),
    sendArenaBytes: 1,
    transientArenaBytes: 1,
    lastingArenaBytes: 1,
    turn: () => 0,
  };
  new Loop(good).close();
  const length = good.completions.length;
  const bad: Record<string, [ring: unknown, error: typeof TypeError | typeof RangeError]> = {
    "an ArrayBuffer": [new Int32Array(length), TypeError],
    "a SharedArrayBuffer itself": [good.completions.buffer, TypeError],
    "a Uint32Array": [new Uint32Array(good.completions.buffer), TypeError],
    "a DataView": [new DataView(good.completions.buffer), TypeError],
    "a plain array": [Array(length).fill(0), TypeError],
    "no record": [ints(Header.INTS), RangeError],
    "three records": [ints(Header.INTS + 3 * Completion.INTS), RangeError],
    "half a record more": [ints(length + 3), RangeError],
    "a proxy": [new Proxy(good.completions, {}), TypeError],
  };
  for (const [what, [ring, error]] of Object.entries(bad)) {
    assert.throws(() => new Loop({ ...good, completions: ring as Int32Array }), error, what);
    if (!what.includes("record")) assert.throws(() => new Loop({ ...good, submissions: ring as Int32Array }), error, what);
  }
});

// Hazard 9.
rawTest("a ring that grows, or is read by another thread, is still a ring", async ({ open }) => {
  const channel = new MessageChannel();
  const loop = open();
  channel.port1.postMessage([loop.completions, loop.submissions]);
  await echoOnce(loop.listen().port, 10_000);
  channel.port1.close();
});

for (const way of WAYS_TO_DETACH) {
  // Hazard 10.
  rawTest(`arenas that were taken away by ${way} go on receiving; a copy of the bytes is to be had`, async ({ open }) => {
    for (const mode of [ReadMode.TRANSIENT, ReadMode.LASTING]) {
      const loop = open({ mode });
      const taken = loop.arenas().map((arena) => (arena === loop.native.sendArena ? null : detach(arena, way)));
      let got = "";
      const echo = open({ mode, data: (_, bytes) => void (got += Buffer.from(bytes).toString()) });
      for (const arena of echo.arenas()) if (arena !== echo.native.sendArena) detach(arena, way);
      const name = echo.connect(loop.listen().port);
      await loop.until(() => loop.accepted.length === 1);
      echo.readStart(name);
      echo.submit(name, Buffer.from("there and back"));
      await echo.until(() => got.length === 14);
      assert.equal(got, "there and back");
      assert.ok(taken.length > 1);
    }
  });

  // Hazard 11.
  rawTest(`a user's bytes that were taken away by ${way} after write() arrive all the same`, async ({ open, serve }) => {
    const server = await serve();
    let connected = false;
    const loop = open({ connect: () => (connected = true) });
    const name = loop.connect(server.port);
    await loop.until(() => connected);
    const expected = pattern(8 << 20);
    const bytes = new Uint8Array(expected);
    assert.ok(loop.native.write(...name, bytes, 0, bytes.length) > 0);
    detach(bytes.buffer, way);
    loop.native.shutdown(...name);
    assert.ok((await readAll(await server.accept())).equals(expected));
  });
}

interface Resizable extends ArrayBuffer {
  resize(length: number): void;
}
const ResizableBuffer = ArrayBuffer as unknown as new (length: number, options: { maxByteLength: number }) => Resizable;

// Hazard 11.
rawTest("a view of a buffer that has shrunk is as long as it is now", async ({ open, serve }) => {
  const server = await serve();
  let connected = false;
  const loop = open({ connect: () => (connected = true) });
  const name = loop.connect(server.port);
  await loop.until(() => connected);
  const buffer = new ResizableBuffer(1 << 20, { maxByteLength: 1 << 21 });
  const tracking = new Uint8Array(buffer);
  const fixed = new Uint8Array(buffer, 0, 1 << 20);
  tracking.fill(7);
  buffer.resize(16);
  assert.throws(() => loop.native.write(...name, tracking, 0, 1 << 20), RangeError);
  assert.throws(() => loop.native.write(...name, fixed, 0, 1 << 20), RangeError);
  loop.native.write(...name, tracking, 4, 12);
  buffer.resize(0);
  assert.throws(() => loop.native.write(...name, tracking, 0, 1), RangeError);
  loop.native.shutdown(...name);
  assert.deepEqual([...(await readAll(await server.accept()))], Array(12).fill(7));
});

// Hazard 10.
rawTest("arenas outlive their loop for as long as JavaScript can reach them", async ({ open }) => {
  const loop = open({ mode: ReadMode.LASTING });
  const arenas = loop.arenas();
  for (const arena of arenas) new Uint8Array(arena).fill(1);
  loop.native.close();
  while (loadBinding().stats().handles > 0) await new Promise((resolve) => setImmediate(resolve));
  for (const arena of arenas) assert.equal(new Uint8Array(arena).at(-1), 1);
});

// The kernel copies to other places in a page at a fraction of the speed, on some processors.
for (const [name, mode] of Object.entries(ReadMode)) {
  rawTest(`every read begins at a multiple of 64 bytes: ${name} arenas`, async ({ open }) => {
    const offsets: number[] = [];
    const loop = open({
      mode,
      arenaBytes: 1 << 20,
      data: (connection, bytes) => {
        offsets.push(bytes.byteOffset);
        loop.submit(connection, bytes);
      },
    });
    const { port } = loop.listen();
    const lengths = [1, 63, 64, 65, 100, 4096, 4097, 9999, 70_001, 300_001];
    await Promise.all(lengths.flatMap((length) => [1, 2, 3].map((seed) => echoOnce(port, length, seed))));
    assert.ok(new Set(offsets).size > lengths.length, `${offsets.length} reads`);
    assert.deepEqual(
      offsets.filter((offset) => offset % 64 !== 0),
      [],
    );
  });
}

rawTest("copyFromArena gives bytes of arenas that exist, within their bounds", async ({ open }) => {
  const loop = open({ mode: ReadMode.LASTING, lastingArenas: 1, arenaBytes: 64 });
  new Uint8Array(loop.native.transientArena).set([1, 2, 3]);
  assert.deepEqual([...new Uint8Array(loop.native.copyFromArena(TRANSIENT_ARENA, 1, 2))], [2, 3]);
  for (const [arena, offset, length] of [
    [1, 0, 1],
    [-2, 0, 1],
    [0, 65, 0],
    [0, 0, 65],
    [0, 1, 64],
    [0, -1, 1],
    [0, 0.5, 1],
    [0, 0, 2 ** 53],
  ] as const) {
    assert.throws(() => loop.native.copyFromArena(arena, offset, length), RangeError, `${arena}, ${offset}, ${length}`);
  }
});
