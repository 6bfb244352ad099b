/** Connections that become secure while they live. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { Duplex } from "node:stream";
import { connect as tlsConnect } from "node:tls";
import * as asyncio from "uvio";
import { ca, identity, local, opensslSkipped } from "../support/certificates.js";
import { eachLoop, type LoopTest } from "../support/loops.js";
import { connectPair, Echo, pattern, Recorder, type Pair } from "../support/protocols.js";
import { rawConnect, rawServer } from "../support/raw.js";

const tls = (name: string, body: (t: LoopTest) => Promise<void>): void => eachLoop(name, body, { skip: opensslSkipped });

const serverSsl = (): { key: Buffer; cert: Buffer } => {
  const { key, cert } = local();
  return { key, cert };
};

/** Goes on by another transport. */
class Upgradable extends Echo {
  upgraded!: asyncio.Transport;

  override dataReceived(data: Buffer): void {
    if (data.toString() === "plain") this.transport.write("also plain");
    else super.dataReceived(data);
  }
}

async function upgrade(
  { transport, client, peer }: Pick<Pair<Recorder, Upgradable>, "transport" | "client" | "peer">,
  options: asyncio.StartTlsOptions = {},
): Promise<asyncio.Transport> {
  const loop = asyncio.getRunningLoop();
  const [secured, accepted] = await asyncio.gather(
    loop.startTls(transport, client, { ca }, { serverHostname: "localhost", ...options }),
    loop.startTls(peer.transport, peer, serverSsl(), { serverSide: true }),
  );
  client.transport = secured;
  peer.transport = accepted;
  return secured;
}

tls("startTls makes a live connection secure; the protocols go on", async (t) => {
  await t.run(async () => {
    const pair = await connectPair(
      () => new Recorder(),
      () => new Upgradable(),
    );
    const { client, peer, server, transport } = pair;
    transport.write("plain");
    await client.received(10);
    const secured = await upgrade(pair);
    const sent = pattern(1024 * 1024);
    secured.write(sent);
    await client.received(10 + sent.length);
    assert.ok(client.data().subarray(10).equals(sent));
    assert.equal(secured.getExtraInfo("peercert")!.subject.CN, "server");
    assert.deepEqual(secured.getExtraInfo("peername"), peer.transport.getExtraInfo("sockname"));
    assert.equal(secured.getProtocol(), client);
    secured.close();
    assert.equal(await client.lost, null);
    assert.equal(await peer.lost, null);
    assert.deepEqual([client.events[0], client.events.at(-1)], ["made", "lost"]);
    assert.equal(client.events.filter((event) => event === "made").length, 1);
    server.close();
    await server.waitClosed();
  });
});

tls("TLS in TLS", async (t) => {
  await t.run(async () => {
    const pair = await connectPair(
      () => new Recorder(),
      () => new Upgradable(),
      { ssl: serverSsl() },
      { ssl: { ca } },
    );
    const { client, peer, server } = pair;
    const outer = pair.transport.getExtraInfo("sslObject");
    const secured = await upgrade(pair);
    assert.notEqual(secured.getExtraInfo("sslObject"), outer);
    const sent = pattern(300_000);
    secured.write(sent);
    await client.received(sent.length);
    assert.ok(client.data().equals(sent));
    secured.close();
    assert.equal(await client.lost, null);
    assert.equal(await peer.lost, null);
    server.close();
    await server.waitClosed();
  });
});

tls("TLS over a Duplex of Node's, and TLS in that", async (t) => {
  await t.run(async () => {
    const raw = await rawServer();
    const [near, far] = [await rawConnect(raw.port), await raw.accept()];
    const [transport, client] = await asyncio.fromDuplex(near, () => new Recorder());
    const [, peer] = await asyncio.fromDuplex(far, () => new Upgradable());
    const outer = await upgrade({ transport, client, peer });
    outer.write("plain");
    await client.received(10);
    await upgrade({ transport: outer, client, peer });
    const sent = pattern(1_000_000);
    client.transport.write(sent);
    await client.received(10 + sent.length);
    assert.ok(client.data().subarray(10).equals(sent));
    const below = Promise.all([once(near, "close"), once(far, "close")]);
    client.transport.close();
    assert.equal(await client.lost, null);
    assert.equal(await peer.lost, null);
    await asyncio.wrapFuture(below);
    await raw.close();
  });
});

