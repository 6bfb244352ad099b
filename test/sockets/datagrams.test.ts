/** Datagram endpoints of Unix sockets, and of sockets that were made elsewhere. */
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import * as asyncio from "uvio";
import { closeAll, DatagramRecorder } from "../support/datagrams.js";
import { folderOf, isLinux } from "../support/descriptors.js";
import { eachLoop, onLoop, uvSkipped } from "../support/loops.js";
import { pattern } from "../support/protocols.js";
import { on, SPELLINGS, Writer } from "../support/spellings.js";
import { addressOf, bound, pair, unbound } from "./support.js";

const receiver = () => new DatagramRecorder<string>();
const udp = () => new DatagramRecorder();

for (const spelling of SPELLINGS) {
  const writer = new Writer(spelling);

  onLoop("uv", `Unix datagrams go both ways, with their senders' paths, ${spelling}`, async (t) => {
    const folder = folderOf(t);
    const [one, other] = [path.join(folder, "one"), path.join(folder, "ein längerer Name")];
    const main = writer.fn(function* main() {
      const loop = asyncio.getRunningLoop();
      const [server, serving] = yield* on(loop.createDatagramEndpoint(receiver, { family: "unix", localAddr: one }));
      const [client, asking] = yield* on(loop.createDatagramEndpoint(receiver, { family: "unix", localAddr: other, remoteAddr: one }));
      const [nameless, mute] = yield* on(loop.createDatagramEndpoint(receiver, { family: "unix", remoteAddr: one }));
      for (let i = 0; i < 5; i++) client.sendto(`datagram ${i}`);
      client.sendto("", one);
      nameless.sendto("from nobody");
      yield* on(serving.count(7));
      assert.deepEqual(serving.letters(), [...[0, 1, 2, 3, 4].map((i) => [`datagram ${i}`, other]), ["", other], ["from nobody", ""]]);
      server.sendto("answer", other);
      yield* on(asking.count(1));
      assert.deepEqual(asking.letters(), [["answer", one]]);
      assert.equal(server.getExtraInfo("sockname"), one);
      assert.equal(server.getExtraInfo("peername"), undefined);
      assert.deepEqual([client.getExtraInfo("sockname"), client.getExtraInfo("peername")], [other, one]);
      assert.equal(nameless.getExtraInfo("sockname"), "");
      assert.deepEqual([client.getExtraInfo("socket")!.family, client.getExtraInfo("socket")!.type], ["unix", "dgram"]);
      for (const [transport, protocol] of [[server, serving] as const, [client, asking] as const, [nameless, mute] as const]) {
        transport.close();
        assert.equal(yield* on(protocol.lost), null);
      }
    });
    await t.run(main.lazy());
    // As in asyncio, the files stay.
    assert.deepEqual([existsSync(one), existsSync(other)], [true, true]);
  });
}

onLoop(
  "uv",
  "abstract names are names of datagram sockets too",
  async (t) => {
    await t.run(async () => {
      const loop = asyncio.getRunningLoop();
      const [one, other] = ["a", "aa"].map((end) => `\0uvio-test-${process.pid}-${end}`) as [string, string];
      const first = await loop.createDatagramEndpoint(receiver, { family: "unix", localAddr: one });
      const second = await loop.createDatagramEndpoint(receiver, { family: "unix", localAddr: other });
      first[0].sendto("hello", other);
      await second[1].count(1);
      assert.deepEqual(second[1].letters(), [["hello", one]]);
      second[0].sendto("yes?", second[1].got[0]!.addr);
      await first[1].count(1);
      assert.deepEqual(first[1].letters(), [["yes?", other]]);
      await closeAll(first, second);
    });
  },
  { skip: isLinux ? false : "Linux only" },
);

