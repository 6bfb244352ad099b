/** The option `sock` and connectAcceptedSocket: transports and servers of sockets that were made elsewhere. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync } from "node:fs";
import { connect, type Socket as NetSocket } from "node:net";
import path from "node:path";
import type { Duplex } from "node:stream";
import * as asyncio from "uvio";
import { ca, local, opensslSkipped } from "../support/certificates.js";
import { folderOf, isLinux, openDescriptors, openedSince } from "../support/descriptors.js";
import { runChild } from "../support/child.js";
import { eachLoop, onLoop, uvSkipped, type LoopTest } from "../support/loops.js";
import { packageRoot } from "../support/paths.js";
import { Echo, Recorder } from "../support/protocols.js";
import { on, SPELLINGS, Writer } from "../support/spellings.js";
import { addressOf, bound, pair, unbound } from "./support.js";

/** Sockets need the addon, also where the loop does not. */
const withSockets = (name: string, body: (t: LoopTest) => Promise<void>, skip: string | false = false): void =>
  eachLoop(name, body, { skip: skip || uvSkipped });

/** As a Socket, and as its descriptor. */
const FORMS: Readonly<Record<string, (socket: asyncio.Socket) => asyncio.SocketSource>> = {
  "a Socket": (socket) => socket,
  "{ fd }": (socket) => ({ fd: socket.detach() }),
};

/** Returns the two ends of a TCP connection: the accepted Socket and its client. */
async function accepted(t: LoopTest): Promise<[asyncio.Socket, NetSocket]> {
  const listener = bound(t);
  listener.listen();
  const client = connect(addressOf(listener).port, "127.0.0.1");
  client.on("error", () => {}); // The test breaks the connection.
  t.after(() => void client.destroy());
  await once(client, "connect");
  const [socket] = listener.accept();
  listener.close();
  t.after(() => socket.close());
  return [socket, client];
}

const recorder = (): Recorder => new Recorder();

async function over(protocol: Recorder): Promise<void> {
  protocol.transport.abort();
  await protocol.lost;
}

for (const spelling of SPELLINGS) {
  const writer = new Writer(spelling);

  for (const [form, give] of Object.entries(FORMS)) {
    withSockets(`a server listens on ${form}, and a connection is made of one, ${spelling}`, async (t) => {
      const listener = bound(t);
      const address = addressOf(listener);
      const [socket, client] = await accepted(t);
      const names = [socket.getsockname(), socket.getpeername()];
      const main = writer.fn(function* main() {
        const loop = asyncio.getRunningLoop();
        const server = yield* on(loop.createServer(() => new Echo(), null, null, { sock: give(listener) }));
        assert.deepEqual(server.sockets[0]!.getsockname(), address);
        const [there, protocol] = yield* on(loop.createConnection(recorder, "127.0.0.1", address.port));
        there.write("hello");
        yield* on(protocol.received(5));
        assert.equal(String(protocol.data()), "hello");
        there.close();
        assert.equal(yield* on(protocol.lost), null);
        server.close();
        yield* on(server.waitClosed());

        const [transport, made] = yield* on(loop.createConnection(recorder, null, null, { sock: give(socket) }));
        assert.deepEqual([transport.getExtraInfo("sockname"), transport.getExtraInfo("peername")], names);
        client.write("over");
        yield* on(made.received(4));
        transport.close();
        assert.equal(yield* on(made.lost), null);
        assert.deepEqual(made.events, ["made", "data", "lost"]);
      });
      await t.run(main.lazy());
      assert.deepEqual([listener.fileno(), socket.fileno()], [-1, -1]);
    });

    withSockets(`a Unix server and a Unix connection are made of ${form}, ${spelling}`, async (t) => {
      const name = path.join(folderOf(t), "socket");
      const listener = unbound(t, "stream", "unix");
      listener.bind(name);
      const [left, right] = pair(t);
      const main = writer.fn(function* main() {
        const loop = asyncio.getRunningLoop();
        const server = yield* on(loop.createUnixServer(() => new Echo(), null, { sock: give(listener) }));
        assert.equal(server.sockets[0]!.getsockname(), name);
        const [there, protocol] = yield* on(loop.createUnixConnection(recorder, name));
        there.write("hello");
        yield* on(protocol.received(5));
        there.close();
        yield* on(protocol.lost);
        server.close();
        yield* on(server.waitClosed());
        assert.equal(existsSync(name), false);

        const [transport] = yield* on(loop.createUnixConnection(recorder, null, { sock: give(left) }));
        const [, accepting] = yield* on(loop.connectAcceptedSocket(recorder, give(right)));
        transport.write("over");
        yield* on(accepting.received(4));
        assert.equal(transport.getExtraInfo("peername"), "");
        transport.close();
        yield* on(accepting.lost);
        assert.deepEqual(accepting.events, ["made", "data", "eof", "lost"]);
      });
      await t.run(main.lazy());
    });
  }
}

