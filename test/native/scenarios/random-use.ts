/**
 * Random use of transports, streams, datagrams and sockets by programs that lie about their arrays, take received memory away, and close,
 * abort, stop and throw inside of every callback. All bytes of a connection are its mark, so a byte of another connection shows.
 */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { makeLoop, type LoopKind } from "../../support/loops.js";
import { FAKES, LIES } from "../../support/lying-arrays.js";
import { random } from "../../support/random.js";
import { detach, WAYS_TO_DETACH } from "../support/detach.js";
import { untilNothingIsLeft } from "../support/raw-loop.js";
import { surviving } from "../support/surviving.js";
import { anyValue, pick, type Random } from "../support/values.js";

/** The operations on one loop before it is closed, whatever is open then. */
const OPERATIONS_PER_LOOP = 300;
const MOST_TRANSPORTS = 30;
const LIARS = Object.values(LIES);
const IMPOSTORS = Object.values(FAKES);

/** Not transfer(): no mark keeps a program from emptying the memory that way. */
const REFUSED_WAYS = WAYS_TO_DETACH.filter((way) => !way.startsWith("transfer"));

type AnyTransport = asyncio.Transport | asyncio.DatagramTransport;
interface Kept {
  readonly data: Buffer;
  readonly length: number;
  readonly mark: number;
}

/** One loop and all that is open on it. */
class World {
  readonly next: Random;
  readonly loop: asyncio.BaseEventLoop;
  readonly kind: LoopKind;
  readonly transports = new Set<AnyTransport>();
  readonly servers: asyncio.Server[] = [];
  readonly tasks: asyncio.Task<unknown>[] = [];
  readonly kept: Kept[] = [];
  operations = 0;
  bytesReceived = 0;
  failure: Error | null = null;
  port = 0;
  datagramPort = 0;

