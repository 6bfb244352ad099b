/** Sending over TCP: order, the caller's buffers, and flow control by marks. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { eachLoop } from "../support/loops.js";
import { connectPair, pattern, Recorder } from "../support/protocols.js";
import { rawServer, readAll } from "../support/raw.js";

eachLoop("8 MiB arrive byte by byte as they were sent, in both directions at once", async (t) => {
  const there = pattern(8 << 20, 1);
  const back = pattern(8 << 20, 2);
  await t.run(async () => {
    const pair = await connectPair(
      () => new Recorder(),
      () => new Recorder(),
    );
    pair.transport.write(there);
    pair.peer.transport.write(back);
    await asyncio.gather(pair.peer.received(there.length), pair.client.received(back.length));
    assert.ok(pair.peer.data().equals(there));
    assert.ok(pair.client.data().equals(back));
    await pair.close();
  });
});

const KIB = 1024;
const LIMITS = [32 * KIB, 64 * KIB, 128 * KIB, 256 * KIB, 1024 * KIB, 2048 * KIB];
const SIZES = [0, 1, 2, 1000, ...LIMITS.flatMap((limit) => [limit - 1, limit, limit + 1])];

eachLoop("writes of every size around the internal limits arrive whole and in order", async (t) => {
  const bytes = pattern(Math.max(...SIZES) + 7);
  await t.run(async () => {
    const pair = await connectPair(
      () => new Recorder(),
      () => new Recorder(),
    );
    const sent: Buffer[] = [];
    const write = (size: number): void => {
      const block = bytes.subarray(sent.length % 7, (sent.length % 7) + size);
      sent.push(block);
      pair.transport.write(block);
    };
    for (const size of SIZES) {
      // Alone, between small ones in one turn, and twice in one turn.
      for (const sizes of [[size], [1, size, 2], [size, size]]) {
        sizes.forEach(write);
        await pair.peer.received(sent.reduce((sum, block) => sum + block.length, 0));
      }
    }
    assert.ok(pair.peer.data().equals(Buffer.concat(sent)));
    await pair.close();
  });
});

eachLoop("writes of all those sizes in a single turn arrive in order", async (t) => {
  const blocks = SIZES.flatMap((size, i) => [pattern(size, i), pattern(3, i)]);
  const whole = Buffer.concat(blocks);
  await t.run(async () => {
    const pair = await connectPair(
      () => new Recorder(),
      () => new Recorder(),
    );
    for (const block of blocks) pair.transport.write(block);
    await pair.peer.received(whole.length);
    assert.ok(pair.peer.data().equals(whole));
    await pair.close();
  });
});

eachLoop("many small writes, more than any ring or arena holds, leave in order", async (t) => {
  const count = 20_000;
  await t.run(async () => {
    const pair = await connectPair(
      () => new Recorder(),
      () => new Recorder(),
    );
    const expected: string[] = [];
    for (let i = 0; i < count; i++) {
      const line = `${i} ${"x".repeat(i % 200)}\n`;
      expected.push(line);
      pair.transport.write(line);
    }
    const whole = expected.join("");
    await pair.peer.received(whole.length);
    assert.equal(pair.peer.data().toString(), whole);
    await pair.close();
  });
});

eachLoop("interleaved writes to many connections reach each one in order", async (t) => {
  const connections = 20;
  const rounds = 300;
  await t.run(async () => {
    const pairs = await Promise.all(
      Array.from({ length: connections }, () =>
        connectPair(
          () => new Recorder(),
          () => new Recorder(),
        ),
      ),
    );
    for (let round = 0; round < rounds; round++) {
      pairs.forEach((pair, i) => pair.transport.write(`${i}:${round};`));
      if (round % 50 === 0) await asyncio.sleep(0);
    }
    for (const [i, pair] of pairs.entries()) {
      const whole = Array.from({ length: rounds }, (_, round) => `${i}:${round};`).join("");
      await pair.peer.received(whole.length);
      assert.equal(pair.peer.data().toString(), whole);
    }
    for (const pair of pairs) await pair.close();
  });
});

eachLoop("the caller may reuse its buffer when write has returned", async (t) => {
  await t.run(async () => {
    const pair = await connectPair(
      () => new Recorder(),
      () => new Recorder(),
    );
    const expected: Buffer[] = [];
    for (const size of [10, 40 * KIB, 3 << 20]) {
      const block = pattern(size, size);
      expected.push(Buffer.from(block));
      pair.transport.write(block);
      block.fill(0);
    }
    const whole = Buffer.concat(expected);
    await pair.peer.received(whole.length);
    assert.ok(pair.peer.data().equals(whole));
    await pair.close();
  });
});

eachLoop("views into larger and into shared memory are sent as they are", async (t) => {
  await t.run(async () => {
    const pair = await connectPair(
      () => new Recorder(),
      () => new Recorder(),
    );
    const memory = pattern(100_000);
    const shared = new Uint8Array(new SharedArrayBuffer(50_000));
    shared.set(memory.subarray(0, 50_000));
    const blocks = [
      memory.subarray(10, 20),
      memory.subarray(99_990),
      memory.subarray(1000, 70_000),
      shared.subarray(3, 10),
      shared.subarray(5, 45_000),
    ];
    for (const block of blocks) pair.transport.write(block);
    const whole = Buffer.concat(blocks);
    await pair.peer.received(whole.length);
    assert.ok(pair.peer.data().equals(whole));
    await pair.close();
  });
});

eachLoop("writes made outside of the loop's turn are sent without further ado", async (t) => {
  await t.run(async () => {
    const pair = await connectPair(
      () => new Recorder(),
      () => new Recorder(),
    );
    let length = 0;
    const steps: ((write: () => void) => void)[] = [
      (write) => setImmediate(write),
      (write) => setTimeout(write, 1),
      (write) => process.nextTick(write),
      (write) => void Promise.resolve().then(write),
    ];
    for (const schedule of steps) {
      for (const size of [1, 100, 100_000]) {
        await new Promise<void>((resolve) =>
          schedule(() => {
            pair.transport.write(pattern(size));
            resolve();
          }),
        );
        await pair.peer.received((length += size));
      }
    }
    assert.equal(pair.peer.length, length);
    await pair.close();
  });
});

eachLoop("write and writelines refuse values that are not data", async (t) => {
  await t.run(async () => {
    const pair = await connectPair(
      () => new Recorder(),
      () => new Recorder(),
    );
    for (const data of [null, undefined, 5, {}, [1, 2], new Uint16Array(4), new ArrayBuffer(4), new DataView(new ArrayBuffer(4))]) {
      assert.throws(() => pair.transport.write(data as unknown as string), TypeError);
    }
    assert.throws(() => pair.transport.writelines(5 as never), /^TypeError: list must be an iterable of Uint8Arrays and strings, got 5/);
    await pair.close();
  });
});

eachLoop("a peer that does not read pauses writing once, and one that reads again resumes it once, at the marks", async (t) => {
  await t.run(async () => {
    const server = await rawServer();
    const client = new (class extends Recorder {
      readonly sizes: number[] = [];
      override pauseWriting(): void {
        super.pauseWriting();
        this.sizes.push(this.transport.getWriteBufferSize());
      }
      override resumeWriting(): void {
        super.resumeWriting();
        this.sizes.push(this.transport.getWriteBufferSize());
        resumed.setResult();
      }
    })();
    const resumed = asyncio.getEventLoop().createFuture<void>();
    const [transport] = await asyncio.getRunningLoop().createConnection(() => client, "127.0.0.1", server.port);
    const socket = await server.accept();
    transport.setWriteBufferLimits({ high: 100_000, low: 30_000 });
    assert.deepEqual(transport.getWriteBufferLimits(), { high: 100_000, low: 30_000 });
    const block = pattern(64 * KIB);
    let sent = 0;
    while (!client.events.includes("pauseWriting")) {
      transport.write(block);
      sent += block.length;
      assert.ok(sent < 256 << 20, "never paused");
    }
    for (let i = 0; i < 10; i++) transport.write(block);
    sent += 10 * block.length;
    assert.ok(transport.getWriteBufferSize() > 100_000);
    await asyncio.sleep(0);
    assert.deepEqual(client.events, ["made", "pauseWriting"]);
    assert.ok(client.sizes[0]! > 100_000);
    const received = readAll(socket, sent);
    await resumed;
    assert.ok(client.sizes[1]! <= 30_000);
    assert.equal((await received).length, sent);
    assert.deepEqual(client.events, ["made", "pauseWriting", "resumeWriting"]);
    assert.equal(transport.getWriteBufferSize(), 0);
    transport.close();
    await client.lost;
    await server.close();
  });
});

eachLoop("marks are derived as asyncio derives them", async (t) => {
  await t.run(async () => {
    const pair = await connectPair(
      () => new Recorder(),
      () => new Recorder(),
    );
    const { transport } = pair;
    assert.deepEqual(transport.getWriteBufferLimits(), { low: 16_384, high: 65_536 });
    transport.setWriteBufferLimits({ high: 4000 });
    assert.deepEqual(transport.getWriteBufferLimits(), { low: 1000, high: 4000 });
    transport.setWriteBufferLimits({ low: 1000 });
    assert.deepEqual(transport.getWriteBufferLimits(), { low: 1000, high: 4000 });
    transport.setWriteBufferLimits({ high: 0 });
    assert.deepEqual(transport.getWriteBufferLimits(), { low: 0, high: 0 });
    transport.setWriteBufferLimits();
    assert.deepEqual(transport.getWriteBufferLimits(), { low: 16_384, high: 65_536 });
    assert.throws(() => transport.setWriteBufferLimits({ high: 1, low: 2 }), asyncio.ValueError);
    assert.throws(() => transport.setWriteBufferLimits({ low: -1 }), asyncio.ValueError);
    assert.throws(() => transport.setWriteBufferLimits({ high: "1" as never }), TypeError);
    await pair.close();
  });
});

eachLoop("with a high mark of 0 every byte that does not leave at once pauses writing", async (t) => {
  await t.run(async () => {
    const pair = await connectPair(
      () => new Recorder(),
      () => new Recorder(),
    );
    pair.transport.setWriteBufferLimits({ high: 0 });
    pair.peer.transport.pauseReading();
    pair.transport.write(Buffer.alloc(16 << 20));
    assert.deepEqual(pair.client.events, ["made", "pauseWriting"]);
    pair.peer.transport.resumeReading();
    await pair.peer.received(16 << 20);
    while (!pair.client.events.includes("resumeWriting")) await asyncio.sleep(0.0005);
    assert.deepEqual(pair.client.events, ["made", "pauseWriting", "resumeWriting"]);
    await pair.close();
  });
});

eachLoop("resumeWriting may write to another transport, and close both", async (t) => {
  await t.run(async () => {
    const relaying = new (class extends Recorder {
      override resumeWriting(): void {
        super.resumeWriting();
        other.transport.write("resumed");
        other.transport.close();
        this.transport.close();
      }
    })();
    const first = await connectPair(
      () => relaying,
      () => new Recorder(),
    );
    const other = await connectPair(
      () => new Recorder(),
      () => new Recorder(),
    );
    first.peer.transport.pauseReading();
    relaying.transport.write(Buffer.alloc(16 << 20));
    assert.deepEqual(relaying.events, ["made", "pauseWriting"]);
    first.peer.transport.resumeReading();
    await other.peer.lost;
    assert.equal(String(other.peer.data()), "resumed");
    await first.peer.lost;
    assert.equal(first.peer.length, 16 << 20);
    assert.deepEqual(relaying.events, ["made", "pauseWriting", "resumeWriting", "lost"]);
    await first.close();
    await other.close();
  });
});
