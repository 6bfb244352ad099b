/** Transports as Duplexes, under what is written for Node's sockets. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer as createHttpServer, request, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { Agent, fetch as undiciFetch } from "undici";
import { WebSocket, WebSocketServer } from "ws";
import * as asyncio from "uvio";
import { caFile, local, opensslSkipped } from "../support/certificates.js";
import { eachLoop } from "../support/loops.js";
import { programSkipped } from "../support/programs.js";
import { pattern, Recorder } from "../support/protocols.js";

/** Makes a Duplex of each connection. */
class Bridge extends asyncio.Protocol {
  readonly #connected: (duplex: asyncio.TransportDuplex) => void;

  constructor(connected: (duplex: asyncio.TransportDuplex) => void) {
    super();
    this.#connected = connected;
  }

  override connectionMade(transport: asyncio.Transport): void {
    this.#connected(asyncio.toDuplex(transport));
  }
}

async function serve(
  connected: (duplex: asyncio.TransportDuplex) => void,
  options: asyncio.ServerOptions = {},
): Promise<[asyncio.Server, number]> {
  const server = await asyncio.getRunningLoop().createServer(() => new Bridge(connected), "127.0.0.1", 0, options);
  return [server, server.sockets[0]!.getsockname().port];
}

async function dial(port: number, options: asyncio.ConnectionOptions = {}): Promise<asyncio.TransportDuplex> {
  const loop = asyncio.getRunningLoop();
  const [transport] = await loop.createConnection(() => new Recorder(), "127.0.0.1", port, options);
  return asyncio.toDuplex(transport);
}

async function end(server: asyncio.Server): Promise<void> {
  server.close();
  await server.waitClosed();
}

eachLoop("bytes go both ways through a pipeline, with back-pressure, and both ends end", async (t) => {
  await t.run(async () => {
    const [server, port] = await serve((duplex) => void pipeline(duplex, duplex));
    const duplex = await dial(port);
    const sent = pattern(4 * 1024 * 1024);
    const received: Buffer[] = [];
    const closed = once(duplex, "close");
    duplex.on("data", (data: Buffer) => received.push(data));
    duplex.end(sent);
    await asyncio.wrapFuture(closed);
    assert.ok(Buffer.concat(received).equals(sent));
    assert.deepEqual([duplex.readableEnded, duplex.writableFinished, duplex.destroyed], [true, true, true]);
    await end(server);
  });
});

eachLoop("a Duplex that nobody reads holds its peer's writing back", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const connected = loop.createFuture<asyncio.TransportDuplex>();
    const [server, port] = await serve((duplex) => connected.setResult(duplex));
    const [transport, client] = await loop.createConnection(() => new Recorder(), "127.0.0.1", port);
    const duplex = await connected;
    let written = 0;
    // The Duplex pauses its reading first. When the system's buffers are full, the client's writing is paused.
    while (duplex.transport.isReading() || !client.events.includes("pauseWriting")) {
      transport.write(pattern(65536));
      written += 65536;
      await asyncio.sleep(0);
    }
    assert.ok(duplex.readableLength < 1024 * 1024, `${duplex.readableLength} bytes are buffered`);
    let read = 0;
    const all = loop.createFuture<void>();
    duplex.on("data", (data: Buffer) => (read += data.length) === written && all.setResult());
    await all;
    while (!client.events.includes("resumeWriting")) await asyncio.sleep(0);
    const closed = once(duplex, "close");
    transport.close();
    await client.lost;
    duplex.end();
    await asyncio.wrapFuture(closed);
    await end(server);
  });
});

