/** No connection starves another: how much of a turn one of them takes, and how long the others wait. */
import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import path from "node:path";
import * as asyncio from "uvio";
import { local, opensslSkipped } from "../support/certificates.js";
import { runChild } from "../support/child.js";
import { folderOf } from "../support/descriptors.js";
import { eachLoop, type LoopTest } from "../support/loops.js";
import { Recorder } from "../support/protocols.js";
import { on, SPELLINGS, Writer, type Body } from "../support/spellings.js";

/** asyncio's max_size: the most that one read takes. */
const MAX_READ = 256 * 1024;
const MIB = 1 << 20;

/** Runs the source of a program beside the test until the test ends. Its own errors do not matter: it ends with its connection. */
function beside(t: LoopTest, source: string): void {
  let stop = (): void => {};
  const started = runChild(`console.log("started"); ${source}`, { onLine: (_, child) => (stop = () => child.kill("SIGKILL")) });
  t.after(async () => {
    stop();
    await started;
  });
}

/** A child that connects and writes as fast as it can. */
function floodFrom(t: LoopTest, connecting: string): void {
  beside(
    t,
    `const net = await import("node:net"), tls = await import("node:tls");
     const socket = ${connecting};
     socket.on("error", () => process.exit()).on("close", () => process.exit()).resume();
     const bytes = Buffer.alloc(1 << 20, "flood");
     const more = () => { while (socket.write(bytes)); };
     socket.on("drain", more);
     more();`,
  );
}

/** Counts by Node's iterations. Each has one poll and at most one turn after it. */
class Iterations {
  #bytes = new Map<object, number>();
  most = 0;
  #going = true;

  constructor() {
    const next = (): void => {
      for (const bytes of this.#bytes.values()) this.most = Math.max(this.most, bytes);
      this.#bytes.clear();
      if (this.#going) setImmediate(next);
    };
    next();
  }

  add(receiver: object, bytes: number): void {
    this.#bytes.set(receiver, (this.#bytes.get(receiver) ?? 0) + bytes);
  }

  stop(): void {
    this.#going = false;
  }
}

/** Counts what arrives, in one of the three ways to receive. */
class Counting extends Recorder {
  constructor(readonly onBytes: (from: object, bytes: number) => void) {
    super();
  }

  override dataReceived(data: Buffer): void {
    this.onBytes(this, data.length);
  }
}

class CountingBuffered extends asyncio.BufferedProtocol {
  readonly #buffer = new Uint8Array(MIB);

  constructor(readonly onBytes: (from: object, bytes: number) => void) {
    super();
  }

  override getBuffer(): Uint8Array {
    return this.#buffer;
  }

  override bufferUpdated(bytes: number): void {
    this.onBytes(this, bytes);
  }
}

const RECEIVERS = {
  Protocol: (onBytes: (from: object, bytes: number) => void) => new Counting(onBytes),
  BufferedProtocol: (onBytes: (from: object, bytes: number) => void) => new CountingBuffered(onBytes),
};

/** How a child is connected to a server of this process; `connecting` is its expression. */
interface Kind {
  skip: string | false;
  listen(factory: asyncio.ProtocolFactory, folder: string): Promise<{ server: asyncio.Server; connecting: string }>;
}

const KINDS: Record<string, Kind> = {
  TCP: {
    skip: false,
    async listen(factory) {
      const server = await asyncio.getRunningLoop().createServer(factory, "127.0.0.1", 0);
      return { server, connecting: `net.connect(${server.sockets[0]!.getsockname().port}, "127.0.0.1")` };
    },
  },
  "a Unix socket": {
    skip: false,
    async listen(factory, folder) {
      const file = path.join(folder, "socket");
      const server = await asyncio.getRunningLoop().createUnixServer(factory, file);
      return { server: server as unknown as asyncio.Server, connecting: `net.connect(${JSON.stringify(file)})` };
    },
  },
  TLS: {
    skip: opensslSkipped,
    async listen(factory) {
      const { key, cert } = local();
      const server = await asyncio.getRunningLoop().createServer(factory, "127.0.0.1", 0, { ssl: { key, cert } });
      const { port } = server.sockets[0]!.getsockname();
      return { server, connecting: `tls.connect({ port: ${port}, host: "127.0.0.1", rejectUnauthorized: false })` };
    },
  },
};

for (const [kind, { skip, listen }] of Object.entries(KINDS)) {
  for (const [receiver, make] of Object.entries(RECEIVERS)) {
    eachLoop(
      `a ${receiver} over ${kind} receives at most 256 KiB in a turn`,
      async (t) => {
        const folder = folderOf(t);
        await t.run(async () => {
          const loop = asyncio.getRunningLoop();
          const enough = loop.createFuture<void>();
          const iterations = new Iterations();
          let total = 0;
          const count = (from: object, bytes: number): void => {
            iterations.add(from, bytes);
            total += bytes;
            if (total > 64 * MIB && !enough.done()) enough.setResult();
          };
          const { server, connecting } = await listen(() => make(count), folder);
          floodFrom(t, connecting);
          floodFrom(t, connecting);
          await enough;
          iterations.stop();
          await server.shutdown({ graceSeconds: 0 });
          assert.ok(iterations.most <= MAX_READ, `${iterations.most} bytes of one connection in one turn`);
        });
      },
      { skip },
    );
  }
}

/** Occupies the thread. */
function work(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

/** Writes a byte and waits for the answer. */
async function ask(port: number): Promise<void> {
  const socket: Socket = connect({ host: "127.0.0.1", port });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.on("error", reject).on("data", () => resolve());
      socket.write("x");
    });
  } finally {
    socket.destroy();
  }
}

