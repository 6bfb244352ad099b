/** TLS connections between protocols: what is verified, what the handshake settles, how they fail and how they end. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as tlsConnect, createSecureContext } from "node:tls";
import * as asyncio from "uvio";
import { ca, identity, local, opensslSkipped, selfSigned } from "../support/certificates.js";
import { eachLoop, type LoopTest } from "../support/loops.js";
import { connectPair, Echo, HalfOpenRecorder, pattern, Recorder, type Pair } from "../support/protocols.js";
import { rawConnect, rawServer } from "../support/raw.js";

const tls = (name: string, body: (t: LoopTest) => Promise<void>): void => eachLoop(name, body, { skip: opensslSkipped });

const serverSsl = (): { key: Buffer; cert: Buffer } => {
  const { key, cert } = local();
  return { key, cert };
};

type Loop = asyncio.EventLoop;

async function serve(factory: asyncio.ProtocolFactory, options: asyncio.ServerOptions): Promise<[asyncio.Server, number]> {
  const server = await asyncio.getRunningLoop().createServer(factory, "127.0.0.1", 0, options);
  return [server, server.sockets[0]!.getsockname().port];
}

async function end(server: asyncio.Server): Promise<void> {
  server.close();
  await server.waitClosed();
}

function pair<C extends Recorder, S extends Recorder>(makeClient: () => C, makePeer: () => S): Promise<Pair<C, S>> {
  return connectPair(makeClient, makePeer, { ssl: serverSsl() }, { ssl: { ca } });
}

const code = (expected: string) => (error: unknown) => (assert.equal((error as NodeJS.ErrnoException).code, expected), true);

// ---------------------------------------------------------------------------------------------- who is trusted

tls("a server that no known authority vouches for is refused, and neither side's protocol hears of it", async (t) => {
  const warnings: string[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning.message);
  process.on("warning", onWarning);
  t.after(() => void process.off("warning", onWarning));
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const peers: Recorder[] = [];
    const [server, port] = await serve(() => (peers.push(new Recorder()), peers.at(-1)!), { ssl: serverSsl() });
    loop.setDebug(true);
    const client = new Recorder();
    await assert.rejects(
      async () => loop.createConnection(() => client, "127.0.0.1", port, { ssl: true }),
      code("UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
    );
    await end(server);
    loop.setDebug(false);
    await asyncio.sleep(0); // A warning is emitted a tick later.
    assert.deepEqual([client.events, peers.map(({ events }) => events)], [[], [[]]]);
  });
  assert.match(warnings.join("\n"), /TLS handshake of <TlsTransport .*> failed/);
});

tls("a certificate must be for the host that was asked for, or for serverHostname", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const { key, cert } = identity("elsewhere", "DNS:elsewhere.test");
    const [server, port] = await serve(() => new Echo(), { ssl: { key, cert } });
    const open = (serverHostname?: string) => async () =>
      loop.createConnection(() => new Recorder(), "127.0.0.1", port, { ssl: { ca }, serverHostname });
    await assert.rejects(open(), code("ERR_TLS_CERT_ALTNAME_INVALID"));
    await assert.rejects(open("localhost"), code("ERR_TLS_CERT_ALTNAME_INVALID"));
    for (const name of ["elsewhere.test", ""]) {
      const [transport, client] = await open(name)();
      transport.write(name);
      transport.close();
      await client.lost;
    }
    await end(server);
  });
});

tls("rejectUnauthorized: false takes any server", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const [server, port] = await serve(() => new Echo(), { ssl: serverSsl() });
    const [transport, client] = await loop.createConnection(() => new Recorder(), "127.0.0.1", port, {
      ssl: { rejectUnauthorized: false },
    });
    assert.equal(transport.getExtraInfo("sslObject")!.authorized, false);
    transport.close();
    assert.equal(await client.lost, null);
    await end(server);
  });
});

tls("a server that asks for certificates takes clients that have one, and drops the others", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const peers: Recorder[] = [];
    const [server, port] = await serve(() => (peers.push(new Echo()), peers.at(-1)!), {
      ssl: { ...serverSsl(), ca, requestCert: true, rejectUnauthorized: true },
    });
    const open = (ssl: object) => loop.createConnection(() => new Recorder(), "127.0.0.1", port, { ssl: { ca, ...ssl } });

    const { key, cert } = identity("alice");
    const [transport, client] = await open({ key, cert });
    transport.write("hello");
    await client.received(5);
    assert.equal(peers[0]!.transport.getExtraInfo("peercert")!.subject.CN, "alice");
    assert.equal(peers[0]!.transport.getExtraInfo("sslObject")!.authorized, true);
    assert.equal(transport.getExtraInfo("peercert")!.subject.CN, "server");
    transport.close();
    await client.lost;

    // With TLS 1.3 the client is through before the server has seen that it has no certificate, or one of its own making.
    const [, nobody] = await open({});
    assert.ok((await nobody.lost) instanceof Error);
    const { key: strangeKey, cert: strangeCert } = selfSigned("stranger");
    const [, stranger] = await open({ key: strangeKey, cert: strangeCert });
    await stranger.lost;
    // With TLS 1.2 the client fails.
    await assert.rejects(async () => open({ maxVersion: "TLSv1.2" }));
    await end(server);
    assert.deepEqual(
      peers.slice(1).map(({ events }) => events),
      [[], [], []],
    );
  });
});

tls("a server that only asks for certificates tells whether the client's is good", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const peers: Recorder[] = [];
    const [server, port] = await serve(() => (peers.push(new Echo()), peers.at(-1)!), {
      ssl: { ...serverSsl(), ca, requestCert: true, rejectUnauthorized: false },
    });
    const { key, cert } = identity("alice");
    for (const ssl of [{ key, cert }, {}]) {
      const [transport, client] = await loop.createConnection(() => new Recorder(), "127.0.0.1", port, { ssl: { ca, ...ssl } });
      transport.write("x");
      await client.received(1);
      transport.close();
      await client.lost;
    }
    await end(server);
    assert.deepEqual(
      peers.map((peer) => peer.transport.getExtraInfo("sslObject")!.authorized),
      [true, false],
    );
  });
});

// ---------------------------------------------------------------------------------------------- what the handshake settles

tls("a transport knows its certificate, cipher, context and both addresses", async (t) => {
  await t.run(async () => {
    const context = createSecureContext({ ca });
    const { transport, client, peer, close } = await connectPair(
      () => new Recorder(),
      () => new Echo(),
      { ssl: createSecureContext(serverSsl()) },
      { ssl: context },
    );
    transport.write("hello");
    await client.received(5);
    assert.equal(transport.getExtraInfo("sslcontext"), context);
    assert.equal(transport.getExtraInfo("peercert")!.subject.CN, "server");
    assert.equal(peer.transport.getExtraInfo("peercert"), undefined);
    assert.match(transport.getExtraInfo("cipher")!.version, /^TLSv1\.[23]$/);
    assert.equal(transport.getExtraInfo("sslObject")!.getProtocol(), "TLSv1.3");
    assert.equal(transport.getExtraInfo("alpnProtocol"), undefined);
    assert.equal(transport.getExtraInfo("compression"), null);
    assert.equal(transport.getExtraInfo("colour", "none"), "none");
    assert.deepEqual(transport.getExtraInfo("peername"), peer.transport.getExtraInfo("sockname"));
    assert.deepEqual(transport.getExtraInfo("sockname"), peer.transport.getExtraInfo("peername"));
    await close();
  });
});

tls("the client's serverHostname chooses the server's certificate (SNI), and ALPN the protocol", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const asked: string[] = [];
    const { key, cert } = identity("elsewhere", "DNS:elsewhere.test");
    const [server, port] = await serve(() => new Echo(), {
      ssl: {
        ...serverSsl(),
        ALPNProtocols: ["h2", "http/1.1"],
        SNICallback: (name, done) => (asked.push(name), done(null, createSecureContext({ key, cert }))),
      },
    });
    const [transport, client] = await loop.createConnection(() => new Recorder(), "127.0.0.1", port, {
      ssl: { ca, ALPNProtocols: ["http/1.1"] },
      serverHostname: "elsewhere.test",
    });
    assert.deepEqual(asked, ["elsewhere.test"]);
    assert.equal(transport.getExtraInfo("peercert")!.subject.CN, "elsewhere");
    assert.equal(transport.getExtraInfo("alpnProtocol"), "http/1.1");
    transport.close();
    await client.lost;
    await end(server);
  });
});

// ---------------------------------------------------------------------------------------------- handshakes that fail

tls("a handshake that takes too long is given up on either side", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const silent = await rawServer();
    await assert.rejects(
      async () => loop.createConnection(() => new Recorder(), "127.0.0.1", silent.port, { ssl: { ca }, sslHandshakeTimeout: 0.05 }),
      code("ECONNABORTED"),
    );
    await silent.close();

    const peer = new Recorder();
    const [server, port] = await serve(() => peer, { ssl: serverSsl(), sslHandshakeTimeout: 0.05 });
    const socket = await rawConnect(port);
    socket.resume();
    await asyncio.wrapFuture(once(socket, "end"));
    socket.destroy();
    await end(server);
    assert.deepEqual(peer.events, []);
  });
});

tls("a peer that ends, or speaks no TLS, during the handshake", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const raw = await rawServer();
    const connecting = asyncio.createTask(async () => loop.createConnection(() => new Recorder(), "127.0.0.1", raw.port, { ssl: { ca } }));
    const accepted = await asyncio.wrapFuture(raw.accept());
    accepted.end();
    await assert.rejects(async () => connecting, code("ECONNRESET"));
    await raw.close();

    const peer = new Recorder();
    const [server, port] = await serve(() => peer, { ssl: serverSsl() });
    const socket = await rawConnect(port);
    socket.resume();
    const gone = once(socket, "close");
    socket.end("GET / HTTP/1.0\r\n\r\n");
    await asyncio.wrapFuture(gone);
    const vanishing = await rawConnect(port);
    vanishing.end();
    await end(server);
    assert.deepEqual(peer.events, []);
  });
});

tls("createConnection that is cancelled during the handshake leaves no socket behind", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const raw = await rawServer();
    const client = new Recorder();
    const connecting = asyncio.createTask(async () => loop.createConnection(() => client, "127.0.0.1", raw.port, { ssl: { ca } }));
    const accepted = await asyncio.wrapFuture(raw.accept());
    const gone = once(accepted, "close");
    accepted.once("data", () => connecting.cancel());
    accepted.resume();
    accepted.once("end", () => accepted.end());
    await assert.rejects(async () => connecting, asyncio.CancelledError);
    await asyncio.wrapFuture(gone);
    assert.deepEqual(client.events, []);
    await raw.close();
  });
});

// ---------------------------------------------------------------------------------------------- the end

tls("close() sends what was written, then each side says farewell", async (t) => {
  await t.run(async () => {
    const { server, transport, client, peer } = await pair(
      () => new Recorder(),
      () => new Recorder(),
    );
    const sent = pattern(2 * 1024 * 1024);
    transport.write(sent);
    transport.close();
    assert.equal(transport.isClosing(), true);
    transport.write("not sent any more");
    assert.equal(await client.lost, null);
    assert.equal(await peer.lost, null);
    assert.ok(peer.data().equals(sent));
    assert.deepEqual(peer.events, ["made", "data", "eof", "lost"]);
    await end(server);
  });
});

tls("Node's own client hears a farewell, not a broken connection", async (t) => {
  await t.run(async () => {
    const peer = new Recorder();
    const [server, port] = await serve(() => peer, { ssl: serverSsl() });
    const socket = tlsConnect({ port, host: "127.0.0.1", ca });
    await asyncio.wrapFuture(once(socket, "secureConnect"));
    socket.resume();
    const transport = await peer.made;
    const gone = once(socket, "close");
    transport.close();
    assert.deepEqual(await asyncio.wrapFuture(gone), [false]);
    assert.equal(await peer.lost, null);
    await end(server);
  });
});

for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
  tls(`what each side sends with the end of its handshake arrives, ${maxVersion}`, async (t) => {
    await t.run(async () => {
      class Greeting extends Recorder {
        override connectionMade(transport: asyncio.Transport): void {
          super.connectionMade(transport);
          transport.write("first");
        }
      }
      const greeting = () => new Greeting();
      const ends = await connectPair(greeting, greeting, { ssl: { ...serverSsl(), maxVersion } }, { ssl: { ca } });
      await ends.client.received(5);
      await ends.peer.received(5);
      assert.deepEqual([String(ends.client.data()), String(ends.peer.data())], ["first", "first"]);
      await ends.close();
    });
  });
}

tls("what a peer sends before it answers the farewell is dropped", async (t) => {
  await t.run(async () => {
    const peer = new Recorder();
    const [server, port] = await serve(() => peer, { ssl: serverSsl() });
    const options = { port, host: "127.0.0.1", ca, allowHalfOpen: true };
    const socket = tlsConnect(options);
    await asyncio.wrapFuture(once(socket, "secureConnect"));
    const ended = once(socket.resume(), "end");
    (await peer.made).close();
    await asyncio.wrapFuture(ended);
    socket.end(pattern(4 * 1024 * 1024));
    assert.equal(await peer.lost, null);
    assert.equal(peer.length, 0);
    await end(server);
  });
});

tls("a peer that does not answer the farewell is waited for so long and no longer", async (t) => {
  await t.run(async () => {
    const peer = new Recorder();
    const [server, port] = await serve(() => peer, { ssl: serverSsl(), sslShutdownTimeout: 0.05 });
    const options = { port, host: "127.0.0.1", ca, allowHalfOpen: true };
    const socket = tlsConnect(options);
    await asyncio.wrapFuture(once(socket, "secureConnect"));
    (await peer.made).close();
    const error = await peer.lost;
    assert.ok(error instanceof asyncio.TimeoutError);
    assert.match(error.message, /0\.05 seconds/);
    socket.on("error", () => {}); // Whether it is reset depends on what is under way.
    socket.destroy();
    await end(server);
  });
});

tls("abort() ends at once, also while the farewell is under way and during the handshake", async (t) => {
  await t.run(async () => {
    const { server, transport, client, peer } = await pair(
      () => new Recorder(),
      () => new Recorder(),
    );
    transport.write(pattern(1024 * 1024));
    transport.close();
    transport.abort();
    assert.equal(await client.lost, null);
    await peer.lost;
    const socket = await rawConnect(server.sockets[0]!.getsockname().port);
    const gone = once(socket, "close");
    socket.resume();
    server.abortClients();
    socket.end();
    await asyncio.wrapFuture(gone);
    await end(server);
  });
});

tls("TLS cannot be half closed", async (t) => {
  const warnings: unknown[][] = [];
  const original = console.warn;
  console.warn = (...args: unknown[]) => void warnings.push(args);
  t.after(() => void (console.warn = original));
  await t.run(async () => {
    const { server, transport, client, peer } = await pair(
      () => new HalfOpenRecorder(),
      () => new Recorder(),
    );
    assert.equal(transport.canWriteEof(), false);
    assert.throws(() => transport.writeEof(), asyncio.NotImplementedError);
    peer.transport.close();
    assert.equal(await client.lost, null);
    assert.deepEqual(client.events, ["made", "eof", "lost"]);
    await peer.lost;
    await end(server);
  });
  assert.match(String(warnings[0]), /returning true from eofReceived\(\) has no effect with TLS/);
});

tls("a loop that is closed takes its TLS connections with it", async (t) => {
  const raw = await rawServer();
  await t.run(async () => {
    const { server, transport } = await pair(
      () => new Recorder(),
      () => new Recorder(),
    );
    transport.write("x");
    server.close();
    const loop = asyncio.getRunningLoop();
    void asyncio.createTask(async () => loop.createConnection(() => new Recorder(), "127.0.0.1", raw.port, { ssl: { ca } }));
    await asyncio.wrapFuture(raw.accept());
  });
  await raw.close();
});

// ---------------------------------------------------------------------------------------------- data

tls("a writer is paused above 512 KiB and resumed at a quarter of it", async (t) => {
  await t.run(async () => {
    const { transport, client, peer, close } = await pair(
      () => new Recorder(),
      () => new Recorder(),
    );
    assert.deepEqual(transport.getWriteBufferLimits(), { low: 128 * 1024, high: 512 * 1024 });
    peer.transport.pauseReading();
    let written = 0;
    while (!client.events.includes("pauseWriting")) {
      transport.write(pattern(65536));
      written += 65536;
      await asyncio.sleep(0);
    }
    assert.ok(transport.getWriteBufferSize() > 512 * 1024);
    peer.transport.resumeReading();
    await peer.received(written);
    while (!client.events.includes("resumeWriting")) await asyncio.sleep(0);
    await close();
  });
});

class Filling extends asyncio.BufferedProtocol {
  readonly all: Buffer[] = [];
  readonly buffer = Buffer.alloc(1000);
  readonly lost: asyncio.Future<Error | null> = asyncio.getEventLoop().createFuture<Error | null>();

  override getBuffer(): Uint8Array {
    return this.buffer;
  }

  override bufferUpdated(length: number): void {
    this.all.push(Buffer.from(this.buffer.subarray(0, length)));
  }

  override connectionLost(error: Error | null): void {
    this.lost.setResult(error);
  }
}

tls("a BufferedProtocol over TLS", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const peer = new Filling();
    const [server, port] = await serve(() => peer, { ssl: serverSsl() });
    const sent = pattern(100_001);
    const [transport] = await loop.createConnection(() => new Recorder(), "127.0.0.1", port, { ssl: { ca } });
    transport.write(sent);
    transport.close();
    assert.equal(await peer.lost, null);
    assert.ok(Buffer.concat(peer.all).equals(sent));
    await end(server);
  });
});

tls("TLS over a Unix socket", async (t) => {
  await t.run(async () => {
    const loop: Loop = asyncio.getRunningLoop();
    const path = `\0uvio-tls-${process.pid}-${t.kind}`;
    const peer = new Echo();
    const server = await loop.createUnixServer(() => peer, path, { ssl: serverSsl() });
    const [transport, client] = await loop.createUnixConnection(() => new Recorder(), path, { ssl: { ca }, serverHostname: "localhost" });
    transport.write("hello");
    await client.received(5);
    assert.equal(transport.getExtraInfo("peername"), path);
    transport.close();
    await client.lost;
    server.close();
    await server.waitClosed();
  });
});

// ---------------------------------------------------------------------------------------------- arguments

tls("options of TLS that cannot be are refused at once", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const make = () => new Recorder();
    const open = (options: object) => () => loop.createConnection(make, "127.0.0.1", 1, options);
    assert.throws(open({ serverHostname: "x" }), asyncio.ValueError);
    assert.throws(open({ sslHandshakeTimeout: 1 }), asyncio.ValueError);
    assert.throws(open({ ssl: true, sslShutdownTimeout: 0 }), asyncio.ValueError);
    assert.throws(open({ ssl: true, sslShutdownTimeout: "1" }), TypeError);
    assert.throws(open({ ssl: "yes" }), {
      name: "TypeError",
      message: /^ssl must be true, a tls.SecureContext or an object of tls options, got "yes"/,
    });
    assert.throws(open({ ssl: true, serverHostname: 5 }), TypeError);
    assert.throws(() => loop.createConnection(make, "", 1, { ssl: true }), asyncio.ValueError);
    assert.throws(() => loop.createServer(make, "127.0.0.1", 0, { ssl: true as never }), TypeError);
    assert.throws(() => loop.createServer(make, "127.0.0.1", 0, { sslHandshakeTimeout: 1 }), asyncio.ValueError);
    assert.throws(() => loop.createUnixConnection(make, "/tmp/x", { ssl: true }), asyncio.ValueError);
    assert.throws(() => loop.createServer(make, "127.0.0.1", 0, { ssl: { key: "no key", cert: "none" } }), Error);
  });
});
