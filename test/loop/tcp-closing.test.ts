/** The ends of TCP connections: writeEof(), close(), abort(), and peers that reset. */
import assert from "node:assert/strict";
import { vi } from "vitest";
import * as asyncio from "uvio";
import { eachLoop } from "../support/loops.js";
import { connectPair, HalfOpenRecorder, pattern, Recorder } from "../support/protocols.js";
import { rawConnect, rawServer, readAll } from "../support/raw.js";

eachLoop("after writeEof the other direction stays open", async (t) => {
  await t.run(async () => {
    const pair = await connectPair(
      () => new HalfOpenRecorder(),
      () => new HalfOpenRecorder(),
    );
    const { transport, client, peer } = pair;
    assert.equal(transport.canWriteEof(), true);
    transport.write("question");
    transport.writeEof();
    transport.writeEof();
    assert.throws(() => transport.write("more"), asyncio.RuntimeError);
    await peer.ended;
    assert.equal(peer.data().toString(), "question");
    assert.equal(peer.transport.isClosing(), false);
    peer.transport.write("answer");
    await client.received(6);
    assert.equal(client.data().toString(), "answer");
    peer.transport.writeEof();
    await client.ended;
    transport.close();
    peer.transport.close();
    assert.equal(await client.lost, null);
    assert.equal(await peer.lost, null);
    assert.deepEqual(peer.events, ["made", "data", "eof", "lost"]);
    await pair.close();
  });
});

eachLoop("eofReceived without a true result closes the transport", async (t) => {
  await t.run(async () => {
    const pair = await connectPair(
      () => new HalfOpenRecorder(),
      () => new Recorder(),
    );
    pair.transport.writeEof();
    assert.equal(await pair.peer.lost, null);
    await pair.client.ended;
    assert.deepEqual(pair.peer.events, ["made", "eof", "lost"]);
    await pair.close();
  });
});

eachLoop("close sends what is buffered first, and calls connectionLost(null) once, in a later turn", async (t) => {
  const bytes = pattern(4 << 20);
  await t.run(async () => {
    const pair = await connectPair(
      () => new Recorder(),
      () => new Recorder(),
    );
    const { transport, client, peer } = pair;
    transport.write(bytes);
    transport.close();
    transport.close();
    assert.equal(transport.isClosing(), true);
    assert.equal(transport.isReading(), false);
    assert.deepEqual(client.events.includes("lost"), false);
    await peer.ended;
    assert.ok(peer.data().equals(bytes));
    assert.equal(await client.lost, null);
    assert.equal(await peer.lost, null);
    await pair.close();
    assert.equal(client.events.filter((event) => event === "lost").length, 1);
  });
});

eachLoop("writes after close are dropped while the buffer drains or not", async (t) => {
  await t.run(async () => {
    const pair = await connectPair(
      () => new Recorder(),
      () => new HalfOpenRecorder(),
    );
    pair.transport.write("before");
    pair.transport.close();
    pair.transport.write("after");
    await pair.peer.ended;
    assert.equal(pair.peer.data().toString(), "before");
    await pair.client.lost;
    const lines = vi.spyOn(console, "warn").mockImplementation(() => {});
    for (let i = 0; i < 20; i++) pair.transport.write("to nobody");
    assert.equal(lines.mock.calls.length, 1);
    lines.mockRestore();
    assert.equal(pair.transport.getWriteBufferSize(), 0);
    pair.transport.writeEof();
    pair.transport.pauseReading();
    pair.transport.resumeReading();
    pair.transport.abort();
    await pair.close();
  });
});

eachLoop("abort drops what is buffered and tells connectionLost(null) in a later turn", async (t) => {
  await t.run(async () => {
    const server = await rawServer();
    const client = new Recorder();
    const [transport] = await asyncio.getRunningLoop().createConnection(() => client, "127.0.0.1", server.port);
    const socket = await server.accept(); // It does not read.
    transport.write(Buffer.alloc(32 << 20));
    assert.ok(transport.getWriteBufferSize() > 0);
    transport.abort();
    transport.abort();
    assert.equal(transport.isClosing(), true);
    assert.equal(transport.getWriteBufferSize(), 0);
    assert.deepEqual(client.events, ["made", "pauseWriting"]);
    assert.equal(await client.lost, null);
    assert.ok((await readAll(socket).catch(() => Buffer.alloc(0))).length < 32 << 20);
    await server.close();
  });
});

