/** Hazard 6: a name that outlives its handle names nothing, in records of both rings and in calls. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import type { NativeAddress, NativeLoop } from "#uvio/native-loop/boundary/addon.js";
import { ReadMode } from "#uvio/native-loop/boundary/layout.js";
import { readAll } from "../support/raw.js";
import { uv } from "./support/errno.js";
import type { Name } from "./support/raw-loop.js";
import { rawTest } from "./support/raw-test.js";

/** Every method that takes a name, and what a stale one gets. */
const BY_NAME: Record<string, { call: (native: NativeLoop, name: Name) => unknown; stale: unknown }> = {
  readStart: { call: (native, name) => native.readStart(...name, ReadMode.TRANSIENT), stale: uv("EBADF") },
  readStop: { call: (native, name) => native.readStop(...name), stale: 0 },
  write: { call: (native, name) => native.write(...name, new Uint8Array(8), 0, 8), stale: uv("EBADF") },
  flushStream: { call: (native, name) => native.flushStream(...name), stale: uv("EBADF") },
  shutdown: { call: (native, name) => native.shutdown(...name), stale: uv("EBADF") },
  closeHandle: { call: (native, name) => native.closeHandle(...name), stale: undefined },
  setNoDelay: { call: (native, name) => native.setNoDelay(...name, true), stale: uv("EBADF") },
  setKeepAlive: { call: (native, name) => native.setKeepAlive(...name, true, 60), stale: uv("EBADF") },
  setHandleRef: { call: (native, name) => native.setHandleRef(...name, false), stale: undefined },
  localAddress: { call: (native, name) => native.localAddress(...name), stale: uv("EBADF") },
  peerAddress: { call: (native, name) => native.peerAddress(...name), stale: uv("EBADF") },
  startListening: { call: (native, name) => native.startListening(...name, 1), stale: uv("EBADF") },
  permitConnections: { call: (native, name) => native.permitConnections(...name, 1), stale: uv("EBADF") },
  receiveStart: { call: (native, name) => native.receiveStart(...name), stale: uv("EBADF") },
  flushDatagrams: { call: (native, name) => native.flushDatagrams(...name), stale: uv("EBADF") },
  fileno: { call: (native, name) => native.fileno(...name), stale: uv("EBADF") },
};

for (const [method, { call, stale }] of Object.entries(BY_NAME)) {
  rawTest(`${method} with the name of a closed connection does nothing to the slot's next owner`, async ({ open, serve }) => {
    const server = await serve();
    const loop = open();
    const first = loop.connect(server.port);
    loop.native.closeHandle(...first);
    // Last in, first out: the slot is given away at once.
    const second = loop.connect(server.port);
    assert.equal(second[0], first[0]);
    assert.notEqual(second[1], first[1]);
    const { port } = loop.native.localAddress(...second) as NativeAddress;
    const names: Name[] = [first, [first[0], 0], [first[0], -1], [-1, first[1]], [1_000_000, 1], [2 ** 31 - 1, 2 ** 31 - 1]];
    for (const name of names) assert.equal(call(loop.native, name), stale, `${method}(${name.join(", ")})`);
    assert.equal(loop.native.generation(second[0]), second[1]);
    loop.native.write(...second, Buffer.from("mine"), 0, 4);
    loop.native.shutdown(...second);
    // The first connection may have reached the server before it was closed.
    let peer = await server.accept();
    while (peer.remotePort !== port) peer = await server.accept();
    assert.equal((await readAll(peer)).toString(), "mine");
  });
}

rawTest("what a closed connection has submitted is not sent to the slot's next owner", async ({ open, serve }) => {
  const server = await serve();
  let connected = false;
  const loop = open({ connect: () => (connected = true) });
  const first = loop.connect(server.port);
  const firstPeer = await server.accept();
  loop.submit(first, Buffer.from("for the first"));
  loop.native.closeHandle(...first);
  loop.submit(first, Buffer.from("for the first, too late"));
  const second = loop.connect(server.port);
  assert.equal(second[0], first[0]);
  const secondPeer = await server.accept();
  await loop.until(() => connected);
  loop.submit(second, Buffer.from("for the second"));
  loop.submit(first, Buffer.from("for the first, much too late"));
  assert.equal(loop.native.shutdown(...second), 0);
  assert.equal((await readAll(secondPeer)).toString(), "for the second");
  assert.equal((await readAll(firstPeer)).toString(), "");
});

rawTest("records of a connection that was closed in the same turn are stale", async ({ open }) => {
  const received: Name[] = [];
  let accepted: Name[] = [];
  const loop = open({
    accept: (connection) => {
      accepted.push(connection);
      // Both become readable before either is read.
      if (accepted.length === 2) for (const name of accepted) loop.readStart(name);
    },
    data: (connection) => {
      received.push(connection);
      for (const name of accepted) loop.close(name);
    },
  });
  const { port } = loop.listen();
  const clients = [1, 2].map(() => connect(port, "127.0.0.1").on("error", () => {}));
  for (const client of clients) client.write("x");
  await Promise.all(clients.map((client) => once(client, "close")));
  assert.equal(received.length, 1, "the second record found its connection closed");
  accepted = [];
  for (const client of clients) client.destroy();
});

rawTest("an accepted connection whose listener is gone is closed by the receiver's answer", async ({ open }) => {
  const loop = open({ onTurn: (self) => (self.turns === 1 ? 0 : undefined) });
  const { name, port } = loop.listen();
  const client = connect(port, "127.0.0.1").on("error", () => {});
  await loop.until(() => loop.turns === 1); // The ACCEPT record is there, not handled.
  loop.native.closeHandle(...name);
  await loop.until(() => loop.accepted.length === 1);
  loop.close(loop.accepted[0]!);
  await once(client, "close");
});