withSockets("streams are made of sockets too", async (t) => {
  const listener = bound(t);
  const [socket, client] = await accepted(t);
  await t.run(async () => {
    const server = await asyncio.startServer(
      async (reader, writer) => {
        writer.write(await reader.readline());
        writer.close();
      },
      null,
      null,
      { sock: listener },
    );
    const [reader, writer] = await asyncio.openConnection("127.0.0.1", server.sockets[0]!.getsockname().port);
    writer.write("line\n");
    assert.equal(String(await reader.read()), "line\n");
    writer.close();
    await writer.waitClosed();
    const [other] = await asyncio.openConnection(null, null, { sock: socket });
    client.end("end");
    assert.equal(String(await other.read()), "end");
    server.close();
    await server.waitClosed();
  });
});

withSockets("a Unix server's file stays with cleanupSocket false, and with createServer", async (t) => {
  const folder = folderOf(t);
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    for (const create of [
      (sock: asyncio.Socket) => loop.createUnixServer(recorder, null, { sock, cleanupSocket: false }),
      (sock: asyncio.Socket) => loop.createServer(recorder, null, null, { sock }),
    ]) {
      const name = path.join(folder, `${Math.random()}`);
      const listener = unbound(t, "stream", "unix");
      listener.bind(name);
      const server = await create(listener);
      const [transport, protocol] = await loop.createUnixConnection(recorder, name);
      transport.abort();
      await protocol.lost;
      server.close();
      await server.waitClosed();
      assert.equal(existsSync(name), true);
    }
  });
});

withSockets(
  "TLS runs over sockets that are given",
  async (t) => {
    const listener = bound(t);
    const { key, cert } = local();
    const [near, far] = pair(t);
    await t.run(async () => {
      const loop = asyncio.getRunningLoop();
      const server = await loop.createServer(() => new Echo(), null, null, { sock: listener, ssl: { key, cert } });
      const { port } = server.sockets[0]!.getsockname();
      const [, client] = await loop.createConnection(recorder, "127.0.0.1", port, { ssl: { ca } });
      client.transport.write("secret");
      await client.received(6);
      client.transport.close();
      await client.lost;
      server.close();
      await server.waitClosed();

      const accepting = asyncio.createTask(() => loop.connectAcceptedSocket(() => new Echo(), near, { ssl: { key, cert } }));
      const [transport, protocol] = await loop.createUnixConnection(recorder, null, {
        sock: far,
        ssl: { ca },
        serverHostname: "localhost",
      });
      const [, echo] = await accepting;
      transport.write("secret");
      await protocol.received(6);
      assert.equal(near.fileno(), echo.transport.getExtraInfo("socket")!.fileno());
      transport.close();
      await Promise.all([protocol.lost, echo.lost]);

      assert.throws(() => loop.createConnection(recorder, null, null, { sock: { fd: 0 }, ssl: true }), asyncio.ValueError);
      assert.throws(() => loop.connectAcceptedSocket(recorder, { fd: 0 }, { sslHandshakeTimeout: 1 }), asyncio.ValueError);
    });
  },
  opensslSkipped,
);

