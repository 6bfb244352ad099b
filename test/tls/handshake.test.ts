/** The handshake of a TLS connection: what it settles, and how it fails. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as tlsConnect, createSecureContext } from "node:tls";
import * as asyncio from "uvio";
import { ca, identity } from "../support/certificates.js";
import { LIES } from "../support/lying-arrays.js";
import { connectPair, Echo, Recorder } from "../support/protocols.js";
import { rawConnect, rawServer } from "../support/raw.js";
import { code, end, serve, serverSsl, tls } from "./serving.js";

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

tls("ALPN sends the bytes that a lying array has", async (t) => {
  await t.run(async () => {
    const protocols = Buffer.from("\x02h2\x08http/1.1", "latin1");
    for (const [what, lie] of Object.entries(LIES)) {
      const peer = new Recorder();
      const [server, port] = await serve(() => peer, { ssl: { ...serverSsl(), ALPNProtocols: lie(protocols) } });
      const [transport, client] = await asyncio.getRunningLoop().createConnection(() => new Recorder(), "127.0.0.1", port, {
        ssl: { ca, ALPNProtocols: lie(Buffer.from("\x08http/1.1", "latin1")) },
      });
      assert.equal(transport.getExtraInfo("alpnProtocol"), "http/1.1", what);
      transport.close();
      await client.lost;
      await end(server);
    }
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

tls("a peer that ends as soon as it is through: connectionMade comes first", async (t) => {
  await t.run(async () => {
    const peers: Recorder[] = [];
    const [server, port] = await serve(() => (peers.push(new Recorder()), peers.at(-1)!), { ssl: serverSsl() });
    for (let i = 0; i < 10; i++) {
      const socket = tlsConnect({ port, host: "127.0.0.1", ca });
      socket.once("secureConnect", () => socket.end());
      await asyncio.wrapFuture(once(socket, "close"));
      await peers[i]!.lost;
    }
    await end(server);
    for (const { events } of peers) assert.deepEqual(events, ["made", "eof", "lost"]);
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
