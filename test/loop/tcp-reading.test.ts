/** Receiving over TCP: pauses, BufferedProtocol, and the change of protocols. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { eachLoop } from "../support/loops.js";
import { connectPair, HalfOpenRecorder, pattern, Recorder } from "../support/protocols.js";
import { rawConnect } from "../support/raw.js";

/** Turns in which something that should not come could have come. */
async function someTurns(): Promise<void> {
  for (let i = 0; i < 20; i++) {
    await asyncio.sleep(0);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

eachLoop("nothing is delivered while reading is paused, and nothing is lost or out of order", async (t) => {
  const bytes = pattern(3 << 20);
  await t.run(async () => {
    const pair = await connectPair(
      () => new Recorder(),
      () => new Recorder(),
    );
    const { peer, transport } = pair;
    transport.write(bytes.subarray(0, 1000));
    await peer.received(1000);
    peer.transport.pauseReading();
    peer.transport.pauseReading();
    assert.equal(peer.transport.isReading(), false);
    transport.write(bytes.subarray(1000));
    await someTurns();
    assert.equal(peer.length, 1000);
    peer.transport.resumeReading();
    peer.transport.resumeReading();
    assert.equal(peer.transport.isReading(), true);
    await peer.received(bytes.length);
    assert.ok(peer.data().equals(bytes));
    await pair.close();
  });
});

eachLoop("pausing inside dataReceived holds what has come already", async (t) => {
  const bytes = pattern(2 << 20);
  await t.run(async () => {
    const pair = await connectPair(
      () => new Recorder(),
      () =>
        new (class extends Recorder {
          resumed = 0;
          override dataReceived(data: Buffer): void {
            assert.equal(this.transport.isReading(), true, "delivered while paused");
            super.dataReceived(data);
            this.transport.pauseReading();
            asyncio.getRunningLoop().callSoon(() => {
              this.resumed++;
              this.transport.resumeReading();
            });
          }
        })(),
    );
    pair.transport.write(bytes);
    await pair.peer.received(bytes.length);
    assert.ok(pair.peer.data().equals(bytes));
    assert.ok(pair.peer.resumed > 0);
    await pair.close();
  });
});

eachLoop("pauseReading inside connectionMade holds, on either side", async (t) => {
  class Paused extends Recorder {
    override connectionMade(transport: asyncio.Transport): void {
      super.connectionMade(transport);
      transport.pauseReading();
    }
  }
  await t.run(async () => {
    const pair = await connectPair(
      () => new Paused(),
      () => new Paused(),
    );
    pair.transport.write("to the server");
    pair.peer.transport.write("to the client");
    await someTurns();
    assert.deepEqual([pair.client.events, pair.peer.events], [["made"], ["made"]]);
    pair.transport.resumeReading();
    pair.peer.transport.resumeReading();
    await pair.peer.received(13);
    await pair.client.received(13);
    await pair.close();
  });
});

eachLoop("the end of the stream waits behind paused data", async (t) => {
  await t.run(async () => {
    const pair = await connectPair(
      () => new HalfOpenRecorder(),
      () => new HalfOpenRecorder(),
    );
    pair.peer.transport.pauseReading();
    pair.transport.write("data");
    pair.transport.writeEof();
    await someTurns();
    assert.deepEqual(pair.peer.events, ["made"]);
    pair.peer.transport.resumeReading();
    await pair.peer.ended;
    assert.deepEqual(pair.peer.events, ["made", "data", "eof"]);
    await pair.close();
  });
});

eachLoop("what dataReceived was given stays as it was", async (t) => {
  const bytes = pattern(1 << 20);
  await t.run(async () => {
    const pair = await connectPair(
      () => new Recorder(),
      () => new Recorder(),
    );
    pair.transport.write(bytes.subarray(0, 100));
    await pair.peer.received(100);
    const kept = pair.peer.chunks[0]!;
    const copy = Buffer.from(kept);
    for (let i = 0; i < 8; i++) {
      pair.transport.write(bytes);
      await pair.peer.received(100 + (i + 1) * bytes.length);
    }
    assert.ok(kept.equals(copy));
    await pair.close();
  });
});

/** Receives through memory of a size of its own. */
class Buffered extends asyncio.BufferedProtocol {
  readonly recorder = new Recorder();
  readonly hints: number[] = [];
  readonly #memory: Buffer;

  constructor(size: number) {
    super();
    this.#memory = Buffer.alloc(size);
  }

  override connectionMade(transport: asyncio.Transport): void {
    this.recorder.connectionMade(transport);
  }

  override getBuffer(sizeHint: number): Uint8Array {
    this.hints.push(sizeHint);
    return this.#memory;
  }

  override bufferUpdated(length: number): void {
    assert.ok(length > 0 && length <= this.#memory.length);
    this.recorder.dataReceived(Buffer.from(this.#memory.subarray(0, length)));
  }

  override eofReceived(): boolean | void {
    return this.recorder.eofReceived();
  }

  override connectionLost(error: Error | null): void {
    this.recorder.connectionLost(error);
  }
}

for (const size of [1, 7, 1000, 65536, 1 << 20]) {
  eachLoop(`a BufferedProtocol with a buffer of ${size} bytes gets every byte in order`, async (t) => {
    const bytes = pattern(size < 10 ? 5000 : 300_000);
    await t.run(async () => {
      const peer = new Buffered(size);
      const server = await asyncio.getRunningLoop().createServer(() => peer, "127.0.0.1", 0);
      const socket = await rawConnect(server.sockets[0]!.getsockname().port);
      socket.end(bytes);
      await peer.recorder.ended;
      assert.ok(peer.recorder.data().equals(bytes));
      assert.ok(peer.hints.every((hint) => hint === -1 || hint > 0));
      await peer.recorder.lost;
      assert.deepEqual(peer.recorder.events, ["made", "data", "eof", "lost"]);
      socket.destroy();
      server.close();
      await server.waitClosed();
    });
  });
}

for (const [what, buffer] of [
  ["an empty buffer", Buffer.alloc(0)],
  ["null", null],
  ["an array", [1, 2, 3]],
] as const) {
  eachLoop(`a getBuffer() that returns ${what} is a fatal error`, async (t) => {
    await t.run(async () => {
      const peer = new (class extends Buffered {
        override getBuffer(): Uint8Array {
          return buffer as unknown as Uint8Array;
        }
      })(1);
      const server = await asyncio.getRunningLoop().createServer(() => peer, "127.0.0.1", 0);
      const socket = await rawConnect(server.sockets[0]!.getsockname().port);
      socket.write("data");
      const error = await peer.recorder.lost;
      assert.ok(error instanceof Error);
      assert.match(t.takeReport().message, /^Fatal error: protocol\.(getBuffer|bufferUpdated)\(\)/);
      socket.destroy();
      server.close();
      await server.waitClosed();
    });
  });
}

eachLoop("setProtocol hands everything from then on to the new protocol, of whatever kind", async (t) => {
  await t.run(async () => {
    const second = new Buffered(3);
    const third = new Recorder();
    const first = new (class extends Recorder {
      override dataReceived(data: Buffer): void {
        super.dataReceived(data);
        this.transport.setProtocol(second);
        this.transport.write("1");
      }
    })();
    second.bufferUpdated = function (this: Buffered, length: number): void {
      Buffered.prototype.bufferUpdated.call(this, length);
      if (this.recorder.length < 4) return;
      first.transport.setProtocol(third);
      first.transport.write("2");
    };
    const pair = await connectPair(
      () => new Recorder(),
      () => first,
    );
    assert.equal(first.transport.getProtocol(), first);
    pair.transport.write("one");
    await pair.client.received(1);
    assert.equal(first.transport.getProtocol(), second);
    pair.transport.write("two and three");
    await third.received(7);
    await pair.client.received(2);
    assert.equal(first.data().toString(), "one");
    assert.equal(second.recorder.data().toString() + third.data().toString(), "two and three");
    assert.equal(first.transport.getProtocol(), third);
    pair.transport.close();
    assert.equal(await third.lost, null);
    assert.throws(() => first.transport.setProtocol(null as never), TypeError);
    pair.server.close();
    await pair.server.waitClosed();
  });
});

/** Protocols that give the connection to `next` with their first bytes, and report their number. */
const PREDECESSORS: Record<string, (next: Recorder, taken: asyncio.Future<number>) => Buffered | asyncio.StreamReaderProtocol> = {
  "a BufferedProtocol": (next, taken) =>
    new (class extends Buffered {
      override bufferUpdated(length: number): void {
        this.recorder.transport.setProtocol(next);
        taken.setResult(length);
      }
    })(1 << 16),
  "a StreamReaderProtocol": (next, taken) =>
    new (class extends asyncio.StreamReaderProtocol {
      #transport!: asyncio.Transport;
      override connectionMade(transport: asyncio.Transport): void {
        super.connectionMade(transport);
        this.#transport = transport;
      }
      override bytesBorrowed(bytes: Uint8Array): void {
        this.#transport.setProtocol(next);
        taken.setResult(bytes.length);
      }
    })(new asyncio.StreamReader()),
};

for (const [name, make] of Object.entries(PREDECESSORS)) {
  // A reader gets at most 64 KiB in a turn on the portable loop, a plain protocol twice as much.
  for (const size of [1 << 16, 96 << 10, 1 << 20]) {
    eachLoop(`a plain protocol that follows ${name} gets the rest of ${size} bytes, and all that come later`, async (t) => {
      await t.run(async () => {
        const loop = asyncio.getRunningLoop();
        const next = new Recorder();
        const taken = loop.createFuture<number>();
        const server = await loop.createServer(() => make(next, taken), "127.0.0.1", 0);
        const socket = await rawConnect(server.sockets[0]!.getsockname().port);
        const bytes = pattern(size);
        socket.write(bytes);
        const first = await taken;
        await next.received(size - first);
        socket.end(bytes);
        await next.received(2 * size - first);
        assert.ok(next.data().equals(Buffer.concat([bytes, bytes]).subarray(first)));
        assert.equal(await next.lost, null);
        socket.destroy();
        server.close();
        await server.waitClosed();
      });
    });
  }
}
