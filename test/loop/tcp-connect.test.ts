/** createConnection() and createServer(): addresses, names, wrong arguments, and errors that leave no socket behind. */
import assert from "node:assert/strict";
import { createServer, type AddressInfo } from "node:net";
import * as asyncio from "uvio";
import { eachLoop } from "../support/loops.js";
import { connectPair, Echo, Recorder } from "../support/protocols.js";
import { rawConnect, rawServer, readAll } from "../support/raw.js";

eachLoop("an echo goes both ways", async (t) => {
  await t.run(async () => {
    const pair = await connectPair(
      () => new Recorder(),
      () => new Echo(),
    );
    pair.transport.write("hello ");
    pair.transport.write(Buffer.from("world"));
    pair.transport.write(new Uint8Array([33]));
    pair.transport.writelines(["\n", Buffer.from("again")]);
    await pair.client.received(18);
    assert.equal(pair.client.data().toString(), "hello world!\nagain");
    await pair.close();
    assert.deepEqual(pair.client.events, ["made", "data", "lost"]);
  });
});

eachLoop("both ends know their addresses and their peer's", async (t) => {
  await t.run(async () => {
    const pair = await connectPair(
      () => new Recorder(),
      () => new Recorder(),
    );
    const { transport, peer, port } = pair;
    assert.deepEqual(transport.getExtraInfo("peername"), { address: "127.0.0.1", port, family: "IPv4" });
    assert.deepEqual(peer.transport.getExtraInfo("sockname"), { address: "127.0.0.1", port, family: "IPv4" });
    assert.deepEqual(peer.transport.getExtraInfo("peername"), transport.getExtraInfo("sockname"));
    assert.equal(transport.getExtraInfo("no such thing"), undefined);
    assert.equal(transport.getExtraInfo("no such thing", 5), 5);
    await pair.close();
  });
});

eachLoop("connectionMade comes before createConnection gives the transport, and the transport is the same", async (t) => {
  await t.run(async () => {
    const server = await rawServer();
    const client = new Recorder();
    const [transport, protocol] = await asyncio.getRunningLoop().createConnection(() => client, "127.0.0.1", server.port);
    assert.equal(protocol, client);
    assert.equal(client.transport, transport);
    assert.equal(transport.getProtocol(), client);
    assert.deepEqual(client.events, ["made"]);
    transport.close();
    assert.equal(await client.lost, null);
    await server.close();
  });
});

eachLoop("a connection that is refused says so, with code, syscall, address and port", async (t) => {
  const unused = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => unused.once("listening", resolve));
  const { port } = unused.address() as AddressInfo;
  await new Promise((resolve) => unused.close(resolve));
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    await assert.rejects(async () => await loop.createConnection(() => assert.fail("no protocol is made"), "127.0.0.1", port), {
      code: "ECONNREFUSED",
      syscall: "connect",
      address: "127.0.0.1",
      port,
    });
  });
});

eachLoop("a port in use is refused with code, syscall, address and port", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const server = await loop.createServer(() => new Recorder(), "127.0.0.1", 0);
    const { port } = server.sockets[0]!.getsockname();
    await assert.rejects(async () => await loop.createServer(() => new Recorder(), "127.0.0.1", port), {
      code: "EADDRINUSE",
      syscall: "listen",
      address: "127.0.0.1",
      port,
    });
    server.close();
    await server.waitClosed();
    const again = await loop.createServer(() => new Recorder(), "127.0.0.1", port);
    again.close();
    await again.waitClosed();
  });
});