  constructor(next: Random, kind: LoopKind) {
    this.next = next;
    this.kind = kind;
    this.loop = makeLoop(kind);
    this.loop.setExceptionHandler(() => this.mischief(null));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** Bytes that are all `mark`, in an array that may lie. */
  bytes(mark: number): Uint8Array {
    const honest = Buffer.alloc(pick(this.next, [0, 1, 4, 64, 64, 64, 1000, 9000, 20_000, 100_000]), mark);
    return this.chance(0.3) ? pick(this.next, LIARS)(honest) : honest;
  }

  /** Returns bytes, or something else that a program may give instead. */
  data(mark: number): Uint8Array {
    if (this.chance(0.9)) return this.bytes(mark);
    return (this.chance(0.5) ? pick(this.next, IMPOSTORS)() : notText(anyValue(this.next))) as Uint8Array;
  }

  any(): AnyTransport | null {
    return this.transports.size === 0 ? null : pick(this.next, [...this.transports]);
  }

  /** Checks received bytes, keeps some of them, and takes the memory of some away. */
  received(data: Uint8Array, mark: number, lasting: boolean): void {
    this.operations++;
    this.bytesReceived += data.length;
    const wrong = data.findIndex((byte) => byte !== mark);
    if (wrong >= 0) this.fail(`byte ${wrong} of ${data.length} is ${data[wrong]}, not the connection's ${mark}`);
    if (!lasting || data.length === 0) return;
    // On the portable loop Node gives each message of a protocol memory of its own, which the program may give away.
    if (this.chance(0.1) && this.kept.length < 200) this.kept.push({ data: data as Buffer, length: data.length, mark });
    else if (this.chance(0.1)) detach(data.buffer as ArrayBuffer, pick(this.next, REFUSED_WAYS));
  }

  /** Not thrown: the program's callbacks throw anything, and the loop handles that. */
  fail(message: string): void {
    this.failure ??= new Error(message);
  }

  checkKept(): void {
    for (const { data, length, mark } of this.kept) {
      if (data.length !== length || data.some((byte) => byte !== mark)) this.fail(`a message of ${length} bytes that was kept has changed`);
    }
  }

  /** Does something that a callback may do. May throw, as a callback may. */
  mischief(self: AnyTransport | null): void {
    this.operations++;
    if (!this.chance(0.15)) return;
    const transport = this.chance(0.6) ? self : this.any();
    const actions: readonly (() => unknown)[] = [
      () => transport?.close(),
      () => transport?.abort(),
      () => this.loop.stop(),
      () => this.loop.isRunning() && this.loop.close(), // An error.
      () => this.loop.isRunning() && void this.loop.runForever().catch(() => {}), // An error, too.
      () => this.use(transport),
      () => this.use(transport),
      () => this.use(this.any()),
      () => this.servers.length > 1 && pick(this.next, this.servers).close(),
      () => pick(this.next, [...this.tasks, null])?.cancel(),
      () => this.loop.callSoon(() => this.mischief(self)),
      () => this.loop.callLater(this.next() * 0.002, () => this.mischief(self)),
    ];
    attempt(pick(this.next, actions));
    if (this.chance(0.15)) throw thrown(this.next);
  }

  /** Calls a method of a transport. */
  use(transport: AnyTransport | null): void {
    if (transport === null) return;
    this.operations++;
    if (!("write" in transport)) {
      attempt(() =>
        transport.sendto(this.data(markOf(transport)), this.chance(0.8) ? { address: "127.0.0.1", port: this.datagramPort } : null),
      );
      return;
    }
    const mark = markOf(transport);
    const write = (): void => transport.write(this.data(mark));
    const actions: readonly (() => unknown)[] = [
      write,
      write,
      write,
      () => transport.writelines(Array.from({ length: 3 }, () => this.data(mark))),
      () => transport.writeEof(),
      () => transport.pauseReading(),
      () => transport.resumeReading(),
      () => transport.resumeReading(),
      () => transport.setProtocol(this.chance(0.9) ? this.protocol() : (anyValue(this.next) as asyncio.Protocol)),
      () => transport.setWriteBufferLimits({ high: pick(this.next, [0, 1, 1000, 100_000, -1, NaN]) }),
      () => transport.getWriteBufferSize(),
      () => transport.getExtraInfo(pick(this.next, ["peername", "socket", "nonsense"])),
      () => (this.chance(0.3) ? transport.close() : undefined),
      () => (this.chance(0.3) ? transport.abort() : undefined),
    ];
    attempt(pick(this.next, actions));
  }

  /** A protocol of any kind. Each of its callbacks may do mischief. */
  protocol(): asyncio.Protocol {
    const world = this;
    let transport: asyncio.Transport | null = null;
    let room: Uint8Array = new Uint8Array(1);
    const answer = (length: number): void => {
      if (transport === null || !world.chance(0.5)) return;
      attempt(() => transport!.write(Buffer.alloc(Math.min(length, 5000), markOf(transport!))));
    };
    const common = {
      connectionMade(made: asyncio.Transport) {
        transport = made;
        world.transports.add(made);
        world.mischief(made);
      },
      eofReceived() {
        world.mischief(transport);
        return world.chance(0.5);
      },
      pauseWriting: () => world.mischief(transport),
      resumeWriting: () => world.mischief(transport),
      connectionLost() {
        if (transport !== null) world.transports.delete(transport);
        world.mischief(transport);
      },
    };
    const kinds: readonly object[] = [
      {
        ...common,
        dataReceived(data: Buffer) {
          if (transport !== null) world.received(data, markOf(transport), true);
          answer(data.length);
          world.mischief(transport);
        },
      },
      {
        ...common,
        getBuffer(size: number) {
          world.mischief(transport);
          if (world.chance(0.02)) return notText(anyValue(world.next));
          room = new Uint8Array(pick(world.next, [1, 16, 1000, size]));
          return world.chance(0.4) ? (room = pick(world.next, LIARS)(room)) : room;
        },
        bufferUpdated(count: number) {
          const got = Buffer.from(Array.from({ length: count }, (_, i) => room[i]!));
          if (transport !== null) world.received(got, markOf(transport), false);
          answer(count);
          world.mischief(transport);
        },
      },
      {
        ...common,
        bytesBorrowed(bytes: Uint8Array) {
          if (transport !== null) world.received(bytes, markOf(transport), false);
          answer(bytes.length);
          world.mischief(transport);
        },
      },
    ];
    return pick(this.next, kinds) as asyncio.Protocol;
  }

  datagramProtocol(): asyncio.DatagramProtocol {
    let transport: asyncio.DatagramTransport | null = null;
    return {
      connectionMade: (made: asyncio.DatagramTransport) => {
        this.transports.add((transport = made));
        this.mischief(made);
      },
      datagramReceived: (data: Buffer, { port }: asyncio.Address) => {
        this.received(data, markOfPort(port), true);
        this.mischief(transport);
      },
      errorReceived: () => this.mischief(transport),
      connectionLost: () => {
        if (transport !== null) this.transports.delete(transport);
        this.mischief(transport);
      },
    } as unknown as asyncio.DatagramProtocol;
  }

  /** Runs the body in a task. It may fail, but only with an Error. */
  task(body: () => Promise<unknown>): void {
    const task = this.loop.createTask(async () => {
      try {
        await body();
      } catch {
        // Mischief has thrown it, or broken something.
      }
    });
    this.tasks.push(task as asyncio.Task<unknown>);
    if (this.tasks.length > 20) this.tasks.shift();
  }

  /** A connection, with a reader or a protocol. */
  connect(): void {
    if (this.transports.size > MOST_TRANSPORTS) this.any()?.abort();
    if (this.chance(0.6)) {
      this.task(async () => await this.loop.createConnection(() => this.protocol(), "127.0.0.1", this.port));
      return;
    }
    this.task(async () => {
      const [reader, writer] = await asyncio.openConnection("127.0.0.1", this.port);
      const mark = markOf(writer.transport);
      try {
        for (let i = 0; i < 5; i++) {
          attempt(() => writer.write(this.data(mark)));
          writer.write(this.bytes(mark));
          await writer.drain();
          this.received(await asyncio.waitFor(reader.read(pick(this.next, [1, 100, 70_000])), 0.005), mark, true);
          this.mischief(writer.transport as asyncio.Transport);
        }
      } finally {
        writer.close();
      }
    });
  }

  /** Both ends of a pair of sockets, by the sock* methods. */
  sockets(): void {
    if (this.kind !== "uv") return;
    this.task(async () => {
      const [left, right] = asyncio.Socket.socketpair("unix", pick(this.next, ["stream", "dgram"]));
      try {
        for (let i = 0; i < 5; i++) {
          const bytes = this.bytes(77);
          const [, count] = await asyncio.gather(
            asyncio.waitFor(this.loop.sockSendall(left, bytes), 0.01),
            asyncio.waitFor(this.loop.sockRecvInto(right, pick(this.next, LIARS)(new Uint8Array(2000))), 0.01),
          );
          if (count > 2000) this.fail(`${count} bytes were received into 2000`);
          attempt(() => left.send(this.data(77)));
          this.received(right.recv(10_000), 77, true);
          if (this.chance(0.1)) pick(this.next, [left, right]).close();
        }
      } finally {
        left.close();
        right.close();
      }
    });
  }

  async open(): Promise<void> {
    const { loop } = this;
    const server = await loop.createServer(() => this.protocol(), "127.0.0.1", 0);
    const streams = await asyncio.startServer(async (reader, writer) => {
      const mark = markOf(writer.transport);
      for (;;) {
        const data = await reader.read(pick(this.next, [1, 1000, 100_000]));
        if (data.length === 0) break;
        this.received(data, mark, true);
        if (this.chance(0.5)) writer.write(this.bytes(mark));
        this.mischief(writer.transport as asyncio.Transport);
      }
      writer.close();
    }, "127.0.0.1", 0); // prettier-ignore
    this.servers.push(server, streams);
    const [datagrams] = await loop.createDatagramEndpoint(() => this.datagramProtocol(), { localAddr: { address: "127.0.0.1", port: 0 } });
    this.datagramPort = (datagrams.getExtraInfo("sockname") as asyncio.Address).port;
    await loop.createDatagramEndpoint(() => this.datagramProtocol(), { localAddr: { address: "127.0.0.1", port: 0 } });
  }

  step(): void {
    this.port = pick(this.next, this.servers.filter((server) => server.isServing()))?.sockets[0]?.getsockname().port ?? 1; // prettier-ignore
    const actions = [() => this.connect(), () => this.use(this.any()), () => this.use(this.any()), () => this.use(this.any())];
    attempt(pick(this.next, [...actions, ...actions, () => this.sockets(), () => this.mischief(null)]));
  }
}

/** The mark of a connection is the same at both of its ends: it comes from the client's port, which is not a server's. */
function markOf(transport: AnyTransport | asyncio.WriteTransport): number {
  const name = transport.getExtraInfo("sockname") as asyncio.Address;
  const peer = transport.getExtraInfo("peername") as asyncio.Address | undefined;
  return peer === undefined ? markOfPort(name.port) : ((name.port * peer.port) % 250) + 1;
}

function markOfPort(port: number): number {
  return (port % 250) + 1;
}

/** Nothing that would be sent or filled: its bytes are not of one mark. */
function notText(value: unknown): unknown {
  return typeof value === "string" || value instanceof Uint8Array ? null : value;
}

function thrown(next: Random): unknown {
  return pick(next, [new Error("thrown"), null, undefined, Symbol("thrown"), new Proxy({}, {}), 1, new asyncio.CancelledError()]);
}

function attempt(call: () => unknown): void {
  try {
    call();
  } catch {
    // An error is a good answer to nonsense.
  }
}

/** Uses loops of that kind until `count` operations were done. Returns how many. */
export function useAtRandom(seed: number, kind: LoopKind, count: number): Promise<number> {
  return surviving(() => useLoops(seed, kind, count), true);
}

async function useLoops(seed: number, kind: LoopKind, count: number): Promise<number> {
  const next = random(seed);
  console.warn = console.error = () => {}; // Warnings of lost writes and of tasks that were never finished.
  let operations = 0;
  let bytes = 0;
  while (operations < count) {
    const world = new World(next, kind);
    world.task(() => world.open());
    const until = Math.min(OPERATIONS_PER_LOOP, count - operations);
    let steps = 0;
    const go = (): void => {
      world.step();
      if (++steps > until * 4 || world.operations >= until) world.loop.stop();
      else if (next() < 0.5) world.loop.callSoon(go);
      else world.loop.callLater(next() * 0.0005, go);
    };
    world.loop.callLater(0.002, go);
    while (steps <= until * 4 && world.operations < until) {
      await world.loop.runForever(); // Mischief may stop it: it goes on.
      if (next() < 0.5) world.step(); // Transports can be used while the loop does not run.
    }
    world.checkKept();
    world.loop.close();
    for (const transport of world.transports) attempt(() => world.use(transport)); // After the end, too.
    world.checkKept();
    if (world.failure !== null) throw world.failure;
    operations += world.operations;
    bytes += world.bytesReceived;
  }
  assert.ok(bytes > count, `${bytes} bytes received in ${operations} operations: it is no use that is tested`);
  if (kind === "uv") await untilNothingIsLeft();
  return operations;
}