tls("startTls whose handshake fails rejects, and closes the connection for both protocols", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const { transport, client, peer, server } = await connectPair(
      () => new Recorder(),
      () => new Recorder(),
    );
    const { key, cert } = identity("elsewhere", "DNS:elsewhere.test");
    const [mine, theirs] = await asyncio.gather(
      loop.startTls(transport, client, { ca }, { serverHostname: "localhost" }),
      loop.startTls(peer.transport, peer, { key, cert }, { serverSide: true, sslHandshakeTimeout: 5 }),
      { returnExceptions: true },
    );
    assert.equal((mine as NodeJS.ErrnoException).code, "ERR_TLS_CERT_ALTNAME_INVALID");
    // With TLS 1.3 the server is through before the client looks at its certificate.
    assert.ok(theirs instanceof Error || theirs instanceof asyncio.Transport);
    assert.ok((await client.lost) instanceof Error);
    await peer.lost;
    server.close();
    await server.waitClosed();
  });
});

tls("startTls that takes too long is given up", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const raw = await rawServer();
    const [transport, client] = await loop.createConnection(() => new Recorder(), "127.0.0.1", raw.port);
    await assert.rejects(async () => loop.startTls(transport, client, true, { serverHostname: "localhost", sslHandshakeTimeout: 0.05 }), {
      code: "ECONNABORTED",
    });
    await client.lost;
    await raw.close();
  });
});

tls("startTls that is cancelled closes the connection", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const raw = await rawServer();
    const [transport, client] = await loop.createConnection(() => new Recorder(), "127.0.0.1", raw.port);
    const starting = asyncio.createTask(async () => loop.startTls(transport, client, true, { serverHostname: "localhost" }));
    const socket = await raw.accept();
    socket.once("data", () => starting.cancel());
    socket.resume();
    await assert.rejects(async () => starting, asyncio.CancelledError);
    assert.equal(await client.lost, null);
    await raw.close();
  });
});

tls("startTls refuses what it cannot make secure", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const { transport, client, close } = await connectPair(
      () => new Recorder(),
      () => new Recorder(),
    );
    assert.throws(() => loop.startTls({} as never, client, true), TypeError);
    assert.throws(() => loop.startTls(transport, null as never, true), TypeError);
    assert.throws(() => loop.startTls(transport, client, true), asyncio.ValueError);
    assert.throws(() => loop.startTls(transport, client, null as never, { serverHostname: "x" }), TypeError);
    assert.throws(() => loop.startTls(transport, client, true as never, { serverSide: true }), TypeError);
    await close();
  });
});

const generatorUpgrade = asyncio.coroutine(function* (reader: asyncio.StreamReader, writer: asyncio.StreamWriter) {
  writer.write(`secure: ${(yield* reader.readline()).toString()}`);
  yield* writer.startTls(serverSsl());
  for (let line = yield* reader.readline(); line.length > 0; line = yield* reader.readline()) {
    writer.write(line);
    yield* writer.drain();
  }
  writer.close();
  yield* writer.waitClosed();
});

const asyncUpgrade = async (reader: asyncio.StreamReader, writer: asyncio.StreamWriter): Promise<void> => {
  writer.write(`secure: ${(await reader.readline()).toString()}`);
  await writer.startTls(serverSsl());
  for await (const line of reader) await writer.send(line);
  writer.close();
  await writer.waitClosed();
};