withSockets("a socket that a transport has is refused to everybody else, and still tells its names", async (t) => {
  const [left, right] = pair(t);
  const listener = bound(t);
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const [transport, protocol] = await loop.connectAcceptedSocket(recorder, left);
    const server = await loop.createServer(recorder, null, null, { sock: listener });
    const expected = { name: "RuntimeError", message: /File descriptor \d+ is used by a transport/ };
    for (const one of [left, listener]) {
      assert.throws(() => one.detach(), expected);
      assert.throws(() => one.recv(1), expected);
      assert.throws(() => loop.createConnection(recorder, null, null, { sock: one }), expected);
      assert.ok(one.fileno() >= 0);
    }
    if (t.kind === "uv") {
      await assert.rejects(async () => await loop.sockRecv(left, 1), expected);
      assert.throws(() => loop.addReader(left, () => {}), expected);
      await assert.rejects(async () => await loop.connectAcceptedSocket(recorder, { fd: left.fileno() }), expected);
    }
    assert.equal(left.getsockname(), "");
    assert.deepEqual(listener.getsockname(), server.sockets[0]!.getsockname());
    assert.equal(left.fileno(), transport.getExtraInfo("socket")!.fileno());
    left.close(); // Without effect: the transport closes it.
    transport.write("still open");
    transport.close();
    await protocol.lost;
    assert.equal(String(right.recv(100)), "still open");
    assert.throws(() => left.detach(), { code: "EBADF" });
    server.close();
    await server.waitClosed();
  });
});

onLoop("uv", "waiting for a socket ends when it becomes a transport's", async (t) => {
  const [left] = pair(t);
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const waiting = asyncio.createTask(() => loop.sockRecv(left, 1));
    await asyncio.sleep(0);
    const [, protocol] = await loop.connectAcceptedSocket(recorder, left);
    await assert.rejects(async () => await waiting, { code: "EBADF" });
    await over(protocol);
  });
});

withSockets("what cannot be used is refused by name, and stays the caller's", async (t) => {
  const [datagrams] = pair(t, "unix", "dgram");
  const tcp = bound(t);
  const udp = bound(t, "dgram");
  const gone = bound(t);
  gone.close();
  const file = openSync(process.execPath, "r");
  t.after(() => closeSync(file));
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const stream = { name: "ValueError", message: /A Stream Socket was expected, got <Socket/ };
    const unix = { name: "ValueError", message: /A UNIX Domain Stream Socket was expected, got <Socket/ };
    for (const sock of [datagrams, udp]) {
      assert.throws(() => loop.createServer(recorder, null, null, { sock }), stream);
      assert.throws(() => loop.createConnection(recorder, null, null, { sock }), stream);
      assert.throws(() => loop.connectAcceptedSocket(recorder, sock), stream);
      assert.throws(() => loop.connectAcceptedSocket(recorder, { fd: sock.fileno() }), stream);
    }
    assert.throws(() => loop.createUnixServer(recorder, null, { sock: tcp }), unix);
    assert.throws(() => loop.createUnixConnection(recorder, null, { sock: tcp }), unix);
    for (const one of [datagrams, udp, tcp]) assert.ok(one.getsockopt("SOL_SOCKET", "SO_TYPE") > 0);

    const both = { name: "ValueError", message: /and sock can not be specified at the same time/ };
    assert.throws(() => loop.createServer(recorder, "127.0.0.1", 0, { sock: tcp }), both);
    assert.throws(() => loop.createServer(recorder, null, 0, { sock: tcp }), both);
    assert.throws(() => loop.createConnection(recorder, null, 80, { sock: tcp }), both);
    assert.throws(() => loop.createUnixServer(recorder, "/nowhere", { sock: tcp }), both);
    assert.throws(() => loop.createUnixConnection(recorder, "/nowhere", { sock: tcp }), both);
    const neither = (message: string) => ({ name: "ValueError", message }); // The texts of CPython 3.13.
    assert.throws(() => loop.createServer(recorder), neither("Neither host/port nor sock were specified"));
    assert.throws(() => loop.createServer(recorder, null, null, { backlog: 5 }), neither("Neither host/port nor sock were specified"));
    for (const none of [null, undefined]) {
      assert.throws(() => loop.createConnection(recorder, none, none), neither("host and port was not specified and no sock specified"));
      assert.throws(() => loop.createUnixServer(recorder, none), neither("path was not specified, and no sock specified"));
      assert.throws(() => loop.createUnixConnection(recorder, none), neither("no path and sock were specified"));
    }

    const call = (sock: unknown) => loop.connectAcceptedSocket(recorder, sock as asyncio.SocketSource);
    assert.throws(() => call(gone), { code: "EBADF" });
    assert.throws(() => call({ fd: file }), { code: "ENOTSOCK" });
    assert.throws(() => call({ fd: 1e6 }), { code: "EBADF" });
    for (const bad of [{}, null, undefined, 3, { fd: -1 }, { fd: "3" }, { fd: 1.5 }]) {
      assert.throws(() => call(bad), { name: "TypeError", message: /^sock must be a Socket or \{ fd \}, got / });
    }
  });
});