onLoop("uv", "large Unix datagrams arrive whole, and too large ones are errors", async (t) => {
  const name = path.join(folderOf(t), "large");
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const server = await loop.createDatagramEndpoint(receiver, { family: "unix", localAddr: name });
    const client = await loop.createDatagramEndpoint(receiver, { family: "unix", remoteAddr: name });
    for (const [i, length] of [150_000, 1, 65536, 150_000, 99, 150_000, 150_000, 150_000].entries()) {
      client[0].sendto(pattern(length, i));
      await server[1].count(i + 1);
      assert.ok(server[1].got[i]!.data.equals(pattern(length, i)), `datagram ${i} of ${length} bytes`);
    }
    for (const length of [900_000, 2 ** 21]) client[0].sendto(Buffer.alloc(length));
    await client[1].until(() => client[1].errors.length === 2);
    assert.deepEqual(
      client[1].errors.map(({ code }) => code),
      ["EMSGSIZE", "EMSGSIZE"],
    );
    client[0].sendto("goes on");
    await server[1].count(9);
    await closeAll(server, client);
  });
});

onLoop("uv", "a Unix endpoint whose peer does not read pauses, and goes on where it was, in order", async (t) => {
  const name = path.join(folderOf(t), "slow");
  const slow = unbound(t, "dgram", "unix");
  slow.bind(name);
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const [transport, protocol] = await loop.createDatagramEndpoint(receiver, { family: "unix", remoteAddr: name });
    transport.setWriteBufferLimits({ high: 10_000, low: 1000 });
    let sent = 0;
    while (!protocol.events.includes("pauseWriting")) transport.sendto(String(sent++).padEnd(500));
    assert.ok(transport.getWriteBufferSize() > 10_000);
    for (let i = 0; i < sent; i++) {
      const [data] = await loop.sockRecvfrom(slow, 1000);
      assert.equal(Number(data), i);
    }
    assert.deepEqual(protocol.events, ["made", "pauseWriting", "resumeWriting"]);
    assert.equal(transport.getWriteBufferSize(), 0);
    await closeAll([transport, protocol]);
  });
});

onLoop("uv", "errors of Unix datagrams are told to errorReceived, and end nothing", async (t) => {
  const folder = folderOf(t);
  const [here, gone] = [path.join(folder, "here"), path.join(folder, "gone")];
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const [transport, protocol] = await loop.createDatagramEndpoint(receiver, { family: "unix", localAddr: here });
    transport.sendto("nobody", gone);
    transport.sendto("too long", "x".repeat(200));
    transport.sendto("still there", here);
    await protocol.until(() => protocol.errors.length === 2 && protocol.got.length === 1);
    assert.deepEqual(protocol.errors.map(({ code }) => code).sort(), ["ENAMETOOLONG", "ENOENT"]);
    assert.deepEqual(protocol.letters(), [["still there", here]]);
    assert.throws(() => transport.sendto("x"), TypeError);
    assert.throws(() => transport.sendto("x", { address: "127.0.0.1", port: 9 }), TypeError);
    assert.throws(() => transport.sendto("x", "a\0b"), asyncio.ValueError);

    const peer = unbound(t, "dgram", "unix");
    peer.bind(gone);
    const [connected, hearing] = await loop.createDatagramEndpoint(receiver, { family: "unix", remoteAddr: gone });
    assert.throws(() => connected.sendto("x", here), { name: "ValueError", message: /^Invalid address: must be null or / });
    peer.close();
    connected.sendto("nobody any more");
    await hearing.until(() => hearing.errors.length === 1);
    assert.equal(hearing.errors[0]!.code, "ECONNREFUSED");
    await closeAll([transport, protocol], [connected, hearing]);
  });
});

onLoop("uv", "a stale socket file is replaced, any other file is not", async (t) => {
  const folder = folderOf(t);
  const name = path.join(folder, "stale");
  const old = unbound(t, "dgram", "unix");
  old.bind(name);
  old.close();
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const end = await loop.createDatagramEndpoint(receiver, { family: "unix", localAddr: name });
    await closeAll(end);
    const file = path.join(folder, "file");
    writeFileSync(file, "");
    const make = (options: asyncio.UnixDatagramOptions) => loop.createDatagramEndpoint(receiver, options);
    await assert.rejects(async () => await make({ family: "unix", localAddr: file }), { code: "EADDRINUSE", syscall: "bind", path: file });
    await assert.rejects(async () => await make({ family: "unix", remoteAddr: path.join(folder, "none") }), {
      code: "ENOENT",
      syscall: "connect",
    });
    await assert.rejects(async () => await make({ family: "unix", remoteAddr: "x".repeat(200) }), { code: "ENAMETOOLONG" });
  });
});