for (const [spelling, handler] of [
  ["generator", generatorUpgrade],
  ["async", asyncUpgrade],
] as const) {
  tls(`StreamWriter.startTls on both sides, ${spelling}`, async (t) => {
    await t.run(async () => {
      const server = await asyncio.startServer(handler, "127.0.0.1", 0);
      const [reader, writer] = await asyncio.openConnection("127.0.0.1", server.sockets[0]!.getsockname().port);
      const before = writer.transport;
      writer.write("please\n");
      assert.equal((await reader.readline()).toString(), "secure: please\n");
      await writer.startTls({ ca }, { serverHostname: "localhost" });
      assert.notEqual(writer.transport, before);
      assert.equal(writer.canWriteEof(), false);
      // More than the reader holds: its pauses must reach the new transport.
      const line = Buffer.alloc(60_000, "x");
      line[line.length - 1] = 10;
      const sending = asyncio.createTask(async () => {
        for (let n = 0; n < 20; n++) await writer.send(line);
      });
      for (let n = 0; n < 20; n++) assert.ok((await reader.readline()).equals(line));
      await sending;
      writer.close();
      await writer.waitClosed();
      server.close();
      await server.waitClosed();
    });
  });
}

/** Sends `prefix` and the first write in one segment. */
function prefixed(socket: Duplex, prefix: string): Duplex {
  let rest = prefix;
  const over = new Duplex({
    read: () => socket.resume(),
    write: (chunk: Buffer, _encoding, callback) => {
      socket.write(Buffer.concat([Buffer.from(rest), chunk]), callback);
      rest = "";
    },
    destroy: (error, callback) => {
      socket.destroy();
      callback(error);
    },
  });
  socket.on("data", (chunk: Buffer) => over.push(chunk)).on("end", () => over.push(null));
  return over;
}

tls("the ClientHello behind the line before it reaches the server's handshake", async (t) => {
  await t.run(async () => {
    const handle = async (reader: asyncio.StreamReader, writer: asyncio.StreamWriter): Promise<void> => {
      const line = await reader.readline();
      await writer.startTls(serverSsl());
      await writer.send(`${String(line)}${String(await reader.readline())}`);
      writer.close();
    };
    const server = await asyncio.startServer(handle, "127.0.0.1", 0);
    const raw = await rawConnect(server.sockets[0]!.getsockname().port);
    const secured = tlsConnect({ socket: prefixed(raw, "PROXY TCP4\n"), ca, servername: "localhost" });
    secured.write("over TLS\n");
    let received = "";
    secured.on("data", (chunk: Buffer) => (received += String(chunk)));
    await asyncio.wrapFuture(once(secured, "end"));
    assert.equal(received, "PROXY TCP4\nover TLS\n");
    secured.destroy();
    server.close();
    await server.waitClosed();
  });
});

tls("plaintext behind STARTTLS is not read by the server after the handshake, and fails it", async (t) => {
  await t.run(async () => {
    const outcome = asyncio.getRunningLoop().createFuture<string>();
    const handle = async (reader: asyncio.StreamReader, writer: asyncio.StreamWriter): Promise<void> => {
      await reader.readline();
      try {
        await writer.startTls(serverSsl());
        outcome.setResult(`read ${String(await reader.readline())}`);
      } catch (error) {
        outcome.setResult((error as NodeJS.ErrnoException).code ?? String(error));
      }
    };
    const server = await asyncio.startServer(handle, "127.0.0.1", 0);
    const raw = await rawConnect(server.sockets[0]!.getsockname().port);
    raw.write("STARTTLS\nDELETE everything\n");
    raw.resume();
    assert.match(await outcome, /^ERR_SSL_/);
    raw.destroy();
    server.close();
    await server.waitClosed();
  });
});

for (const [opener, open] of [
  ["openConnection", (port: number) => asyncio.openConnection("127.0.0.1", port)],
  ["openDuplex", async (port: number) => asyncio.openDuplex(await asyncio.wrapFuture(rawConnect(port)))],
] as const) {
  tls(`plaintext behind the server's go-ahead is not read by the client after the handshake, and fails it: ${opener}`, async (t) => {
    await t.run(async () => {
      const raw = await rawServer();
      const [reader, writer] = await open(raw.port);
      const socket = await raw.accept();
      socket.write("go ahead\nyou are welcome\n");
      assert.equal(String(await reader.readline()), "go ahead\n");
      await assert.rejects(async () => writer.startTls({ ca }, { serverHostname: "localhost" }), { code: /^ERR_SSL_/ });
      await assert.rejects(async () => reader.readline());
      await raw.close();
    });
  });
}
