/** Hazards 10 and 11 as a user meets them: a protocol that detaches or shrinks Buffers harms only its own connection. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { eachLoop } from "../support/loops.js";
import { connectPair, Echo, pattern, Recorder } from "../support/protocols.js";
import { echoOnce } from "../native/support/clients.js";
import { detach, WAYS_TO_DETACH, type WayToDetach } from "../native/support/detach.js";

/** Takes away the memory of every Buffer it receives. */
class Thief extends Recorder {
  readonly #way: WayToDetach;
  total = 0;

  constructor(way: WayToDetach) {
    super();
    this.#way = way;
  }

  override dataReceived(data: Buffer): void {
    this.total += data.length;
    detach(data.buffer as ArrayBuffer, this.#way);
  }
}

for (const way of WAYS_TO_DETACH) {
  eachLoop(`others get their bytes although a protocol takes its Buffers' memory away by ${way}`, async (t) => {
    await t.run(async () => {
      const loop = asyncio.getRunningLoop();
      const thieves: Thief[] = [];
      const makeThief = (): Thief => {
        thieves.push(new Thief(way));
        return thieves.at(-1)!;
      };
      const theft = await connectPair(() => new Recorder(), makeThief);
      const server = await loop.createServer(() => new Echo(), "127.0.0.1", 0);
      const { port } = server.sockets[0]!.getsockname();
      // Sent in the same turns, and so received into the same memory.
      const stolen = 3 << 20;
      const sending = asyncio.createTask(async () => {
        for (let sent = 0; sent < stolen; sent += 1 << 15) {
          theft.client.transport.write(pattern(1 << 15));
          await asyncio.sleep(0);
        }
      });
      await Promise.all(Array.from({ length: 8 }, (_, seed) => echoOnce(port, 500_000, seed)));
      await sending;
      while (thieves[0]!.total < stolen) await asyncio.sleep(0.001);
      await theft.close();
      server.close();
      await server.waitClosed();
    });
  });

  eachLoop(`bytes arrive that were taken away by ${way} after write()`, async (t) => {
    await t.run(async () => {
      const pair = await connectPair(
        () => new Recorder(),
        () => new Recorder(),
      );
      const sizes = [10, 20_000, 4 << 20];
      const expected = sizes.map((size, seed) => pattern(size, seed));
      for (const bytes of expected) {
        const own = new Uint8Array(bytes);
        pair.client.transport.write(own);
        detach(own.buffer, way);
      }
      await pair.peer.received(expected.reduce((sum, { length }) => sum + length, 0));
      assert.ok(pair.peer.data().equals(Buffer.concat(expected)));
      await pair.close();
    });
  });
}

const ResizableBuffer = ArrayBuffer as unknown as new (
  length: number,
  options: { maxByteLength: number },
) => ArrayBuffer & { resize(length: number): void };

/** Values that getBuffer() may return, and whether the connection survives them. */
const RETURNED: Record<string, { make: () => unknown; works: boolean }> = {
  "a detached array": {
    make: () => {
      const bytes = new Uint8Array(64);
      detach(bytes.buffer, "structuredClone");
      return bytes;
    },
    works: false,
  },
  "a view beyond the end of a buffer that has shrunk": {
    make: () => {
      const buffer = new ResizableBuffer(64, { maxByteLength: 128 });
      const bytes = new Uint8Array(buffer, 32, 16);
      buffer.resize(8);
      return bytes;
    },
    works: false,
  },
  "a resizable buffer's view": { make: () => new Uint8Array(new ResizableBuffer(64, { maxByteLength: 128 })), works: true },
  "shared memory": { make: () => new Uint8Array(new SharedArrayBuffer(64)), works: true },
  "one byte": { make: () => new Uint8Array(1), works: true },
  "an empty array": { make: () => new Uint8Array(0), works: false },
  "null": { make: () => null, works: false }, // prettier-ignore
  "a DataView": { make: () => new DataView(new ArrayBuffer(8)), works: false },
  "a proxy": { make: () => new Proxy(new Uint8Array(8), {}), works: false },
};

for (const [what, { make, works }] of Object.entries(RETURNED)) {
  eachLoop(`getBuffer() that returns ${what} ${works ? "receives" : "fails its own connection only"}`, async (t) => {
    await t.run(async () => {
      const loop = asyncio.getRunningLoop();
      const lost = loop.createFuture<Error | null>();
      const done = loop.createFuture<void>();
      let count = 0;
      const server = await loop.createServer(
        () => ({
          getBuffer: () => make() as Uint8Array,
          bufferUpdated(length: number) {
            count += length;
            if (count === 100) done.setResult();
          },
          connectionLost: (error: Error | null) => lost.setResult(error),
        }),
        "127.0.0.1",
        0,
      );
      const echo = await loop.createServer(() => new Echo(), "127.0.0.1", 0);
      const [transport] = await loop.createConnection(() => new Recorder(), "127.0.0.1", server.sockets[0]!.getsockname().port);
      transport.write(Buffer.alloc(100));
      if (works) {
        await done;
        transport.abort();
        assert.equal(await lost, null);
      } else {
        const error = await lost;
        assert.ok(error instanceof Error);
        assert.equal(t.takeReport().exception, error);
        transport.abort();
      }
      await echoOnce(echo.sockets[0]!.getsockname().port, 10_000);
      for (const each of [server, echo]) {
        each.close();
        await each.waitClosed();
      }
    });
  });
}
