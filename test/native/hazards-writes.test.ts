/** Hazard 8: partial writes stay in order, and the first write error is the one that is reported. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { pattern } from "../support/protocols.js";
import { random } from "../support/random.js";
import { rawConnect, readAll } from "../support/raw.js";
import { connectDeaf } from "./support/clients.js";
import { uv } from "./support/errno.js";
import type { Name, RawLoop } from "./support/raw-loop.js";
import { rawTest } from "./support/raw-test.js";

/** Every way to send. */
const WAYS: readonly ((loop: RawLoop, name: Name, bytes: Uint8Array) => void)[] = [
  (loop, name, bytes) => loop.submit(name, bytes),
  (loop, name, bytes) => {
    loop.submit(name, bytes);
    loop.native.flush();
  },
  (loop, name, bytes) => {
    loop.submit(name, bytes);
    loop.native.flushStream(...name);
  },
  (loop, name, bytes) => void loop.native.write(...name, bytes, 0, bytes.length),
];

for (const [what, largest] of Object.entries({ lines: 40, pages: 9000, "large pieces": 700_000 })) {
  rawTest(`${what} sent in every way, much more than the kernel takes, arrive in order`, async ({ open, serve }) => {
    const server = await serve();
    let connected = false;
    const loop = open({ arenaBytes: 1 << 17, connect: () => (connected = true) });
    const name = loop.connect(server.port);
    const peer = await server.accept();
    await loop.until(() => connected);
    const next = random(8);
    const total = Math.min(15 << 20, largest * 4000);
    const bytes = pattern(total);
    const taken: Buffer[] = [];
    for (let at = 0; at < total;) {
      const piece = bytes.subarray(at, at + 1 + Math.floor(next() * largest));
      WAYS[Math.floor(next() * WAYS.length)]!(loop, name, piece);
      at += piece.length;
      // Sometimes the peer takes some, sometimes it does not.
      if (next() < 0.05) {
        if (next() < 0.5) taken.push((peer.read() as Buffer | null) ?? Buffer.alloc(0));
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    const queued = loop.native.flushStream(...name);
    if (what !== "lines") assert.ok(queued > 0, "the kernel has not taken everything");
    assert.equal(loop.native.shutdown(...name), 0);
    const got = Buffer.concat([...taken, await readAll(peer)]);
    assert.ok(got.equals(bytes), `${got.length} of ${total} bytes, or others`);
  });
}

rawTest("after a reset every way to write gives the first error, which is recorded once", async ({ open }) => {
  const told: (readonly [op: string, status: number])[] = [];
  const loop = open({
    accept: () => {},
    written: (_, status) => told.push(["written", status]),
  });
  const client = await connectDeaf(loop.listen().port);
  await loop.until(() => loop.accepted.length === 1);
  const name = loop.accepted[0]!;
  const large = new Uint8Array(8 << 20);
  assert.ok(loop.native.write(...name, large, 0, large.length) > 0);
  client.resetAndDestroy();
  await loop.until(() => told.length > 0);
  const [, first] = told[0]!;
  assert.ok(first === uv("ECONNRESET") || first === uv("EPIPE"), String(first));
  assert.equal(loop.native.write(...name, large, 0, 1), first);
  assert.equal(loop.native.flushStream(...name), first);
  assert.equal(loop.native.shutdown(...name), first);
  loop.submit(name, Buffer.from("x"));
  loop.native.flush();
  assert.deepEqual([...new Set(told.map(([, status]) => status))], [first]);
});

rawTest("the first write after a reset says ECONNRESET, and so do all later ones", async ({ open }) => {
  const told: number[] = [];
  const loop = open({ accept: () => {}, written: (_, status) => told.push(status) });
  const client = await rawConnect(loop.listen().port);
  await loop.until(() => loop.accepted.length === 1);
  const name = loop.accepted[0]!;
  client.resetAndDestroy();
  await once(client, "close");
  for (let i = 0; i < 3; i++) {
    assert.equal(loop.native.write(...name, Buffer.from("x"), 0, 1), uv("ECONNRESET"), `write ${i}`);
  }
  loop.submit(name, Buffer.from("x"));
  loop.native.flush();
  assert.deepEqual(told, [], "a caller who was told is not told again");
});

rawTest("closing drops what is queued and shutting down waits for it", async ({ open, serve }) => {
  const server = await serve();
  const told: string[] = [];
  const large = pattern(8 << 20);
  const loop = open({
    connect: (name) => told.push(`connect ${name[0]}`),
    written: (_, status, queued) => told.push(`written ${status} ${queued}`),
    shutdown: (_, status) => told.push(`shutdown ${status}`),
  });
  const name = loop.connect(server.port);
  await loop.until(() => told.length === 1);
  const peer = await server.accept();
  loop.native.write(...name, large, 0, large.length);
  loop.native.shutdown(...name);
  assert.ok((await readAll(peer)).equals(large));
  await loop.until(() => told.length === 3);
  assert.deepEqual(told.slice(1), ["written 0 0", "shutdown 0"]);
});
