/** Semantics of transports that naive ports get wrong, by their numbers; docs/asyncio-coverage.md says where the others are. */
import assert from "node:assert/strict";
import { Duplex } from "node:stream";
import * as asyncio from "uvio";
import { ca, local, opensslSkipped } from "../support/certificates.js";
import { eachLoop } from "../support/loops.js";
import { connectPair, HalfOpenRecorder, pattern, Recorder } from "../support/protocols.js";

const both = (): [() => Recorder, () => Recorder] => [() => new Recorder(), () => new Recorder()];

/** A transport whose bytes leave, write by write, when the test says so. */
async function stuck(): Promise<{ transport: asyncio.Transport; client: Recorder; leave: () => Promise<void>; end: () => Promise<void> }> {
  const waiting: (() => void)[] = [];
  const duplex = new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => void waiting.push(done) });
  const [transport, client] = await asyncio.fromDuplex(duplex, () => new Recorder());
  return {
    transport,
    client,
    leave: async () => {
      waiting.shift()!();
      for (let turns = 0; turns < 5; turns++) await asyncio.sleep(0); // Streams tell of it some ticks later, the loop its protocol in a turn.
    },
    end: async () => {
      transport.abort();
      await client.lost;
    },
  };
}

/** More than the system takes at once. */
async function fill(transport: asyncio.Transport): Promise<number> {
  let written = 0;
  while (transport.getWriteBufferSize() === 0) {
    transport.write(pattern(1 << 20));
    written += 1 << 20;
    await asyncio.sleep(0);
  }
  return written;
}

eachLoop("89 the opener goes on after connectionMade, and after what that has scheduled; then data comes", async (t) => {
  const order: string[] = [];
  class Logging extends Recorder {
    override connectionMade(transport: asyncio.Transport): void {
      super.connectionMade(transport);
      order.push("made");
      asyncio.getRunningLoop().callSoon(() => order.push("scheduled by connectionMade"));
    }
    override dataReceived(data: Buffer): void {
      super.dataReceived(data);
      order.push("data");
    }
  }
  class Greeting extends Recorder {
    override connectionMade(transport: asyncio.Transport): void {
      super.connectionMade(transport);
      transport.write("hello");
    }
  }
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const greeting = new Greeting();
    const server = await loop.createServer(() => greeting, "127.0.0.1", 0);
    const [transport, client] = await loop.createConnection(() => new Logging(), "127.0.0.1", server.sockets[0]!.getsockname().port);
    order.push("opened");
    await client.received(5);
    assert.deepEqual(order, ["made", "scheduled by connectionMade", "opened", "data"]);
    transport.close();
    await client.lost;
    await greeting.lost;
    server.close();
    await server.waitClosed();
  });
});

eachLoop("92 a bufferUpdated that throws loses the connection to its error", async (t) => {
  class Broken extends asyncio.BufferedProtocol {
    readonly lost = asyncio.getRunningLoop().createFuture<Error | null>();
    override getBuffer(): Uint8Array {
      return new Uint8Array(10);
    }
    override bufferUpdated(): void {
      throw new Error("broken");
    }
    override connectionLost(error: Error | null): void {
      this.lost.setResult(error);
    }
  }
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const broken = new Broken();
    const server = await loop.createServer(() => broken, "127.0.0.1", 0);
    const [transport, client] = await loop.createConnection(() => new Recorder(), "127.0.0.1", server.sockets[0]!.getsockname().port);
    transport.write("x");
    const error = await broken.lost;
    assert.match(String(error), /broken/);
    const report = t.takeReport();
    assert.match(report.message, /^Fatal error: protocol\..*bufferUpdated/);
    assert.equal(report.exception, error);
    transport.abort();
    await client.lost;
    server.close();
    await server.waitClosed();
  });
});

eachLoop("94 what is written after close() is still sent if something was buffered, and dropped if nothing was", async (t) => {
  await t.run(async () => {
    const pair = await connectPair(
      () => new Recorder(),
      () => new HalfOpenRecorder(),
    );
    pair.peer.transport.pauseReading();
    const written = await fill(pair.transport);
    pair.transport.close();
    pair.transport.write("after");
    pair.peer.transport.resumeReading();
    await pair.peer.ended;
    assert.equal(pair.peer.length, written + 5);
    assert.equal(String(pair.peer.data().subarray(written)), "after");
    await pair.close();
    // With nothing buffered: loop/tcp-closing "writes after close are dropped ...".
  });
});

eachLoop("94 a write after writeEof() is a RuntimeError, an empty one nothing; after the end both are ignored", async (t) => {
  await t.run(async () => {
    const { transport, peer, client, close } = await connectPair(...both());
    transport.write("");
    transport.write(new Uint8Array(0));
    transport.writeEof();
    assert.throws(() => transport.write("late"), asyncio.RuntimeError);
    await peer.ended;
    assert.equal(peer.length, 0);
    await client.lost;
    transport.writeEof();
    await close();

    const other = await connectPair(...both());
    other.transport.abort();
    await other.client.lost;
    other.transport.write("to nobody");
    other.transport.writeEof();
    assert.equal(other.transport.getWriteBufferSize(), 0);
    await other.close();
  });
});

