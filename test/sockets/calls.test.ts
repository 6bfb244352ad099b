/** loop.sock*: sockets of the program's own, on the native loop. */
import assert from "node:assert/strict";
import { createServer } from "node:net";
import * as asyncio from "uvio";
import { onLoop, type LoopTest } from "../support/loops.js";
import { pattern } from "../support/protocols.js";
import { on, SPELLINGS, Writer } from "../support/spellings.js";
import { addressOf, bound, LARGE, pair, unbound } from "./support.js";

const native = (name: string, body: (t: LoopTest) => void | Promise<void>): void => onLoop("uv", name, body);

for (const spelling of SPELLINGS) {
  const writer = new Writer(spelling);

  native(`a server and a client of sockets talk to each other, ${spelling}`, async (t) => {
    const listener = bound(t);
    listener.listen();
    const serve = writer.fn(function* serve() {
      const loop = asyncio.getRunningLoop();
      const [connection, peer] = yield* on(loop.sockAccept(listener));
      let received = 0;
      for (;;) {
        const data = yield* on(loop.sockRecv(connection, 100_000));
        if (data.length === 0) break;
        received += data.length;
        yield* on(loop.sockSendall(connection, data));
      }
      connection.close();
      return [received, peer] as const;
    });
    const main = writer.fn(function* main() {
      const loop = asyncio.getRunningLoop();
      const server = asyncio.createTask(serve.lazy());
      const client = unbound(t);
      yield* on(loop.sockConnect(client, addressOf(listener)));
      assert.deepEqual(client.getpeername(), listener.getsockname());
      const sent = pattern(10_000);
      yield* on(loop.sockSendall(client, sent));
      client.shutdown("write");
      const parts: Buffer[] = [];
      for (;;) {
        const data = yield* on(loop.sockRecv(client, 1000));
        if (data.length === 0) break;
        assert.ok(data.length <= 1000);
        parts.push(data);
      }
      assert.deepEqual(Buffer.concat(parts), sent);
      const [received, peer] = yield* on(server);
      assert.equal(received, sent.length);
      assert.deepEqual(peer, client.getsockname());
    });
    await t.run(main.lazy());
  });
}

native("sockSendall sends what no kernel takes at once, while others go on", async (t) => {
  const [left, right] = pair(t);
  const sent = pattern(LARGE);
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const sending = asyncio.createTask(() => loop.sockSendall(left, sent).then(() => left.shutdown("write")));
    const into = Buffer.alloc(LARGE + 1);
    let length = 0;
    for (;;) {
      const count = await loop.sockRecvInto(right, into.subarray(length));
      if (count === 0) break;
      length += count;
    }
    await sending;
    assert.deepEqual(into.subarray(0, length), sent);
  });
});

native("datagrams come with whom they are from, cut to the size asked for", async (t) => {
  const [one, other] = [bound(t, "dgram"), bound(t, "dgram")];
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const waiting = asyncio.createTask(() => loop.sockRecvfrom(other, 100));
    await asyncio.sleep(0);
    assert.equal(await loop.sockSendto(one, "first", addressOf(other)), 5);
    assert.deepEqual(await waiting, [Buffer.from("first"), one.getsockname()]);
    await loop.sockSendto(one, "second", addressOf(other));
    assert.deepEqual(await loop.sockRecvfrom(other, 3), [Buffer.from("sec"), one.getsockname()]);
    await loop.sockSendto(one, "third", addressOf(other));
    const into = Buffer.alloc(10, ".");
    assert.deepEqual(await loop.sockRecvfromInto(other, into, 2), [2, one.getsockname()]);
    assert.equal(String(into), "th........");
    await loop.sockSendto(one, "", addressOf(other));
    assert.deepEqual(await loop.sockRecvfrom(other, 100), [Buffer.alloc(0), one.getsockname()]);
    assert.throws(() => loop.sockRecvfromInto(other, into, 11), asyncio.ValueError);
  });
});

native("datagrams of IPv6 and of Unix sockets have their addresses too", async (t) => {
  const [one, other] = [bound(t, "dgram", "IPv6"), bound(t, "dgram", "IPv6")];
  const name = `\0uvio-test-${process.pid}-datagrams`;
  const unix = unbound(t, "dgram", "unix");
  unix.bind(name);
  const nameless = unbound(t, "dgram", "unix");
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    await loop.sockSendto(one, "six", addressOf(other));
    assert.deepEqual(await loop.sockRecvfrom(other, 100), [Buffer.from("six"), one.getsockname()]);
    await loop.sockSendto(nameless, "unix", name);
    assert.deepEqual(await loop.sockRecvfrom(unix, 100), [Buffer.from("unix"), ""]);
    assert.equal(unix.getsockname(), name);
  });
});

native("a name is looked up by sockConnect", async (t) => {
  const listener = bound(t);
  listener.listen();
  await t.run(async () => {
    const client = unbound(t);
    await asyncio.getRunningLoop().sockConnect(client, { address: "localhost", port: addressOf(listener).port });
    assert.deepEqual(client.getpeername(), listener.getsockname());
  });
});

native("a connection that is refused is the system's error", async (t) => {
  const gone = bound(t);
  const address = addressOf(gone);
  gone.close();
  await t.run(async () => {
    const client = unbound(t);
    await assert.rejects(async () => await asyncio.getRunningLoop().sockConnect(client, address), {
      code: "ECONNREFUSED",
      syscall: "connect",
      address: "127.0.0.1",
      port: address.port,
    });
  });
});