for (const [how, leave] of [
  ["abort()", (transport: asyncio.Transport) => transport.abort()],
  [
    "an error in a protocol method",
    () => {
      throw new Error("in dataReceived");
    },
  ],
] as const) {
  eachLoop(`a small write before ${how} is sent: in asyncio the system has it already`, async (t) => {
    await t.run(async () => {
      class Leaver extends asyncio.Protocol {
        #transport!: asyncio.Transport;

        override connectionMade(transport: asyncio.Transport): void {
          this.#transport = transport;
        }

        override dataReceived(): void {
          this.#transport.write("good");
          this.#transport.write("bye");
          leave(this.#transport);
        }
      }
      const server = await asyncio.getRunningLoop().createServer(() => new Leaver(), "127.0.0.1", 0);
      const socket = await rawConnect(server.sockets[0]!.getsockname().port);
      socket.write("hello");
      assert.equal(String(await readAll(socket)), "goodbye");
      t.takeReports();
      socket.destroy();
      server.close();
      await server.waitClosed();
    });
  });
}

eachLoop("a peer that resets the connection is reported to connectionLost with ECONNRESET", async (t) => {
  await t.run(async () => {
    const server = await rawServer();
    const client = new Recorder();
    const [transport] = await asyncio.getRunningLoop().createConnection(() => client, "127.0.0.1", server.port);
    (await server.accept()).resetAndDestroy();
    const error = (await client.lost) as NodeJS.ErrnoException;
    assert.equal(error.code, "ECONNRESET");
    assert.equal(error.syscall, "read");
    assert.equal(transport.isClosing(), true);
    await server.close();
  });
});

eachLoop("writing to a peer that is gone ends in connectionLost with an error, not in a throw", async (t) => {
  await t.run(async () => {
    const server = await rawServer();
    const client = new HalfOpenRecorder();
    const [transport] = await asyncio.getRunningLoop().createConnection(() => client, "127.0.0.1", server.port);
    (await server.accept()).destroy();
    await client.ended;
    const write = (): void => {
      if (client.lost.done()) return;
      transport.write("is anybody there?");
      asyncio.getRunningLoop().callLater(0.001, write);
    };
    write();
    const error = (await client.lost) as NodeJS.ErrnoException;
    assert.match(error.code!, /EPIPE|ECONNRESET/);
    await server.close();
  });
});

eachLoop("close from inside dataReceived delivers no more data", async (t) => {
  await t.run(async () => {
    const peer = new (class extends Recorder {
      override dataReceived(data: Buffer): void {
        super.dataReceived(data);
        this.transport.close();
      }
    })();
    const server = await asyncio.getRunningLoop().createServer(() => peer, "127.0.0.1", 0);
    const socket = await rawConnect(server.sockets[0]!.getsockname().port);
    socket.write(Buffer.alloc(1 << 20));
    await peer.lost;
    assert.equal(peer.chunks.length, 1);
    socket.destroy();
    server.close();
    await server.waitClosed();
  });
});

eachLoop("close from inside connectionMade is a regular end", async (t) => {
  await t.run(async () => {
    const peer = new (class extends Recorder {
      override connectionMade(transport: asyncio.Transport): void {
        super.connectionMade(transport);
        transport.write("bye");
        transport.close();
      }
    })();
    const server = await asyncio.getRunningLoop().createServer(() => peer, "127.0.0.1", 0);
    const socket = await rawConnect(server.sockets[0]!.getsockname().port);
    assert.equal((await readAll(socket)).toString(), "bye");
    assert.equal(await peer.lost, null);
    socket.destroy();
    server.close();
    await server.waitClosed();
  });
});

eachLoop("a connection whose peer has reset it is lost with ECONNRESET, not with EPIPE or a plain end", async (t) => {
  await t.run(async () => {
    const { client, peer, close } = await connectPair(
      () => new Recorder(),
      () => new Recorder(),
    );
    peer.transport.pauseReading();
    client.transport.write(pattern(4 << 20)); // Unread at the peer: its close is a reset.
    await new Promise((resolve) => setImmediate(resolve));
    peer.transport.abort();
    const error = (await client.lost) as NodeJS.ErrnoException;
    assert.equal(error.code, "ECONNRESET");
    await close();
  });
});

eachLoop("a protocol that closes another in dataReceived keeps it from being called again", async (t) => {
  await t.run(async () => {
    const pairs = [await connectPair(() => new Recorder(), makePeer), await connectPair(() => new Recorder(), makePeer)];
    const peers: Killer[] = pairs.map(({ peer }) => peer as Killer);
    for (const peer of peers) peer.others = peers.filter((other) => other !== peer);
    // Sent in one turn, and so received in one.
    for (const { transport } of pairs) transport.write("x");
    await Promise.all(pairs.map(({ peer }) => peer.lost));
    for (const peer of peers) assert.ok(!peer.events.join().includes("lost,data"), peer.events.join());
    for (const pair of pairs) await pair.close();
  });
});

class Killer extends Recorder {
  others: Killer[] = [];

  override dataReceived(data: Buffer): void {
    super.dataReceived(data);
    this.transport.abort();
    for (const other of this.others) other.transport.abort();
  }
}

function makePeer(): Killer {
  return new Killer();
}