for (const spelling of SPELLINGS) {
  eachLoop(`readers beside two floods are answered, with 5 ms of work for each read [${spelling}]`, async (t) => {
    let reads = 0;
    const enough: asyncio.Future<void>[] = [];
    const handler = new Writer(spelling).fn(function* handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter): Body<void> {
      try {
        for (;;) {
          const data = yield* on(reader.read(1 << 22));
          if (data.length === 0) break;
          if (data.length > 100) {
            work(5);
            if (++reads === 20) enough[0]!.setResult();
          }
          writer.write(data.subarray(0, 1));
          yield* on(writer.drain());
        }
      } catch (error) {
        if (!(error instanceof Error) || !("code" in error)) throw error; // The flood's end is a reset.
      }
      writer.close();
    });
    await t.run(async () => {
      enough.push(asyncio.getRunningLoop().createFuture<void>());
      const server = await asyncio.startServer((reader, writer) => handler(reader, writer), "127.0.0.1", 0);
      const { port } = server.sockets[0]!.getsockname();
      for (let i = 0; i < 2; i++) floodFrom(t, `net.connect(${port}, "127.0.0.1")`);
      await enough[0]!;
      const before = reads;
      for (let i = 0; i < 3; i++) await ask(port);
      // Connecting, sending and receiving take this process a few turns, each with one read of either flood.
      assert.ok(reads - before <= 3 * 24, `3 answers after ${reads - before} reads of the floods`);
      await server.shutdown({ graceSeconds: 0 });
    });
  });
}

eachLoop("connections are served beside slow callbacks that schedule themselves", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const server = await asyncio.startServer(
      async (reader, writer) => {
        writer.write(await reader.read(1));
        writer.close();
      },
      "127.0.0.1",
      0,
    );
    let calls = 0;
    let going = true;
    const busy = (): void => {
      work(2);
      calls++;
      if (going) loop.callSoon(busy);
    };
    loop.callSoon(busy);
    for (let i = 0; i < 5; i++) await ask(server.sockets[0]!.getsockname().port);
    going = false;
    // The poll comes after each slow callback or two; the test's own client needs several of them.
    assert.ok(calls <= 5 * 40, `5 answers after ${calls} callbacks`);
    server.close();
    await server.waitClosed();
  });
});

