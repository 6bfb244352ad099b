/** The end of TLS connections whose peer stops reading: close() never waits longer than the shutdown timeout. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { connect as tcpConnect, type AddressInfo, type Socket } from "node:net";
import { connect as tlsConnect, createServer, TLSSocket, type Server } from "node:tls";
import { fileURLToPath } from "node:url";
import * as asyncio from "uvio";
import { ca } from "../support/certificates.js";
import type { LoopTest } from "../support/loops.js";
import { pattern, Recorder } from "../support/protocols.js";
import { rawServer } from "../support/raw.js";
import { serve, serverSsl, tls } from "./serving.js";

/** More than the system's buffers take. */
const UNSENT = pattern(16 * 1024 * 1024);
const TIMEOUT = { sslShutdownTimeout: 0.1 };

/** A TLS server of Node that runs `onConnection` for each connection; by default the peer never reads. Closed after the test. */
async function nodeServer(t: LoopTest, onConnection: (socket: TLSSocket) => void = () => {}): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer(serverSsl(), (socket) => {
    sockets.add(socket);
    socket.on("error", () => {}); // The connection is aborted while it has unsent data.
    onConnection(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

tls("a client's close() does not wait longer than the shutdown timeout for a peer that stops reading", async (t) => {
  await t.run(async () => {
    const port = await nodeServer(t);
    const [, writer] = await asyncio.openConnection("127.0.0.1", port, { ssl: { ca }, ...TIMEOUT });
    writer.write(UNSENT);
    writer.close();
    await assert.rejects(async () => writer.waitClosed(), asyncio.TimeoutError);
    assert.equal(writer.transport.getWriteBufferSize(), 0);
  });
});

tls("a server's connection ends after the shutdown timeout too, and waitClosed() with it", async (t) => {
  await t.run(async () => {
    const peer = new Recorder();
    const [server, port] = await serve(() => peer, { ssl: serverSsl(), ...TIMEOUT });
    const mute = tlsConnect({ host: "127.0.0.1", port, ca });
    mute.on("error", () => {});
    t.after(() => void mute.destroy());
    const transport = await peer.made;
    transport.write(UNSENT);
    server.close();
    server.closeClients();
    await server.waitClosed();
    assert.match(String(await peer.lost), /TLS shutdown timed out: .* within 0\.1 seconds/);
  });
});

tls("after startTls() the connection below is closed with unsent data too", async (t) => {
  // 16 MiB stop in TLS; the smaller amount has left TLS, and waits in the transport below.
  for (const amount of [UNSENT.length, "below"] as const) {
    const raw = await rawServer();
    await t.run(async () => {
      const loop = asyncio.getRunningLoop();
      const [lower, client] = await loop.createConnection(() => new Recorder(), "127.0.0.1", raw.port);
      const accepted = await asyncio.wrapFuture(raw.accept());
      const mute = new TLSSocket(accepted, { isServer: true, ...serverSsl() });
      mute.on("error", () => {});
      const secured = await loop.startTls(lower, client, { ca }, { serverHostname: "localhost", ...TIMEOUT });
      if (amount !== "below") secured.write(UNSENT);
      while (lower.getWriteBufferSize() === 0) {
        if (amount === "below") secured.write(UNSENT.subarray(0, 16 * 1024));
        await asyncio.sleep(0);
      }
      secured.close();
      assert.ok((await client.lost) instanceof asyncio.TimeoutError);
      assert.equal(lower.getWriteBufferSize(), 0, `unsent data of ${amount} below TLS`);
    });
    await raw.close();
  }
});

tls("over a Duplex too: it is destroyed", async (t) => {
  await t.run(async () => {
    const port = await nodeServer(t);
    const socket = tcpConnect(port, "127.0.0.1");
    const [, writer] = await asyncio.openDuplex(socket);
    await writer.startTls({ ca }, { serverHostname: "localhost", ...TIMEOUT });
    writer.write(UNSENT);
    writer.close();
    await assert.rejects(async () => writer.waitClosed(), asyncio.TimeoutError);
    if (!socket.closed) await asyncio.wrapFuture(once(socket, "close"));
  });
});

tls("a file that is being sent does not keep a closing connection either", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const port = await nodeServer(t);
    const [transport, client] = await loop.createConnection(() => new Recorder(), "127.0.0.1", port, { ssl: { ca }, ...TIMEOUT });
    transport.write(UNSENT);
    const file = openSync(fileURLToPath(import.meta.url), "r");
    t.after(() => closeSync(file));
    const sending = asyncio.createTask(async () => loop.sendfile(transport, { fd: file }));
    await asyncio.sleep(0);
    transport.close();
    assert.ok((await client.lost) instanceof asyncio.TimeoutError);
    await assert.rejects(async () => sending);
  });
});

tls("while unsent data leaves, close() goes on reading: a peer may have to send before it reads", async (t) => {
  await t.run(async () => {
    let echoed = 0;
    const port = await nodeServer(t, (socket) => {
      socket.on("data", (data: Buffer) => {
        echoed += data.length;
        if (!socket.write(data)) socket.pause();
      });
      socket.on("drain", () => socket.resume());
      socket.on("end", () => socket.end());
    });
    const [, writer] = await asyncio.openConnection("127.0.0.1", port, { ssl: { ca } });
    writer.write(UNSENT);
    writer.close();
    await writer.waitClosed();
    assert.equal(echoed, UNSENT.length);
  });
});
