/** Hazard 7: nothing is closed twice, and nothing is used while it closes. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { loadBinding, type NativeLoop } from "#uvio/native-loop/boundary/addon.js";
import { uv } from "./support/errno.js";
import type { Name, RawLoop } from "./support/raw-loop.js";
import { rawTest } from "./support/raw-test.js";

const LARGE = new Uint8Array(8 << 20);

/** Operations that are under way at the handle while it is closed. */
const BUSY: Record<string, (loop: RawLoop, name: Name) => void> = {
  "a connect in flight": () => {},
  "a queued write": (loop, name) => void loop.native.write(...name, LARGE, 0, LARGE.length),
  "a submission": (loop, name) => loop.submit(name, Buffer.from("x")),
  "a shutdown": (loop, name) => void loop.native.shutdown(...name),
  "a queued write and a shutdown": (loop, name) => {
    loop.native.write(...name, LARGE, 0, LARGE.length);
    loop.native.shutdown(...name);
  },
  "a read": (loop, name) => void loop.native.readStart(...name, 1),
};

for (const [what, begin] of Object.entries(BUSY)) {
  for (const established of [true, false]) {
    rawTest(
      `closing twice with ${what} on a connection ${established ? "that stands" : "in the making"} is one close`,
      async ({ open, serve }) => {
        const server = await serve();
        const told: string[] = [];
        const loop = open({
          connect: () => told.push("connect"),
          written: () => told.push("written"),
          shutdown: () => told.push("shutdown"),
        });
        const name = loop.connect(server.port);
        if (established) {
          await loop.until(() => told.length === 1);
          told.length = 0;
        }
        begin(loop, name);
        loop.native.closeHandle(...name);
        loop.native.closeHandle(...name);
        assert.equal(loop.native.write(...name, LARGE, 0, 1), uv("EBADF"));
        assert.equal(loop.native.generation(name[0]), -1);
        while (loop.native.stats().handles > 0) await new Promise((resolve) => setImmediate(resolve));
        assert.deepEqual({ ...loop.native.stats(), arenas: 0 }, { handles: 0, requests: 0, slots: 0, arenas: 0 });
        assert.deepEqual(told, [], "nothing is recorded for a closed name");
      },
    );
  }
}

const LISTEN = { address: "127.0.0.1", port: 0, ipv6Only: false, reusePort: false };

/** Everything a closed loop can be asked, and what it answers. */
const CLOSED: Record<string, { call: (native: NativeLoop) => unknown; answer: unknown }> = {
  start: { call: (native) => native.start(), answer: undefined },
  stop: { call: (native) => native.stop(), answer: undefined },
  setRef: { call: (native) => native.setRef(true), answer: undefined },
  wake: { call: (native) => native.wake(), answer: undefined },
  arm: { call: (native) => native.arm(1), answer: undefined },
  close: { call: (native) => native.close(), answer: undefined },
  refill: { call: (native) => native.refill(), answer: 0 },
  flush: { call: (native) => native.flush(), answer: undefined },
  bind: { call: (native) => native.bind(LISTEN), answer: uv("EBADF") },
  connect: { call: (native) => native.connect({ address: "127.0.0.1", port: 1 }), answer: uv("EBADF") },
  bindPath: { call: (native) => native.bindPath("\0uvio-test"), answer: uv("EBADF") },
  connectPath: { call: (native) => native.connectPath("\0uvio-test"), answer: uv("EBADF") },
  startListening: { call: (native) => native.startListening(0, 1, 1), answer: uv("EBADF") },
  permitConnections: { call: (native) => native.permitConnections(0, 1, 1), answer: uv("EBADF") },
  receiveStart: { call: (native) => native.receiveStart(0, 1), answer: uv("EBADF") },
  flushDatagrams: { call: (native) => native.flushDatagrams(0, 1), answer: uv("EBADF") },
  generation: { call: (native) => native.generation(0), answer: -1 },
  readStart: { call: (native) => native.readStart(0, 1, 0), answer: uv("EBADF") },
  write: { call: (native) => native.write(0, 1, LARGE, 0, 1), answer: uv("EBADF") },
  flushStream: { call: (native) => native.flushStream(0, 1), answer: uv("EBADF") },
  shutdown: { call: (native) => native.shutdown(0, 1), answer: uv("EBADF") },
  closeHandle: { call: (native) => native.closeHandle(0, 1), answer: undefined },
  localAddress: { call: (native) => native.localAddress(0, 1), answer: uv("EBADF") },
  fileno: { call: (native) => native.fileno(0, 1), answer: uv("EBADF") },
};

rawTest("a closed loop answers, at once and after its handles have gone, and does nothing", async ({ open }) => {
  const loop = open();
  loop.listen();
  loop.native.close();
  for (const moment of ["at once", "later"]) {
    for (const [method, { call, answer }] of Object.entries(CLOSED)) assert.equal(call(loop.native), answer, `${method} ${moment}`);
    assert.throws(() => loop.native.provideArena(), { code: "EBADF" });
    assert.throws(() => loop.native.copyFromArena(-1, 0, 1), RangeError);
    while (loadBinding().stats().handles > 0) await new Promise((resolve) => setImmediate(resolve));
  }
});

rawTest("a loop may be closed in its own turn, with writes queued", async ({ open }) => {
  const loop = open({
    accept: (connection) => {
      loop.native.write(...connection, LARGE, 0, LARGE.length);
      loop.submit(connection, Buffer.from("x"));
      loop.native.close();
      loop.native.close();
    },
  });
  const client = connect(loop.listen().port, "127.0.0.1").on("error", () => {});
  client.resume();
  await once(client, "close");
});

rawTest("a listener that is closed while connections wait drops them", async ({ open }) => {
  const loop = open({ onTurn: () => 0 });
  const { name, port } = loop.listen();
  const client = connect(port, "127.0.0.1").on("error", () => {});
  await once(client, "connect");
  client.resume();
  loop.native.closeHandle(...name);
  loop.native.close();
  await once(client, "close");
});