eachLoop("all connections that wait are accepted together beside a callback that schedules itself", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const count = 50;
    const accepted = loop.createFuture<void>();
    let turns = 0;
    let made = 0;
    let firstTurn = 0;
    class Accepted extends asyncio.Protocol {
      override connectionMade(): void {
        if (made++ === 0) firstTurn = turns;
        if (made === count) accepted.setResult();
      }
    }
    const server = await loop.createServer(() => new Accepted(), "127.0.0.1", 0, { backlog: 100 });
    const { port } = server.sockets[0]!.getsockname();
    let last = 0;
    const busy = (): void => {
      if (performance.now() - last > 0.05) turns++; // Between two calls of one turn there is next to nothing.
      if (!accepted.done()) loop.callSoon(busy);
      last = performance.now();
    };
    loop.callSoon(busy);
    const sockets = Array.from({ length: count }, () => connect({ host: "127.0.0.1", port }).on("error", () => {}));
    await accepted;
    assert.ok(turns - firstTurn < count, `${count} connections accepted in ${turns - firstTurn} turns`);
    for (const socket of sockets) socket.destroy();
    await server.shutdown({ graceSeconds: 0 });
  });
});

eachLoop("however many events come while it is busy, a loop runs one turn after a poll", async (t) => {
  // Each event used to add a turn of its own to every later iteration of the portable loop.
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const server = await loop.createServer(() => new Recorder(), "127.0.0.1", 0);
    const { port } = server.sockets[0]!.getsockname();
    let going = true;
    let polls = 0;
    let turns = 0;
    const poll = (): void => {
      polls++;
      if (going) setImmediate(poll);
    };
    const busy = (): void => {
      if (going) loop.callSoon(busy);
    };
    const inner = loop as unknown as { turn(...args: unknown[]): number };
    const { turn } = inner;
    Object.defineProperty(inner, "turn", {
      configurable: true,
      value(...args: unknown[]) {
        const next = turn.apply(inner, args);
        if (next !== 1) turns++; // Not AGAIN, which is the same turn.
        return next;
      },
    });
    poll();
    loop.callSoon(busy);
    for (let i = 0; i < 20; i++)
      await new Promise<void>((resolve) =>
        connect({ host: "127.0.0.1", port }, resolve)
          .on("error", () => {})
          .resume(),
      );
    const [pollsBefore, turnsBefore] = [polls, turns];
    await asyncio.sleep(0.2);
    const [more, run] = [polls - pollsBefore, turns - turnsBefore];
    going = false;
    assert.ok(run <= more + 10, `${run} turns in ${more} polls`);
    await server.shutdown({ graceSeconds: 0 });
  });
});

eachLoop("a connection beside a flood of datagrams is answered, and on the native loop a turn has at most 32 of them", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const enough = loop.createFuture<void>();
    const datagrams = new Iterations();
    const bytes = new Iterations();
    let received = 0;
    class Counted extends asyncio.DatagramProtocol {
      override datagramReceived(data: Buffer): void {
        datagrams.add(this, 1);
        bytes.add(this, data.length);
        if (++received === 500) enough.setResult();
      }
    }
    const [transport] = await loop.createDatagramEndpoint(() => new Counted(), { localAddr: { address: "127.0.0.1", port: 0 } });
    const { port } = transport.getExtraInfo("sockname") as asyncio.Address;
    beside(
      t,
      `const { createSocket } = await import("node:dgram");
       const socket = createSocket("udp4"), bytes = Buffer.alloc(30000);
       const more = () => { for (let i = 0; i < 50; i++) socket.send(bytes, ${port}, "127.0.0.1", () => {}); setImmediate(more); };
       more();`,
    );
    await enough;
    const server = await asyncio.startServer(
      async (reader, writer) => {
        writer.write(await reader.read(1));
        writer.close();
      },
      "127.0.0.1",
      0,
    );
    await ask(server.sockets[0]!.getsockname().port);
    datagrams.stop();
    bytes.stop();
    // The portable loop polls more than once before a turn if connections are accepted.
    if (t.kind === "uv") {
      assert.ok(datagrams.most <= 32, `${datagrams.most} datagrams in one turn`);
      assert.ok(bytes.most <= MAX_READ + 30_000, `${bytes.most} bytes in one turn`);
    }
    transport.close();
    await server.shutdown({ graceSeconds: 0 });
  });
});