eachLoop("a write waits until the transport has room, and fails when the connection is lost", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const peer = new Recorder();
    const server = await loop.createServer(() => peer, "127.0.0.1", 0);
    const duplex = await dial(server.sockets[0]!.getsockname().port);
    (await peer.made).pauseReading();
    const block = pattern(1024 * 1024);
    while (duplex.write(block)) await asyncio.sleep(0);
    const kept = duplex.transport.getWriteBufferSize();
    assert.ok(kept <= 64 * 1024 + block.length, `${kept} bytes are in the transport's buffer`);
    const failed = once(duplex, "error");
    peer.transport.abort();
    const [error] = (await asyncio.wrapFuture(failed)) as [NodeJS.ErrnoException];
    assert.match(error.code!, /^(ECONNRESET|EPIPE)$/);
    assert.equal(duplex.destroyed, true);
    await end(server);
  });
});

eachLoop("each side can end on its own, and destroy() drops the connection", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const peers: Recorder[] = [];
    const server = await loop.createServer(() => (peers.push(new Half()), peers.at(-1)!), "127.0.0.1", 0);
    const { port } = server.sockets[0]!.getsockname();
    const duplex = await dial(port);
    duplex.end("the end");
    while (peers.length === 0) await asyncio.sleep(0);
    const [peer] = peers as [Recorder];
    await peer.ended;
    assert.equal(peer.data().toString(), "the end");
    peer.transport.write("the answer");
    peer.transport.close();
    assert.equal(await asyncio.wrapFuture(text(duplex)), "the answer");
    await peer.lost;

    const other = await dial(port);
    const closed = once(other, "close");
    other.destroy();
    await asyncio.wrapFuture(closed);
    while (peers.length < 2) await asyncio.sleep(0);
    await peers[1]!.ended;
    peers[1]!.transport.close();
    await peers[1]!.lost;
    await end(server);
  });
});

class Half extends Recorder {
  override eofReceived(): boolean {
    super.eofReceived();
    return true;
  }
}

eachLoop("a Duplex has what Node's own modules ask of a socket", async (t) => {
  await t.run(async () => {
    const accepted: asyncio.TransportDuplex[] = [];
    const [server, port] = await serve((duplex) => {
      accepted.push(duplex);
      duplex.resume().on("end", () => duplex.end());
    });
    const duplex = await dial(port);
    assert.deepEqual([duplex.remoteAddress, duplex.remotePort, duplex.remoteFamily], ["127.0.0.1", port, "IPv4"]);
    assert.equal(duplex.localAddress, "127.0.0.1");
    assert.equal(duplex.encrypted, false);
    assert.equal(duplex.setNoDelay().setKeepAlive().ref().unref(), duplex);
    const silent = once(duplex, "timeout");
    duplex.setTimeout(5);
    await asyncio.wrapFuture(silent);
    assert.equal(duplex.destroyed, false);
    while (accepted.length === 0) await asyncio.sleep(0);
    assert.equal(accepted[0]!.remotePort, duplex.localPort);
    const closed = once(duplex, "close");
    duplex.resume().end();
    await asyncio.wrapFuture(closed);
    await end(server);
  });
});

eachLoop("what is no transport is no Duplex", () => {
  for (const wrong of [null, {}, "transport"]) assert.throws(() => asyncio.toDuplex(wrong as never), TypeError);
});

// ---------------------------------------------------------------------------------------------- Node's http

const website = (): ReturnType<typeof createHttpServer> =>
  createHttpServer((incoming, response) => {
    if (incoming.method === "POST") return void incoming.pipe(response);
    response.setHeader("content-type", "text/plain");
    response.end(`${incoming.method} ${incoming.url} from ${incoming.socket.remoteAddress}`);
  });

/** Runs a program; what it printed. */
async function output(program: string, args: string[], input = ""): Promise<string> {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.on("error", () => {}); // It may end before it has read everything.
  child.stdin.end(input);
  return text(child.stdout);
}