eachLoop("connections and servers look names up by the flags and the protocol that are given", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const { AI_ADDRCONFIG, AI_NUMERICHOST, AI_PASSIVE, IPPROTO_TCP, IPPROTO_UDP } = asyncio;
    // Without AI_PASSIVE a server without a host is for this host only.
    const server = await loop.createServer(() => new Recorder(), null, 0, { family: "IPv4", flags: AI_NUMERICHOST });
    const { address, port } = server.sockets[0]!.getsockname();
    assert.equal(address, "127.0.0.1");
    const everywhere = await loop.createServer(() => new Recorder(), "", 0, { family: "IPv4", flags: AI_PASSIVE });
    assert.equal(everywhere.sockets[0]!.getsockname().address, "0.0.0.0");
    const connect = (host: string, options: asyncio.ConnectionOptions) => loop.createConnection(() => new Recorder(), host, port, options);
    for (const [host, options] of [
      [address, { proto: IPPROTO_TCP, flags: AI_NUMERICHOST }],
      ["localhost", { family: "IPv4", proto: 0, flags: AI_ADDRCONFIG }],
    ] as const) {
      const [transport, protocol] = await connect(host, options);
      transport.close();
      await protocol.lost;
    }
    await assert.rejects(async () => connect("localhost", { flags: AI_NUMERICHOST }), { code: "ENOTFOUND", syscall: "getaddrinfo" });
    await assert.rejects(async () => connect(address, { family: "IPv6" }), { code: "ENOTFOUND", hostname: address });
    await assert.rejects(async () => connect("", {}), { code: "ENOTFOUND" });
    await assert.rejects(async () => connect(address, { proto: IPPROTO_UDP }), { code: "EAI_SOCKTYPE" });
    await assert.rejects(async () => loop.createServer(() => new Recorder(), "localhost", 0, { flags: 1 << 20 }), { code: "EAI_BADFLAGS" });
    assert.throws(() => connect(address, { proto: "tcp" as never }), /TypeError: proto must be an integer/);
    assert.throws(() => loop.createServer(() => new Recorder(), null, 0, { flags: "AI_PASSIVE" as never }), /TypeError: flags must be/);
    for (const one of [server, everywhere]) {
      one.close();
      await one.waitClosed();
    }
  });
});

eachLoop("a host name that does not resolve is refused with the resolver's error", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const unknown = (error: NodeJS.ErrnoException): boolean =>
      error.syscall === "getaddrinfo" && ["ENOTFOUND", "EAI_AGAIN"].includes(error.code!);
    await assert.rejects(async () => await loop.createConnection(() => new Recorder(), "no-such-host.invalid", 80), unknown);
    await assert.rejects(async () => await loop.createServer(() => new Recorder(), "no-such-host.invalid", 0), unknown);
    await assert.rejects(async () => await asyncio.openConnection("no-such-host.invalid", 80), unknown);
  });
});

eachLoop("localhost is tried at each of its addresses", async (t) => {
  await t.run(async () => {
    const server = await rawServer();
    const [transport, client] = await asyncio.getRunningLoop().createConnection(() => new Recorder(), "localhost", server.port);
    assert.equal(transport.getExtraInfo("peername")!.valueOf() instanceof Object, true);
    transport.close();
    await client.lost;
    await server.close();
  });
});

eachLoop("wrong arguments are refused before anything is opened", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const factory = (): Recorder => new Recorder();
    const wrong: [unknown, unknown, unknown, unknown?][] = [
      [null, "127.0.0.1", 0],
      [{}, "127.0.0.1", 0],
      [new Recorder(), "127.0.0.1", 0],
      [factory, 1, 0],
      [factory, {}, 0],
      [factory, "127.0.0.1", "80"],
      [factory, "127.0.0.1", 1.5],
      [factory, "127.0.0.1", NaN],
      [factory, "127.0.0.1", 0, { family: 4 }],
    ];
    for (const [protocolFactory, host, port, options] of wrong) {
      const args = [protocolFactory, host, port, options] as unknown as Parameters<typeof loop.createServer>;
      await assert.rejects(async () => await loop.createServer(...args), TypeError);
      await assert.rejects(
        async () => await loop.createConnection(...(args as unknown as Parameters<typeof loop.createConnection>)),
        TypeError,
      );
    }
    await assert.rejects(async () => await loop.createConnection(factory, null as unknown as string, 80), TypeError);
    for (const port of [-1, 65536]) {
      await assert.rejects(async () => await loop.createServer(factory, "127.0.0.1", port), RangeError);
      await assert.rejects(async () => await loop.createConnection(factory, "127.0.0.1", port), RangeError);
    }
    for (const backlog of [-1, 1.5, "1"]) {
      await assert.rejects(async () => await loop.createServer(factory, "127.0.0.1", 0, { backlog } as asyncio.ServerOptions), TypeError);
    }
    for (const clientConnected of [null, 5, {}]) {
      await assert.rejects(async () => await asyncio.startServer(clientConnected as never, "127.0.0.1", 0), TypeError);
    }
  });
});

