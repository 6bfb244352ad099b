/** TLS connections between protocols once the handshake is over: how they end, and data. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as tlsConnect } from "node:tls";
import * as asyncio from "uvio";
import { ca } from "../support/certificates.js";
import { Echo, HalfOpenRecorder, pattern, Recorder } from "../support/protocols.js";
import { rawConnect, rawServer } from "../support/raw.js";
import { end, pair, serve, serverSsl, tls } from "./serving.js";

type Loop = asyncio.EventLoop;

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