eachLoop("wrong options of Unix datagrams, and of sockets, are refused by name", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const call = (options: unknown) => loop.createDatagramEndpoint(receiver, options as asyncio.UnixDatagramOptions);
    assert.throws(
      () => call({ family: "unix", localAddr: { address: "127.0.0.1", port: 1 } }),
      /TypeError: localAddr must be a path, a string/,
    );
    assert.throws(() => call({ family: "unix", remoteAddr: 5 }), /TypeError: remoteAddr must be a path, a string/);
    assert.throws(() => call({ family: "unix", remoteAddr: "" }), asyncio.ValueError);
    assert.throws(
      () => call({ localAddr: "/tmp/x" }),
      /TypeError: localAddr must be \{ address, port \}, got .*; a path needs family "unix"/,
    );
    assert.throws(() => call({ family: "Unix" }), /TypeError: family must be/);
    for (const hint of ["proto", "flags"]) {
      const message = `${hint} is not allowed with family "unix"; leave it out`;
      assert.throws(() => call({ family: "unix", localAddr: "/tmp/x", [hint]: 1 }), { name: "ValueError", message });
    }
    const modifiers = { localAddr: "a", remoteAddr: "a", family: "IPv4", reusePort: true, allowBroadcast: true, flags: 1, proto: 1 };
    for (const [name, value] of Object.entries(modifiers)) {
      assert.throws(() => call({ sock: { fd: 0 }, [name]: value }), {
        name: "ValueError",
        message: `socket modifier options can not be used when sock is specified: ${name}`,
      });
    }
    for (const bad of [{}, 5, { fd: -1 }]) assert.throws(() => call({ sock: bad }), TypeError);
    if (t.kind === "node") {
      const refused = { name: "NotImplementedError", message: /native loop/ };
      await assert.rejects(async () => await call({ family: "unix", localAddr: "/tmp/x" }), refused);
    }
  });
});

for (const form of ["a Socket", "{ fd }"]) {
  eachLoop(
    `an endpoint is made of ${form}`,
    async (t) => {
      const [given, other] = [bound(t, "dgram"), bound(t, "dgram", "IPv6")];
      const [peer, peer6] = [bound(t, "dgram"), bound(t, "dgram", "IPv6")];
      const give = (socket: asyncio.Socket): asyncio.SocketSource => (form === "a Socket" ? socket : { fd: socket.detach() });
      await t.run(async () => {
        const loop = asyncio.getRunningLoop();
        for (const [socket, partner] of [
          [given, peer],
          [other, peer6],
        ] as const) {
          const address = addressOf(socket);
          const [transport, protocol] = await loop.createDatagramEndpoint(udp, { sock: give(socket) });
          assert.deepEqual(transport.getExtraInfo("sockname"), address);
          partner.sendto("hello", address);
          await protocol.count(1);
          assert.deepEqual(protocol.letters(), [["hello", addressOf(partner)]]);
          if (form === "a Socket") {
            assert.equal(socket.fileno(), transport.getExtraInfo("socket")!.fileno());
            assert.throws(() => socket.recvfrom(1), { name: "RuntimeError", message: /is used by a transport/ });
          }
          await closeAll([transport, protocol]);
          assert.equal(socket.fileno(), -1);
        }
      });
    },
    { skip: uvSkipped },
  );
}

eachLoop(
  "an endpoint that its factory fails for, and sockets that are none for it, leave nothing behind",
  async (t) => {
    const [left] = pair(t);
    const socket = bound(t, "dgram");
    await t.run(async () => {
      const loop = asyncio.getRunningLoop();
      assert.throws(
        () => loop.createDatagramEndpoint(udp, { sock: left }),
        /ValueError: A datagram socket was expected, got <Socket unix stream/,
      );
      const fail = (): never => {
        throw new RangeError("no protocol");
      };
      await assert.rejects(async () => await loop.createDatagramEndpoint(fail, { sock: socket }), RangeError);
      assert.equal(socket.fileno(), -1);
    });
  },
  { skip: uvSkipped },
);