eachLoop("97 writing is paused above the high mark, not at it, and resumed at the low one, not above it", async (t) => {
  await t.run(async () => {
    const { transport, client, leave, end } = await stuck();
    transport.setWriteBufferLimits({ high: 100, low: 20 });
    transport.write(pattern(79));
    transport.write(pattern(2));
    transport.write(pattern(19));
    assert.deepEqual(client.events, ["made"]);
    transport.write("x");
    assert.deepEqual(client.events, ["made", "pauseWriting"]);
    await leave(); // 22 are left: 79 of them have gone.
    assert.equal(transport.getWriteBufferSize(), 22);
    assert.deepEqual(client.events, ["made", "pauseWriting"]);
    await leave();
    assert.equal(transport.getWriteBufferSize(), 20);
    assert.deepEqual(client.events, ["made", "pauseWriting", "resumeWriting"]);
    await end();
  });
});

eachLoop("97 new marks pause at once who is above them, and resume nobody", async (t) => {
  await t.run(async () => {
    const { transport, client, leave, end } = await stuck();
    transport.write(pattern(1000));
    transport.setWriteBufferLimits({ high: 1000 });
    assert.deepEqual(client.events, ["made"]);
    transport.setWriteBufferLimits({ high: 999 });
    assert.deepEqual(client.events, ["made", "pauseWriting"]);
    transport.setWriteBufferLimits({ high: 100_000 });
    assert.deepEqual(client.events, ["made", "pauseWriting"]);
    await leave();
    assert.deepEqual(client.events, ["made", "pauseWriting", "resumeWriting"]);
    await end();
  });
});

eachLoop("98 pauseWriting and resumeWriting take turns, however often the marks are passed", async (t) => {
  await t.run(async () => {
    const { transport, client, leave, end } = await stuck();
    transport.setWriteBufferLimits({ high: 10 });
    for (let round = 0; round < 3; round++) {
      transport.write(pattern(20));
      transport.write(pattern(20));
      while (transport.getWriteBufferSize() > 0) await leave();
    }
    const pair = ["pauseWriting", "resumeWriting"];
    assert.deepEqual(client.events, ["made", ...pair, ...pair, ...pair]);
    await end();
  });
});

eachLoop("99 writelines pauses writing as well, and what it could not send leaves", async (t) => {
  await t.run(async () => {
    const { transport, client, end } = await stuck();
    transport.writelines(Array.from({ length: 70 }, () => pattern(1000)));
    assert.equal(transport.getWriteBufferSize(), 70_000);
    assert.deepEqual(client.events, ["made", "pauseWriting"]);
    await end();

    const pair = await connectPair(...both());
    pair.peer.transport.pauseReading();
    const before = await fill(pair.transport);
    const lines = Array.from({ length: 100 }, (_, n) => pattern(10_000, n));
    pair.transport.writelines(lines);
    assert.ok(pair.client.events.includes("pauseWriting"));
    pair.peer.transport.resumeReading();
    await pair.peer.received(before + 1_000_000);
    assert.ok(pair.peer.data().subarray(before).equals(Buffer.concat(lines)));
    await pair.close();
  });
});

eachLoop("101 pauseReading and resumeReading may be called again, and do nothing once it closes", async (t) => {
  await t.run(async () => {
    const { transport, client, peer, close } = await connectPair(...both());
    for (const method of ["pauseReading", "resumeReading"] as const) {
      transport[method]();
      transport[method]();
      assert.equal(transport.isReading(), method === "resumeReading");
    }
    peer.transport.write("still read");
    await client.received(10);
    transport.close();
    transport.resumeReading();
    transport.pauseReading();
    transport.resumeReading();
    assert.equal(transport.isReading(), false);
    await close();
  });
});

for (const host of [null, ""]) {
  eachLoop(`107 a server of host ${JSON.stringify(host)} has a socket for each family, with a port of its own`, async (t) => {
    await t.run(async () => {
      const loop = asyncio.getRunningLoop();
      const peers: Recorder[] = [];
      const server = await loop.createServer(() => (peers.push(new Recorder()), peers.at(-1)!), host, 0);
      const names = server.sockets.map((socket) => socket.getsockname());
      assert.ok(names.length >= 1);
      assert.equal(new Set(names.map(({ family }) => family)).size, names.length);
      for (const { family, port } of names) {
        const [transport, client] = await loop.createConnection(() => new Recorder(), family === "IPv6" ? "::1" : "127.0.0.1", port);
        assert.equal((transport.getExtraInfo("peername") as asyncio.Address).family, family);
        transport.close();
        await client.lost;
      }
      while (peers.length < names.length) await asyncio.sleep(0);
      for (const peer of peers) await peer.lost;
      server.close();
      await server.waitClosed();
    });
  });
}

eachLoop(
  "110 what arrives before startTls, while reading is paused, is the handshake's",
  async (t) => {
    class Pausing extends Recorder {
      override dataReceived(data: Buffer): void {
        super.dataReceived(data);
        this.transport.pauseReading();
      }
    }
    await t.run(async () => {
      const loop = asyncio.getRunningLoop();
      const { transport, client, peer, server } = await connectPair(
        () => new Recorder(),
        () => new Pausing(),
      );
      transport.write("starttls");
      await peer.received(8);
      const securing = asyncio.createTask(async () => loop.startTls(transport, client, { ca }, { serverHostname: "localhost" }));
      // The client's first message is on its way, or there already, when the server begins.
      for (let turns = 0; turns < 50; turns++) await asyncio.sleep(0);
      const { key, cert } = local();
      const accepted = await loop.startTls(peer.transport, peer, { key, cert }, { serverSide: true });
      const secured = await securing;
      assert.equal(peer.data().toString(), "starttls");
      accepted.write("secure");
      await client.received(6);
      secured.close();
      await client.lost;
      await peer.lost;
      server.close();
      await server.waitClosed();
    });
  },
  { skip: opensslSkipped },
);