eachLoop("a protocol factory that throws fails createConnection with its error and leaves no socket behind", async (t) => {
  const error = new Error("of the factory");
  await t.run(async () => {
    const server = await rawServer();
    const loop = asyncio.getRunningLoop();
    await assert.rejects(
      async () =>
        await loop.createConnection(
          () => {
            throw error;
          },
          "127.0.0.1",
          server.port,
        ),
      (caught) => caught === error,
    );
    await assert.rejects(async () => await loop.createConnection(() => null as never, "127.0.0.1", server.port), TypeError);
    for (let i = 0; i < 2; i++) assert.equal((await readAll(await server.accept())).length, 0);
    await server.close();
  });
});

eachLoop("a protocol factory of a server that throws is reported, closes that connection, and the server goes on", async (t) => {
  await t.run(async () => {
    let calls = 0;
    const accepted = asyncio.getEventLoop().createFuture<Recorder>();
    const factory = (): Recorder => {
      if (++calls === 1) throw new Error("of the factory");
      const peer = new Recorder();
      accepted.setResult(peer);
      return peer;
    };
    const server = await asyncio.getRunningLoop().createServer(factory, "127.0.0.1", 0);
    const { port } = server.sockets[0]!.getsockname();
    const first = await rawConnect(port);
    assert.equal((await readAll(first).catch(() => Buffer.alloc(0))).length, 0);
    first.destroy();
    assert.equal((t.takeReport().exception as Error).message, "of the factory");
    const second = await rawConnect(port);
    const peer = await accepted;
    second.destroy();
    await peer.lost;
    server.close();
    await server.waitClosed();
  });
});

eachLoop("a cancelled createConnection leaves no socket behind", async (t) => {
  await t.run(async () => {
    const server = await rawServer();
    const loop = asyncio.getRunningLoop();
    const task = asyncio.createTask(async () => await loop.createConnection(() => new Recorder(), "127.0.0.1", server.port));
    await asyncio.sleep(0);
    task.cancel();
    await assert.rejects(async () => await task, asyncio.CancelledError);
    await server.close();
  });
});

eachLoop("createServer and createConnection of a closed loop are refused", async (t) => {
  const loop = t.newLoop();
  loop.close();
  const other = t.newLoop();
  const closed = { name: "RuntimeError", message: /Event loop is closed/ };
  await other.runUntilComplete(async () => {
    await assert.rejects(async () => await loop.createServer(() => new Recorder(), "127.0.0.1", 0), closed);
    await assert.rejects(async () => await loop.createConnection(() => new Recorder(), "127.0.0.1", 1), closed);
  });
  other.close();
});

class Silent extends asyncio.DatagramProtocol {
  override datagramReceived(): void {}
}

eachLoop("options that say yes or no take nothing else", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const refused = (name: string) => ({ name: "TypeError", message: `${name} must be a boolean, got "yes" (string)` });
    const factory = (): Recorder => new Recorder();
    for (const name of ["reuseAddress", "reusePort", "keepAlive", "startServing"]) {
      await assert.rejects(async () => loop.createServer(factory, "127.0.0.1", 0, { [name]: "yes" }), refused(name));
    }
    await assert.rejects(async () => loop.createConnection(factory, "127.0.0.1", 9, { allErrors: "yes" as never }), refused("allErrors"));
    for (const name of ["reusePort", "allowBroadcast"]) {
      const options = { localAddr: { address: "127.0.0.1", port: 0 }, [name]: "yes" };
      await assert.rejects(async () => loop.createDatagramEndpoint(() => new Silent(), options), refused(name));
    }
  });
});
