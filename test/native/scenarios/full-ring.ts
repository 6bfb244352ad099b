/** Rings and arenas that are full. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { loadBinding, Turn } from "#uvio/native-loop/boundary/addon.js";
import { LASTING_ARENA_BYTES } from "#uvio/native-loop/boundary/channel.js";
import { Header, PackedPath, ReadMode } from "#uvio/native-loop/boundary/layout.js";
import { rawConnect } from "../../support/raw.js";
import { echoOnce } from "../support/clients.js";
import { costOf } from "../support/metrics.js";
import { RawLoop, untilNothingIsLeft } from "../support/raw-loop.js";

/** Many connections through rings of two records. */
export async function echoThroughTinyRings(mode: number, capacity: number, arenaBytes: number): Promise<void> {
  const loop = new RawLoop({ capacity, arenaBytes, mode });
  const { port } = loop.listen();
  await Promise.all(Array.from({ length: 20 }, (_, seed) => echoOnce(port, 20_000, seed)));
  loop.native.close();
  await untilNothingIsLeft();
}

/** Connects clients whose first byte is readable before the server begins to read. */
async function readableConnections(loop: RawLoop, port: number, count: number): Promise<Socket[]> {
  const clients: Socket[] = [];
  for (let from = 0; from < count; from += 200) {
    const batch = Array.from({ length: Math.min(200, count - from) }, async () => {
      const client = connect(port, "127.0.0.1", () => client.write("x"));
      client.on("error", () => {});
      clients.push(client);
      await once(client, "connect");
    });
    await Promise.all(batch);
  }
  await loop.until(() => loop.accepted.length === count);
  return clients;
}

/** Connections are readable while there is no room: that must cost nothing, and nothing may be lost. */
export async function refuseWithoutSpinning(count: number): Promise<void> {
  let received = 0;
  const loop = new RawLoop({ mode: ReadMode.LASTING, lastingArenas: 0, capacity: 8, accept: () => {}, data: () => void received++ });
  const clients = await readableConnections(loop, loop.listen().port, count);
  // Every stream is refused once: libuv polls many times within one turn when many descriptors stay readable.
  const first = await costOf(async () => {
    for (const connection of loop.accepted) loop.readStart(connection);
    await nextTurn();
    await nextTurn();
  });
  assert.ok(!(first.events > count * 2), `${first.events} events for ${count} readable descriptors`);
  // On a loaded machine the kernel delivers some of the bytes late; a loop that spins is never quiet.
  while ((await costOf(250)).loops > 10);
  const turns = loop.turns;
  const idle = await costOf(250);
  assert.ok(idle.cpuMs < 100, `${idle.cpuMs} ms of CPU while nothing can be done`);
  assert.ok(!(idle.loops > 10) && !(idle.events > 10), `${idle.loops} loops, ${idle.events} events while nothing can be done`);
  assert.equal(loop.turns, turns, "no turn without a completion");
  assert.equal(received, 0);
  loop.provideArena();
  loop.native.flush();
  loop.native.wake();
  await loop.until(() => received === count);
  for (const client of clients) client.destroy();
  loop.native.close();
  await untilNothingIsLeft();
}

/**
 * Unix datagrams that are larger than the room which promises to `waiting` connections leave, so that they must wait too. The kernel would
 * drop what does not fit. They come before the connections' bytes, because their socket is watched before those are resumed.
 */
export async function receiveWholeDatagrams(waiting: number): Promise<void> {
  const { Socket: NativeSocket, socketConstants: constants, socketPair } = loadBinding();
  const sizes = [200_000, 200_000];
  const datagrams: number[] = [];
  const errors: number[] = [];
  let fromConnections = 0;
  const loop = new RawLoop({
    mode: ReadMode.LASTING,
    arenaBytes: LASTING_ARENA_BYTES,
    lastingArenas: 0,
    accept: () => {},
    data: (_, bytes) => {
      if (bytes.length > PackedPath.BYTES) datagrams.push(bytes.length - PackedPath.BYTES);
      else fromConnections += bytes.length;
    },
    readError: (_, status) => errors.push(status),
  });
  const clients = await readableConnections(loop, loop.listen().port, waiting);
  for (const connection of loop.accepted) loop.readStart(connection);
  // They find no room, so libuv stops watching them. A few polls later epoll has forgotten them too, and with that their place in its list.
  for (let i = 0; i < 5; i++) await nextTurn();
  const [sending, receiving] = socketPair(constants["AF_UNIX"]!, constants["SOCK_DGRAM"]!, 0) as [number, number];
  const sender = new NativeSocket();
  sender.adopt(sending);
  sender.setOption(constants["SOL_SOCKET"]!, constants["SO_SNDBUF"]!, 1 << 20);
  for (const size of sizes) assert.equal(sender.send(new Uint8Array(size), 0), size);
  const receiver = loop.named(loop.native.adoptDatagrams(receiving));
  loop.provideArena();
  assert.equal(loop.native.receiveStart(...receiver), 0);
  await loop.until(() => fromConnections === waiting && datagrams.length + errors.length === sizes.length);
  assert.deepEqual({ datagrams, errors }, { datagrams: sizes, errors: [] });
  sender.close();
  for (const client of clients) client.destroy();
  loop.native.close();
  await untilNothingIsLeft();
}