native("what a peer resets is ECONNRESET, and what it does not read any more EPIPE", async (t) => {
  const server = createServer((socket) => socket.on("error", () => {}).once("data", () => socket.resetAndDestroy())).listen(0, "127.0.0.1");
  t.after(() => void server.close());
  const [left, right] = pair(t);
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const client = unbound(t);
    await loop.sockConnect(client, server.address() as asyncio.Address);
    await loop.sockSendall(client, "x");
    await assert.rejects(async () => await loop.sockRecv(client, 100), { code: "ECONNRESET", syscall: "recv" });
    right.close();
    await assert.rejects(async () => await loop.sockSendall(left, "x"), { code: "EPIPE", syscall: "send" });
  });
});

native("a cancelled wait loses no data, and the socket can be used by the next task at once", async (t) => {
  const [left, right] = pair(t);
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const first = asyncio.createTask(() => loop.sockRecv(left, 100));
    await asyncio.sleep(0);
    right.send("kept"); // Readable when it is cancelled, and not received yet.
    first.cancel();
    const second = asyncio.createTask(() => loop.sockRecv(left, 100));
    await assert.rejects(async () => await first, asyncio.CancelledError);
    assert.equal(String(await second), "kept");
  });
});

native("after a cancelled sockRecv the callback of addReader stays", async (t) => {
  const [left, right] = pair(t);
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const task = asyncio.createTask(() => loop.sockRecv(left, 100));
    await asyncio.sleep(0);
    task.cancel();
    const readable = loop.createFuture<void>();
    loop.addReader(left, () => {
      assert.equal(loop.removeReader(left), true);
      readable.setResult(undefined);
    });
    await assert.rejects(async () => await task, asyncio.CancelledError);
    right.send("x");
    await readable;
    assert.equal(loop.removeReader(left), false);
  });
});

native("two tasks cannot wait for the same, and the first one goes on", async (t) => {
  const [left, right] = pair(t);
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const first = asyncio.createTask(() => loop.sockRecv(left, 100));
    await asyncio.sleep(0);
    await assert.rejects(async () => await loop.sockRecv(left, 100), asyncio.RuntimeError);
    assert.throws(() => loop.addReader(left, () => {}), asyncio.RuntimeError);
    await loop.sockSendall(left, "the other direction is free");
    right.send("x");
    assert.equal(String(await first), "x");
  });
});

native("a task whose socket is closed gets EBADF, and so does every later call", async (t) => {
  const [left] = pair(t);
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const waiting = asyncio.createTask(() => loop.sockRecv(left, 100));
    await asyncio.sleep(0);
    left.close();
    await assert.rejects(async () => await waiting, { code: "EBADF" });
    await assert.rejects(async () => await loop.sockRecv(left, 100), { code: "EBADF", syscall: "recv" });
    await assert.rejects(async () => await loop.sockSendall(left, "x"), { code: "EBADF", syscall: "send" });
    await assert.rejects(async () => await loop.sockAccept(left), { code: "EBADF", syscall: "accept" });
    assert.equal(left.fileno(), -1);
    assert.throws(() => left.getsockname(), { code: "EBADF" });
  });
});

native("a socket closed after it was waited for ends its connection at once", async (t) => {
  const [left, right] = pair(t);
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    right.send("x");
    const first = asyncio.createTask(() => loop.sockRecv(left, 100));
    assert.equal(String(await first), "x");
    const second = asyncio.createTask(() => loop.sockRecv(left, 100));
    await asyncio.sleep(0);
    second.cancel();
    await assert.rejects(async () => await second, asyncio.CancelledError);
    left.close();
    assert.equal(right.recv(100).length, 0);
  });
});

native("many accepts follow each other on one socket", async (t) => {
  const listener = bound(t);
  listener.listen();
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    for (let i = 0; i < 100; i++) {
      const accepting = asyncio.createTask(() => loop.sockAccept(listener));
      const client = new asyncio.Socket();
      await loop.sockConnect(client, addressOf(listener));
      const [connection, peer] = await accepting;
      assert.deepEqual(peer, client.getsockname());
      connection.close();
      client.close();
    }
  });
});

native("wrong arguments are told at once", async (t) => {
  const [left] = pair(t);
  await t.run(() => {
    const loop = asyncio.getRunningLoop();
    const wrong: (() => unknown)[] = [
      () => loop.sockRecv(left, "1" as never),
      () => loop.sockRecv({} as never, 1),
      () => loop.sockRecvInto(left, "text" as never),
      () => loop.sockSendall(left, 5 as never),
      () => loop.sockSendto(left, "x", { address: "127.0.0.1", port: 1 }),
      () => loop.sockConnect(unbound(t), "/a/path"),
      () => loop.sockConnect(unbound(t), { address: "127.0.0.1", port: 65536 }),
      () => loop.sockAccept(null as never),
    ];
    for (const call of wrong) assert.throws(call, TypeError, String(call));
    assert.throws(() => loop.sockRecv(left, -1), RangeError);
    return Promise.resolve();
  });
});

onLoop("node", "the portable loop says that the native one has sockets", async (t) => {
  await t.run(() => {
    const loop = asyncio.getRunningLoop();
    const sock = {} as asyncio.Socket;
    const calls: (() => unknown)[] = [
      () => loop.sockRecv(sock, 1),
      () => loop.sockRecvInto(sock, Buffer.alloc(1)),
      () => loop.sockRecvfrom(sock, 1),
      () => loop.sockRecvfromInto(sock, Buffer.alloc(1)),
      () => loop.sockSendall(sock, "x"),
      () => loop.sockSendto(sock, "x", "/a"),
      () => loop.sockConnect(sock, "/a"),
      () => loop.sockAccept(sock),
      () => loop.addReader(0, () => {}),
      () => loop.removeReader(0),
      () => loop.addWriter(0, () => {}),
      () => loop.removeWriter(0),
    ];
    for (const call of calls) assert.throws(call, { name: "NotImplementedError", message: /native loop/ }, String(call));
    return Promise.resolve();
  });
});