withSockets("a connection that its factory fails for, or that is cancelled while it begins, is closed once", async (t) => {
  const [left, right] = pair(t);
  const [other, end] = pair(t);
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const fail = (): never => {
      throw new RangeError("no protocol");
    };
    await assert.rejects(async () => await loop.connectAcceptedSocket(fail, left), RangeError);
    const protocol = recorder();
    const connecting = asyncio.createTask(() => loop.connectAcceptedSocket(() => protocol, other));
    await asyncio.sleep(0);
    connecting.cancel();
    await assert.rejects(async () => await connecting, asyncio.CancelledError);
    await protocol.lost;
  });
  assert.deepEqual([left.fileno(), other.fileno()], [-1, -1]);
  for (const peer of [right, end]) assert.equal(peer.recv(1).length, 0);
});

withSockets(
  "no descriptor is left of sockets that were given",
  async (t) => {
    const before = openDescriptors();
    await t.run(async () => {
      const loop = asyncio.getRunningLoop();
      for (let i = 0; i < 20; i++) {
        const [left, right] = asyncio.Socket.socketpair();
        const [, one] = await loop.connectAcceptedSocket(recorder, left);
        const [, other] = await loop.connectAcceptedSocket(recorder, { fd: right.detach() });
        one.transport.close();
        await Promise.all([one.lost, other.lost]);
      }
    });
    assert.deepEqual(await openedSince(before), []);
  },
  isLinux ? false : "needs /proc",
);

withSockets("options of listeners and connections can be read and set", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const server = await loop.createServer(recorder, "127.0.0.1", 0);
    const [listening] = server.sockets;
    assert.equal(listening!.getsockopt("SOL_SOCKET", "SO_REUSEADDR"), 1);
    listening!.setsockopt("SOL_SOCKET", "SO_RCVBUF", 65536);
    assert.ok(listening!.getsockopt("SOL_SOCKET", "SO_RCVBUF") >= 65536);
    assert.deepEqual([listening!.family, listening!.type], ["IPv4", "stream"]);
    assert.throws(() => listening!.getpeername(), { code: "ENOTCONN" });
    const [transport, protocol] = await loop.createConnection(recorder, "127.0.0.1", listening!.getsockname().port);
    const socket = transport.getExtraInfo("socket")!;
    assert.equal(socket.getsockopt("IPPROTO_TCP", "TCP_NODELAY"), 1);
    socket.setsockopt("SOL_SOCKET", "SO_KEEPALIVE", true);
    assert.equal(socket.getsockopt("SOL_SOCKET", "SO_KEEPALIVE", 4).readInt32LE(), 1);
    transport.abort();
    await protocol.lost;
    server.close();
    await server.waitClosed();
    for (const one of [listening!, socket]) {
      assert.equal(one.fileno(), -1);
      assert.throws(() => one.getsockopt("SOL_SOCKET", "SO_ERROR"), { code: "EBADF" });
    }
  });
});

