/** Datagram endpoints, on both loops. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import * as asyncio from "uvio";
import { closeAll, DatagramRecorder } from "../support/datagrams.js";
import { eachLoop, uvSkipped } from "../support/loops.js";
import { pattern } from "../support/protocols.js";

class UdpEcho extends DatagramRecorder {
  override datagramReceived(data: Buffer, addr: asyncio.Address): void {
    super.datagramReceived(data, addr);
    this.transport.sendto(data, addr);
  }
}

const LOCAL = { address: "127.0.0.1", port: 0 };

async function bound<P extends DatagramRecorder>(
  protocol: () => P,
  localAddr = LOCAL,
): Promise<[asyncio.DatagramTransport, P, asyncio.Address]> {
  const [transport, made] = await asyncio.getEventLoop().createDatagramEndpoint(protocol, { localAddr });
  return [transport, made, transport.getExtraInfo("sockname") as asyncio.Address];
}

async function connected<P extends DatagramRecorder>(
  protocol: () => P,
  remoteAddr: asyncio.Address,
): Promise<[asyncio.DatagramTransport, P]> {
  return await asyncio.getEventLoop().createDatagramEndpoint(protocol, { remoteAddr });
}

eachLoop("datagrams go both ways, whole, in order, with their senders' addresses", async (t) => {
  await t.run(async () => {
    const server = await bound(() => new UdpEcho());
    const client = await connected(() => new DatagramRecorder(), server[2]);
    const own = client[0].getExtraInfo("sockname") as asyncio.Address;
    for (let i = 0; i < 20; i++) client[0].sendto(`datagram ${i}`);
    await client[1].count(20);
    assert.deepEqual(
      client[1].texts(),
      [...Array(20).keys()].map((i) => `datagram ${i}`),
    );
    assert.deepEqual({ ...server[1].got[0]!.addr }, { address: "127.0.0.1", port: own.port, family: "IPv4" });
    assert.deepEqual({ ...client[1].got[19]!.addr }, server[2]);
    assert.deepEqual(client[0].getExtraInfo("peername"), server[2]);
    assert.equal(server[0].getExtraInfo("peername"), undefined);
    await closeAll(server, client);
    assert.deepEqual(client[1].events, ["made", "lost"]);
  });
});

eachLoop("an empty datagram arrives, and one of the largest size", async (t) => {
  await t.run(async () => {
    const server = await bound(() => new UdpEcho());
    const client = await connected(() => new DatagramRecorder(), server[2]);
    const largest = pattern(65507);
    client[0].sendto("");
    await client[1].count(1);
    client[0].sendto(largest);
    await client[1].count(2);
    client[0].sendto(new Uint8Array(0));
    await client[1].count(3);
    assert.deepEqual(
      client[1].got.map(({ data }) => data.length),
      [0, 65507, 0],
    );
    assert.deepEqual(client[1].got[1]!.data, largest);
    await closeAll(server, client);
  });
});

eachLoop("many senders are told apart", async (t) => {
  await t.run(async () => {
    const server = await bound(() => new UdpEcho());
    const clients = [];
    for (let i = 0; i < 40; i++) clients.push(await bound(() => new DatagramRecorder()));
    for (let round = 0; round < 3; round++) {
      clients.forEach(([transport], i) => transport.sendto(`${i}/${round}`, server[2]));
      for (const [, protocol] of clients) await protocol.count(round + 1);
    }
    clients.forEach(([, protocol], i) => assert.deepEqual(protocol.texts(), [`${i}/0`, `${i}/1`, `${i}/2`]));
    for (const { data, addr } of server[1].got) assert.equal(addr.port, clients[Number(data.toString().split("/")[0])]![2].port);
    await closeAll(server, ...clients);
  });
});

eachLoop("data may be kept, and what was sent may be written over", async (t) => {
  await t.run(async () => {
    const server = await bound(() => new DatagramRecorder());
    const client = await connected(() => new DatagramRecorder(), server[2]);
    const memory = Buffer.alloc(8);
    for (let i = 0; i < 300; i++) {
      client[0].sendto(memory.fill(i));
      if (i % 50 === 49) await server[1].count(i + 1);
    }
    server[1].got.forEach(({ data }, i) => assert.equal(data[7], i & 255));
    await closeAll(server, client);
  });
});

eachLoop("peers that are none of uvio's are understood", async (t) => {
  const plain = createSocket("udp4");
  plain.bind(0, "127.0.0.1");
  await once(plain, "listening");
  t.after(() => void plain.close());
  await t.run(async () => {
    const server = await bound(() => new UdpEcho());
    plain.send("from Node", server[2].port, "127.0.0.1");
    const [answer] = (await asyncio.wrapFuture(once(plain, "message"))) as [Buffer];
    assert.equal(answer.toString(), "from Node");
    assert.equal(server[1].got[0]!.addr.port, plain.address().port);
    await closeAll(server);
  });
});

eachLoop("IPv6 works as IPv4 does", async (t) => {
  await t.run(async () => {
    const server = await bound(() => new UdpEcho(), { address: "::1", port: 0 });
    const client = await connected(() => new DatagramRecorder(), server[2]);
    client[0].sendto("six");
    await client[1].count(1);
    assert.deepEqual({ ...client[1].got[0]!.addr }, { address: "::1", port: server[2].port, family: "IPv6" });
    await closeAll(server, client);
  });
});

eachLoop("an endpoint with nothing but a family can send anywhere", async (t) => {
  await t.run(async () => {
    const server = await bound(() => new UdpEcho());
    const client = await asyncio.getEventLoop().createDatagramEndpoint(() => new DatagramRecorder(), { family: "IPv4" });
    client[0].sendto("hello", { address: "127.0.0.1", port: server[2].port });
    await client[1].count(1);
    assert.deepEqual(client[1].texts(), ["hello"]);
    await closeAll(server, client);
  });
});

eachLoop("names are resolved when the endpoint is made", async (t) => {
  await t.run(async () => {
    const server = await bound(() => new UdpEcho(), { address: "localhost", port: 0 });
    const client = await connected(() => new DatagramRecorder(), server[2]);
    client[0].sendto("hello");
    await client[1].count(1);
    await closeAll(server, client);
  });
});

eachLoop("errorReceived is called if no socket listens, and the endpoint goes on", async (t) => {
  await t.run(async () => {
    const gone = await bound(() => new DatagramRecorder());
    const target = gone[2];
    await closeAll(gone);
    await asyncio.sleep(0);
    const client = await connected(() => new DatagramRecorder(), target);
    client[0].sendto("anybody?");
    await client[1].count(1);
    assert.equal(client[1].errors[0]!.code, "ECONNREFUSED");
    assert.equal(client[0].isClosing(), false);
    const again = await bound(() => new UdpEcho(), target);
    client[0].sendto("now?");
    await client[1].count(2);
    assert.deepEqual(client[1].texts(), ["now?"]);
    await closeAll(again, client);
  });
});

eachLoop("a datagram to port 0, from which one can come, is an error of its own: errorReceived is called", async (t) => {
  await t.run(async () => {
    for (const address of ["127.0.0.1", "::1"]) {
      const end = await bound(() => new DatagramRecorder(), { address, port: 0 });
      end[0].sendto("x", { address, port: 0 });
      await end[1].count(1);
      const { code, errno, syscall } = end[1].errors[0]!;
      assert.deepEqual([code, errno, syscall], ["EINVAL", -22, "send"]);
      end[0].sendto("y", end[2]);
      await end[1].count(2);
      assert.deepEqual(end[1].texts(), ["y"]);
      await closeAll(end);
    }
  });
});

eachLoop("a datagram that is too long is an error of its own, not of the endpoint", async (t) => {
  await t.run(async () => {
    const server = await bound(() => new DatagramRecorder());
    const client = await connected(() => new DatagramRecorder(), server[2]);
    client[0].sendto(Buffer.alloc(65508));
    client[0].sendto(Buffer.alloc(3_000_000));
    await client[1].count(2);
    assert.deepEqual(
      client[1].errors.map((error) => (error as NodeJS.ErrnoException).code),
      ["EMSGSIZE", "EMSGSIZE"],
    );
    client[0].sendto("short");
    await server[1].count(1);
    assert.deepEqual(server[1].texts(), ["short"]);
    await closeAll(server, client);
  });
});

eachLoop("an exception in datagramReceived is reported, and the next datagram arrives", async (t) => {
  await t.run(async () => {
    class Failing extends DatagramRecorder {
      override datagramReceived(data: Buffer, addr: asyncio.Address): void {
        super.datagramReceived(data, addr);
        if (this.got.length === 1) throw new Error("on purpose");
      }
    }
    const server = await bound(() => new Failing());
    const client = await connected(() => new DatagramRecorder(), server[2]);
    client[0].sendto("one");
    client[0].sendto("two");
    await server[1].count(2);
    const report = t.takeReport();
    assert.equal((report.exception as Error).message, "on purpose");
    assert.equal(report.transport, server[0]);
    await closeAll(server, client);
  });
});

eachLoop("a connected endpoint sends to its peer only", async (t) => {
  await t.run(async () => {
    const server = await bound(() => new DatagramRecorder());
    const client = await connected(() => new DatagramRecorder(), server[2]);
    client[0].sendto("its peer's", server[2]);
    assert.throws(() => client[0].sendto("other", { address: "127.0.0.1", port: 9 }), asyncio.ValueError);
    assert.throws(() => client[0].sendto("other", { address: "127.0.0.2", port: server[2].port }), asyncio.ValueError);
    await server[1].count(1);
    await closeAll(server, client);
  });
});

eachLoop("what cannot be sent at all is refused in the call", async (t) => {
  await t.run(async () => {
    const server = await bound(() => new DatagramRecorder());
    const [transport] = server;
    assert.throws(() => transport.sendto("x"), /TypeError: addr is required/);
    assert.throws(() => transport.sendto(5 as unknown as string, server[2]), /TypeError: data must be/);
    assert.throws(() => transport.sendto("x", "127.0.0.1" as unknown as asyncio.Address), /TypeError: addr must be/);
    assert.throws(() => transport.sendto("x", { address: "127.0.0.1", port: 65536 }), /TypeError: addr.port/);
    assert.throws(() => transport.sendto("x", { address: "localhost", port: 9 }), asyncio.ValueError);
    await closeAll(server);
  });
});

eachLoop("after close datagrams are dropped without an error, and none is received", async (t) => {
  await t.run(async () => {
    const server = await bound(() => new DatagramRecorder());
    const client = await bound(() => new DatagramRecorder());
    server[0].close();
    assert.equal(server[0].isClosing(), true);
    server[0].close();
    server[0].sendto("late", client[2]);
    client[0].sendto("to nobody", server[2]);
    await server[1].lost;
    server[0].sendto("later", client[2]);
    server[0].abort();
    assert.equal(server[0].getWriteBufferSize(), 0);
    await asyncio.sleep(0.02);
    assert.deepEqual([server[1].texts(), client[1].texts()], [[], []]);
    assert.deepEqual(server[1].events, ["made", "lost"]);
    await closeAll(client);
  });
});

eachLoop("a datagram that was sent before abort() is on its way, as in asyncio", async (t) => {
  await t.run(async () => {
    const server = await bound(() => new DatagramRecorder());
    const client = await bound(() => new DatagramRecorder());
    client[0].sendto("goodbye", server[2]);
    client[0].abort();
    await server[1].count(1);
    assert.deepEqual(server[1].texts(), ["goodbye"]);
    await client[1].lost;
    await closeAll(server);
  });
});

eachLoop("abort ends an endpoint, and tells so once", async (t) => {
  await t.run(async () => {
    const server = await bound(() => new DatagramRecorder());
    server[0].abort();
    server[0].abort();
    server[0].close();
    assert.equal(server[0].isClosing(), true);
    assert.equal(await server[1].lost, null);
    assert.deepEqual(server[1].events, ["made", "lost"]);
  });
});

eachLoop("closing inside datagramReceived ends receiving at once", async (t) => {
  await t.run(async () => {
    class OneShot extends DatagramRecorder {
      override datagramReceived(data: Buffer, addr: asyncio.Address): void {
        super.datagramReceived(data, addr);
        this.transport.sendto("bye", addr);
        this.transport.close();
      }
    }
    const server = await bound(() => new OneShot());
    const client = await bound(() => new DatagramRecorder());
    for (const text of ["one", "two", "three"]) client[0].sendto(text, server[2]);
    await server[1].lost;
    assert.deepEqual(server[1].texts(), ["one"]);
    await client[1].count(1);
    assert.equal(client[1].texts()[0], "bye");
    await closeAll(client);
  });
});

eachLoop("write buffer limits are asyncio's", async (t) => {
  await t.run(async () => {
    const server = await bound(() => new DatagramRecorder());
    const [transport] = server;
    assert.deepEqual(transport.getWriteBufferLimits(), { low: 16384, high: 65536 });
    transport.setWriteBufferLimits({ high: 1000 });
    assert.deepEqual(transport.getWriteBufferLimits(), { low: 250, high: 1000 });
    assert.throws(() => transport.setWriteBufferLimits({ high: 1, low: 2 }), asyncio.ValueError);
    assert.equal(transport.getWriteBufferSize(), 0);
    await closeAll(server);
  });
});

eachLoop("a burst of more than a turn's records is not lost on the way out", async (t) => {
  await t.run(async () => {
    const server = await bound(() => new DatagramRecorder());
    const client = await connected(() => new DatagramRecorder(), server[2]);
    let sent = 0;
    for (let round = 0; round < 60; round++) {
      for (let i = 0; i < 100; i++) client[0].sendto(String(sent++));
      await server[1].count(sent);
    }
    assert.deepEqual(server[1].texts(), [...Array(sent).keys()].map(String));
    await closeAll(server, client);
  });
});

eachLoop("an address in use is refused with code, syscall, address and port", async (t) => {
  await t.run(async () => {
    const server = await bound(() => new DatagramRecorder());
    const { port } = server[2];
    await assert.rejects(async () => bound(() => new DatagramRecorder(), { address: "127.0.0.1", port }), {
      code: "EADDRINUSE",
      syscall: "bind",
      address: "127.0.0.1",
      port,
    });
    await closeAll(server);
  });
});

eachLoop("with reusePort two endpoints share a port, or without the addon it may be refused by name", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getEventLoop();
    const make = (port: number) =>
      loop.createDatagramEndpoint(() => new DatagramRecorder(), { localAddr: { address: "127.0.0.1", port }, reusePort: true });
    let first;
    try {
      first = await make(0);
    } catch (error) {
      assert.notEqual(uvSkipped, false);
      assert.ok(error instanceof asyncio.NotImplementedError);
      return;
    }
    const second = await make((first[0].getExtraInfo("sockname") as asyncio.Address).port);
    await closeAll(first, second);
  });
});

eachLoop("proto and flags are those of the look-up, and reuseAddress is refused", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getEventLoop();
    const make = (options: asyncio.DatagramOptions) => loop.createDatagramEndpoint(() => new DatagramRecorder(), options);
    const { AI_NUMERICHOST, AI_PASSIVE, AI_V4MAPPED, IPPROTO_TCP, IPPROTO_UDP } = asyncio;
    const server = await make({ localAddr: LOCAL, proto: IPPROTO_UDP, flags: AI_PASSIVE | AI_NUMERICHOST });
    const { port } = server[0].getExtraInfo("sockname") as asyncio.Address;
    const mapped = await make({ remoteAddr: { address: "127.0.0.1", port }, family: "IPv6", proto: 0, flags: AI_V4MAPPED });
    mapped[0].sendto("by IPv6");
    await server[1].count(1);
    assert.deepEqual(server[1].texts(), ["by IPv6"]);
    const bare = await make({ family: "IPv4", proto: IPPROTO_UDP });
    await closeAll(server, mapped, bare);

    const localhost = { address: "localhost", port: 0 };
    await assert.rejects(async () => make({ localAddr: localhost, flags: AI_NUMERICHOST }), { code: "ENOTFOUND", syscall: "getaddrinfo" });
    await assert.rejects(async () => make({ localAddr: localhost, flags: 1 << 20 }), { code: "EAI_BADFLAGS" });
    for (const options of [{ localAddr: LOCAL }, { family: "IPv4" }] as const) {
      await assert.rejects(async () => make({ ...options, proto: IPPROTO_TCP }), { code: "EAI_SOCKTYPE" });
    }
    assert.throws(() => make({ localAddr: LOCAL, flags: "AI_PASSIVE" as never }), /TypeError: flags must be an integer/);
    const reusing = (reuseAddress: unknown) => make({ localAddr: LOCAL, reuseAddress } as asyncio.DatagramOptions);
    assert.throws(() => reusing(true), /ValueError: reuseAddress is not supported for datagrams/);
    for (const unused of [false, null, undefined]) await closeAll(await reusing(unused));
  });
});

eachLoop("broadcasting must be allowed", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getEventLoop();
    const server = await bound(() => new DatagramRecorder(), { address: "0.0.0.0", port: 0 });
    const to = { address: "127.255.255.255", port: server[2].port };
    const silent = await loop.createDatagramEndpoint(() => new DatagramRecorder(), { family: "IPv4" });
    silent[0].sendto("refused", to);
    await silent[1].count(1);
    assert.equal(silent[1].errors[0]!.code, "EACCES");
    const loud = await loop.createDatagramEndpoint(() => new DatagramRecorder(), { family: "IPv4", allowBroadcast: true });
    loud[0].sendto("heard", to);
    await server[1].count(1);
    assert.deepEqual(server[1].texts(), ["heard"]);
    await closeAll(server, silent, loud);
  });
});

eachLoop("wrong arguments are refused before anything is opened", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getEventLoop();
    const factory = (): DatagramRecorder => new DatagramRecorder();
    assert.throws(() => loop.createDatagramEndpoint(factory, {}), asyncio.ValueError);
    assert.throws(() => loop.createDatagramEndpoint(null as never, { family: "IPv4" }), TypeError);
    assert.throws(() => loop.createDatagramEndpoint(factory, null as never), TypeError);
    assert.throws(() => loop.createDatagramEndpoint(factory, { localAddr: { address: "::", port: -1 } }), RangeError);
    assert.throws(() => loop.createDatagramEndpoint(factory, { localAddr: "x" as never }), TypeError);
    assert.throws(() => loop.createDatagramEndpoint(factory, { family: "IPv5" as never }), TypeError);
    const mixed = { localAddr: { address: "127.0.0.1", port: 0 }, remoteAddr: { address: "::1", port: 9 } };
    await assert.rejects(async () => loop.createDatagramEndpoint(factory, mixed), asyncio.ValueError);
  });
});

eachLoop("a protocol factory that throws leaves no socket behind", async (t) => {
  await t.run(async () => {
    const failing = (): DatagramRecorder => {
      throw new Error("on purpose");
    };
    await assert.rejects(async () => asyncio.getEventLoop().createDatagramEndpoint(failing, { localAddr: LOCAL }), /on purpose/);
    const nothing = (() => null) as unknown as () => DatagramRecorder;
    await assert.rejects(async () => asyncio.getEventLoop().createDatagramEndpoint(nothing, { localAddr: LOCAL }), TypeError);
  });
});

eachLoop("a loop that closes takes its endpoints with it", async (t) => {
  await t.run(async () => {
    const [transport, , { port }] = await bound(() => new DatagramRecorder());
    transport.sendto("left behind", { address: "127.0.0.1", port });
  });
});