eachLoop(
  "curl talks to Node's http.Server over uvio",
  async (t) => {
    await t.run(async () => {
      const http = website();
      const [server, port] = await serve((duplex) => void http.emit("connection", duplex));
      const url = `http://127.0.0.1:${port}`;
      assert.equal(await asyncio.wrapFuture(output("curl", ["-sS", `${url}/one`])), "GET /one from 127.0.0.1");
      // Two requests by one connection.
      const twice = await asyncio.wrapFuture(output("curl", ["-sS", `${url}/a`, `${url}/b`, "-w", "[%{num_connects}]"]));
      assert.equal(twice, "GET /a from 127.0.0.1[1]GET /b from 127.0.0.1[0]");
      const body = "x".repeat(1_000_000);
      assert.equal(await asyncio.wrapFuture(output("curl", ["-sS", "--data-binary", "@-", url], body)), body);
      await end(server);
    });
  },
  { skip: programSkipped("curl") },
);

eachLoop(
  "curl talks https to it, with the TLS of uvio's server",
  async (t) => {
    await t.run(async () => {
      const http = website();
      const { key, cert } = local();
      const [server, port] = await serve((duplex) => void http.emit("connection", duplex), {
        ssl: { key, cert, ALPNProtocols: ["http/1.1"] },
      });
      const answer = output("curl", ["-sS", "--cacert", caFile, `https://localhost:${port}/secure`]);
      assert.equal(await asyncio.wrapFuture(answer), "GET /secure from 127.0.0.1");
      await end(server);
    });
  },
  { skip: opensslSkipped || programSkipped("curl") },
);

eachLoop("Node's http client, and undici, send their requests over a transport", async (t) => {
  await t.run(async () => {
    const http = website();
    const [server, port] = await serve((duplex) => void http.emit("connection", duplex));

    const socket = await dial(port);
    const closed = once(socket, "close");
    const asked = request({ createConnection: () => socket, path: "/http", host: "127.0.0.1", port });
    asked.end();
    const [response] = (await asyncio.wrapFuture(once(asked, "response"))) as [IncomingMessage];
    assert.equal(await asyncio.wrapFuture(text(response)), "GET /http from 127.0.0.1");
    socket.end();
    await asyncio.wrapFuture(closed);

    const loop = asyncio.getRunningLoop();
    const dispatcher = new Agent({
      connect: (_options, callback) => {
        const dialling = loop.createTask(async () => dial(port));
        void Promise.resolve(dialling).then(
          (duplex) => callback(null, duplex as never),
          (error: Error) => callback(error, null),
        );
      },
    });
    const answer = await asyncio.wrapFuture(undiciFetch(`http://127.0.0.1:${port}/undici`, { dispatcher }));
    assert.equal(await asyncio.wrapFuture(answer.text()), "GET /undici from 127.0.0.1");
    const posted = undiciFetch(`http://127.0.0.1:${port}/`, { method: "POST", body: "y".repeat(300_000), dispatcher });
    assert.equal((await asyncio.wrapFuture((await asyncio.wrapFuture(posted)).text())).length, 300_000);
    await asyncio.wrapFuture(dispatcher.close());
    await end(server);
  });
});

// ---------------------------------------------------------------------------------------------- ws

eachLoop("a WebSocket echo with ws over uvio, on both sides", async (t) => {
  await t.run(async () => {
    const http = createHttpServer();
    const sockets = new WebSocketServer({ server: http });
    sockets.on("connection", (socket) => socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary })));
    const [server, port] = await serve((duplex) => void http.emit("connection", duplex));

    const socket = await dial(port);
    const client = new WebSocket(`ws://127.0.0.1:${port}/`, { createConnection: () => socket as never });
    await asyncio.wrapFuture(once(client, "open"));
    for (const size of [0, 1, 125, 126, 65535, 65536, 1_000_000]) {
      const sent = pattern(size);
      const echoed = once(client, "message");
      client.send(sent);
      const [received, isBinary] = (await asyncio.wrapFuture(echoed)) as [Buffer, boolean];
      assert.ok(isBinary && received.equals(sent), `${size} bytes`);
    }
    const closed = once(client, "close");
    client.close(1000, "done");
    assert.deepEqual(((await asyncio.wrapFuture(closed)) as [number, Buffer]).map(String), ["1000", "done"]);
    sockets.close();
    await end(server);
  });
});