onLoop("uv", "of a Socket that is connected the endpoint is too", async (t) => {
  const [left, right] = pair(t, "unix", "dgram");
  const peer = bound(t, "dgram");
  const socket = unbound(t, "dgram");
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    await loop.sockConnect(socket, addressOf(peer));
    const [transport, protocol] = await loop.createDatagramEndpoint(udp, { sock: socket });
    assert.deepEqual(transport.getExtraInfo("peername"), addressOf(peer));
    transport.sendto("hello");
    const [data, sender] = await loop.sockRecvfrom(peer, 10);
    assert.equal(String(data), "hello");
    peer.sendto("yes", sender as asyncio.Address);
    await protocol.count(1);
    assert.throws(() => transport.sendto("x", { address: "127.0.0.1", port: 9 }), asyncio.ValueError);

    const unix = await loop.createDatagramEndpoint(receiver, { sock: left });
    unix[0].sendto("over");
    assert.equal(String(await loop.sockRecv(right, 10)), "over");
    right.send("and out");
    await unix[1].count(1);
    assert.deepEqual(unix[1].letters(), [["and out", ""]]);
    await closeAll([transport, protocol], unix);
  });
});

onLoop(
  "node",
  "what Node cannot do with datagram sockets is NotImplementedError, and they stay the caller's",
  async (t) => {
    const [left] = pair(t, "unix", "dgram");
    await t.run(async () => {
      const loop = asyncio.getRunningLoop();
      const refused = { name: "NotImplementedError", message: /native loop/ };
      await assert.rejects(async () => await loop.createDatagramEndpoint(receiver, { sock: left }), refused);
    });
    assert.equal(left.getsockname(), "");
    assert.ok(left.fileno() >= 0);
  },
  { skip: uvSkipped },
);

eachLoop("with allowBroadcast who answers need not be whom was asked", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const server = await loop.createDatagramEndpoint(udp, { localAddr: { address: "0.0.0.0", port: 0 } });
    const { port } = server[0].getExtraInfo("sockname") as asyncio.Address;
    const remoteAddr = { address: "127.255.255.255", port };
    const client = await loop.createDatagramEndpoint(udp, {
      localAddr: { address: "127.0.0.1", port: 0 },
      remoteAddr,
      allowBroadcast: true,
    });
    client[0].sendto("who is there?");
    await server[1].count(1);
    server[0].sendto("me", server[1].got[0]!.addr);
    await client[1].count(1);
    assert.equal(String(client[1].got[0]!.data), "me");
    assert.equal(client[0].getExtraInfo("peername"), undefined);
    assert.throws(() => client[0].sendto("x", { address: "127.0.0.1", port }), asyncio.ValueError);
    await closeAll(server, client);
  });
});

eachLoop("datagrams to many, and in great number, arrive each as a whole and in order", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const receivers = [];
    for (let i = 0; i < 3; i++) receivers.push(await loop.createDatagramEndpoint(udp, { localAddr: { address: "127.0.0.1", port: 0 } }));
    const places = receivers.map(([transport]) => transport.getExtraInfo("sockname") as asyncio.Address);
    const one = await loop.createDatagramEndpoint(udp, { family: "IPv4" });
    const two = await loop.createDatagramEndpoint(udp, { family: "IPv4" });
    // More datagrams than leave together, from two sockets alternately; one goes to an address that cannot be reached.
    for (let i = 0; i < 100; i++) {
      one[0].sendto(`one ${i}`, places[i % 3]!);
      if (i === 50) one[0].sendto("lost", { address: "255.255.255.255", port: 9 });
      if (i % 10 === 0) two[0].sendto(`two ${i}`, places[0]!);
    }
    for (const [i, [, protocol]] of receivers.entries()) {
      const expected = [...Array(100).keys()].filter((k) => k % 3 === i).map((k) => `one ${k}`);
      await protocol.count(expected.length + (i === 0 ? 10 : 0));
      const texts = protocol.texts();
      assert.deepEqual(
        texts.filter((text) => text.startsWith("one")),
        expected,
      );
    }
    await one[1].until(() => one[1].errors.length === 1);
    assert.equal(one[1].errors[0]!.code, "EACCES");
    await closeAll(...receivers, one, two);
  });
});