/**
 * Connections that found no room are served first in the next turn, because the kernel names ready descriptors in much the same order
 * each time.
 */
export async function readInTurns(mode: number, capacity: number, arenaBytes: number): Promise<void> {
  const count = 10;
  const bytesEach = 640;
  const order: string[] = [];
  const left = new Map<string, number>();
  const loop = new RawLoop({
    mode,
    capacity,
    arenaBytes,
    lastingArenas: mode === ReadMode.LASTING ? 1 : 0,
    accept: () => {},
    data: (name, bytes) => {
      order.push(String(name));
      left.set(String(name), (left.get(String(name)) ?? bytesEach) - bytes.length);
    },
  });
  const { port } = loop.listen();
  const clients = await Promise.all(Array.from({ length: count }, () => rawConnect(port)));
  await Promise.all(clients.map((client) => new Promise((resolve) => client.write(Buffer.alloc(bytesEach), resolve))));
  await loop.until(() => loop.accepted.length === count);
  // All of it is in the kernel: on loopback a write has arrived when it is done.
  for (const connection of loop.accepted) loop.readStart(connection);
  await loop.until(() => left.size === count && [...left.values()].every((bytes) => bytes === 0));
  const longest = Math.max(...order.map((name, index) => index - order.lastIndexOf(name, index - 1)).slice(count));
  const first = new Set(order.slice(0, 2 * count));
  assert.equal(first.size, count, `${first.size} of ${count} connections in the first ${2 * count} reads`);
  assert.ok(longest <= 2 * count, `a connection waited for ${longest} reads`);
  for (const client of clients) client.destroy();
  loop.native.close();
  await untilNothingIsLeft();
}

/** Events that cannot be refused wait in C++, in order, while TypeScript takes nothing. */
export async function overflowInOrder(count: number): Promise<void> {
  let held = true;
  const log: string[] = [];
  const loop = new RawLoop({
    capacity: 2,
    onTurn: (): number | undefined => (held ? Turn.DONE : undefined),
    accept: (connection) => {
      log.push("accept");
      loop.readStart(connection);
    },
    data: () => log.push("data"),
    eof: (connection) => {
      log.push("eof");
      loop.close(connection);
    },
  });
  const { port } = loop.listen();
  const clients = Array.from({ length: count }, () => connect(port, "127.0.0.1").on("error", () => {}));
  await Promise.all(clients.map((client) => once(client, "connect")));
  await loop.until(() => loop.completions[Header.OVERFLOW] === count - 2);
  assert.equal(loop.completions[Header.TAIL], 2, "the ring itself holds two");
  held = false;
  await loop.until(() => loop.accepted.length === count);
  assert.deepEqual(log, Array(count).fill("accept"));
  assert.equal(loop.completions[Header.OVERFLOW], 0);
  // Ends are not refused either, and come after the bytes before them.
  log.length = 0;
  for (const client of clients) client.end("x");
  await loop.until(() => loop.accepted.length === 0);
  assert.equal(log.filter((entry) => entry === "data").length, count);
  assert.equal(log.filter((entry) => entry === "eof").length, count);
  for (const client of clients) client.destroy();
  loop.native.close();
  await untilNothingIsLeft();
}

/** More submissions than the ring holds, in one turn. */
export async function submitBeyondCapacity(): Promise<void> {
  const lines = Array.from({ length: 1000 }, (_, i) => `line ${i}\n`);
  const loop = new RawLoop({
    capacity: 2,
    arenaBytes: 64,
    accept: (connection) => {
      for (const line of lines) loop.submit(connection, Buffer.from(line));
      loop.native.shutdown(...connection);
    },
  });
  const client = connect(loop.listen().port, "127.0.0.1");
  let got = "";
  client.setEncoding("utf8").on("data", (text: string) => (got += text));
  await once(client, "end");
  assert.equal(got, lines.join(""));
  client.destroy();
  loop.native.close();
  await untilNothingIsLeft();
}