for (const host of ["127.0.0.1", "::1"]) {
  withSockets(`servers with reusePort share the port of ${host}`, async (t) => {
    await t.run(async () => {
      const loop = asyncio.getRunningLoop();
      const first = await loop.createServer(recorder, host, 0, { reusePort: true });
      const address = first.sockets[0]!.getsockname();
      assert.equal(first.sockets[0]!.getsockopt("SOL_SOCKET", "SO_REUSEPORT"), 1);
      if (host === "::1") assert.equal(first.sockets[0]!.getsockopt("IPPROTO_IPV6", "IPV6_V6ONLY"), 1);
      const second = await loop.createServer(recorder, host, address.port, { reusePort: true });
      assert.deepEqual(second.sockets[0]!.getsockname(), address);
      await assert.rejects(async () => await loop.createServer(recorder, host, address.port), { code: "EADDRINUSE" });
      for (const server of [first, second]) {
        server.close();
        await server.waitClosed();
      }
      const alone = await loop.createServer(recorder, host, address.port);
      await assert.rejects(async () => await loop.createServer(recorder, host, address.port, { reusePort: true }), { code: "EADDRINUSE" });
      alone.close();
      await alone.waitClosed();
    });
  });
}

for (const host of ["127.0.0.1", "::1"]) {
  withSockets(`a server of ${host} takes a port that is lingered on, unless reuseAddress is false`, async (t) => {
    await t.run(async () => {
      const loop = asyncio.getRunningLoop();
      for (const [reuseAddress, expected] of [
        [undefined, 1],
        [true, 1],
        [false, 0],
      ] as const) {
        const server = await loop.createServer(recorder, host, 0, { reuseAddress });
        const socket = server.sockets[0]!;
        assert.equal(socket.getsockopt("SOL_SOCKET", "SO_REUSEADDR"), expected);
        const { port } = socket.getsockname();
        const [transport, protocol] = await loop.createConnection(recorder, host, port);
        transport.close();
        await protocol.lost;
        const refused = { code: "EADDRINUSE", address: host, port };
        await assert.rejects(async () => await loop.createServer(recorder, host, port, { reuseAddress }), refused);
        server.close();
        await server.waitClosed();
      }
    });
  });
}

const NO_ADDON = { UVIO_ADDON: "./no-such-addon.node" };

onLoop(
  "node",
  "without the addon reusePort works where Node has it, and is refused where not, as reuseAddress: false always is",
  async () => {
    const { stdout, stderr, code } = await runChild(
      `import * as asyncio from "uvio";
     await asyncio.run(async () => {
       const loop = asyncio.getRunningLoop();
       for (const options of [{ reusePort: true }, { reuseAddress: false }]) {
         try {
           const server = await loop.createServer(() => new asyncio.Protocol(), "127.0.0.1", 0, options);
           server.close();
           console.log("done");
         } catch (error) {
           console.log(error.name);
         }
       }
     });`,
      { env: NO_ADDON },
    );
    const [major, minor] = process.versions.node.split(".").map(Number) as [number, number];
    const hasIt = major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12);
    assert.deepEqual(
      { stdout, stderr, code },
      { stdout: `${hasIt ? "done" : "NotImplementedError"}\nNotImplementedError\n`, stderr: "", code: 0 },
    );
  },
);

/** A program without the addon, whose descriptor 3 is a connection to us. */
const WITHOUT_ADDON = `
  import * as asyncio from "uvio";
  await asyncio.run(async () => {
    const [reader, writer] = await asyncio.openUnixConnection(null, { sock: { fd: 3 } });
    writer.write(await reader.readline());
    await writer.drain();
    try {
      writer.getExtraInfo("socket").getsockopt("SOL_SOCKET", "SO_TYPE");
    } catch (error) {
      writer.write(error.name);
    }
    writer.close();
    await writer.waitClosed();
  });
`;

onLoop("node", "without the addon, what Node can do is done: a connection of a descriptor", async () => {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", WITHOUT_ADDON], {
    cwd: packageRoot,
    env: { ...process.env, ...NO_ADDON },
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  const connection = child.stdio[3] as Duplex;
  connection.write("a line\n");
  const parts: Buffer[] = [];
  connection.on("data", (data: Buffer) => parts.push(data));
  const [code] = (await once(child, "close")) as [number];
  assert.equal(String(Buffer.concat(parts)), "a line\nNotImplementedError");
  assert.equal(code, 0);
});
