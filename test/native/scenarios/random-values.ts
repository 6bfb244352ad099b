/** Random values into everything the addon exports, and random ints into what it shares. */
import assert from "node:assert/strict";
import { createSocket, type Socket as DatagramSocket } from "node:dgram";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { loadBinding, Turn, type Binding, type NativeAddress, type NativeSocket } from "#uvio/native-loop/boundary/addon.js";
import { Header, ReadMode, Submission } from "#uvio/native-loop/boundary/layout.js";
import { random } from "../../support/random.js";
import { echoOnce } from "../support/clients.js";
import { detach, WAYS_TO_DETACH } from "../support/detach.js";
import { RawLoop, untilNothingIsLeft, type Name } from "../support/raw-loop.js";
import { surviving } from "../support/surviving.js";
import { anyInt32, anyValue, pick, type Random } from "../support/values.js";

type Callable = (...args: unknown[]) => unknown;

/** Checks that a call throws an Error, or returns undefined, a number, a string or an object, as the declarations say. */
function attempt(call: () => unknown): void {
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    assert.ok(error instanceof Error, "only Errors are thrown");
    return;
  }
  assert.ok(result === undefined || ["number", "object", "string"].includes(typeof result), `a result of type ${typeof result}`);
}

function makeLoop(next: Random): RawLoop {
  const results = [Turn.DONE, Turn.DONE, Turn.YIELD, Turn.AGAIN, undefined, undefined, NaN, -1, 1e300, {}, "1", null, Symbol("turn"), 1n];
  return new RawLoop({
    capacity: pick(next, [1, 2, 16]),
    arenaBytes: pick(next, [1, 64, 4096]),
    mode: pick(next, [ReadMode.LASTING, ReadMode.TRANSIENT]),
    onTurn: () => pick(next, results) as number | undefined,
    accept: () => {},
  });
}

const SOCKET_METHODS = Object.getOwnPropertyNames(loadBinding().Socket.prototype).filter((name) => name !== "constructor");

/** A descriptor of the scenario's own, or an invalid one: other descriptors must not be taken, used or closed. */
function anyDescriptor(next: Random, loop: RawLoop): unknown {
  const slot = Math.floor(next() * 6);
  return pick(next, [-1, 2 ** 20, 2 ** 31, NaN, "0", null, loop.native.fileno(slot, loop.native.generation(slot))]);
}

/** A call of a socket that is connected, bound, or neither. */
function callSocket(next: Random, binding: Binding, sockets: NativeSocket[]): void {
  const AF_UNIX = binding.socketConstants["AF_UNIX"]!;
  const SOCK_STREAM = binding.socketConstants["SOCK_STREAM"]!;
  if (sockets.length < 4) {
    const pair = binding.socketPair(AF_UNIX, SOCK_STREAM, 0) as [number, number];
    for (const fd of pair) {
      const socket = new binding.Socket();
      socket.adopt(fd);
      sockets.push(socket);
    }
  }
  if (next() < 0.02) attempt(() => (binding.socketPair as Callable)(pick(next, [-1, NaN, "1"]), anyValue(next), 0));
  const socket = pick(next, sockets);
  const method = pick(next, SOCKET_METHODS);
  if (method === "adopt" || method === "detach") return; // The caller is responsible for the descriptor then.
  if (method === "close" && next() < 0.9) return;
  const file = (): unknown[] => [pick(next, [-1, 2 ** 20, "1"])];
  const address = (): unknown[] => [anyPath(next), -1];
  const first: Record<string, () => unknown[]> = {
    bind: address,
    connect: address,
    sendFile: file,
    open: () => [pick(next, [AF_UNIX, -1, "1"]), pick(next, [SOCK_STREAM, -1, 1e9]), pick(next, [0, -1])],
    send: () => [pick(next, [new Uint8Array(100), anyValue(next)])],
    sendTo: () => [new Uint8Array(4), ...address()],
    receive: () => [pick(next, [new Uint8Array(100), anyValue(next)])],
  };
  const args = first[method]?.() ?? [];
  const count = Math.floor(next() * 5);
  while (args.length < count) args.push(next() < 0.5 ? pick(next, [0, 1, 4, new Uint8Array(4)]) : anyValue(next));
  const self = next() < 0.9 ? socket : pick(next, [anyValue(next), Object.create(socket), new Proxy(socket, {}), new binding.Socket()]);
  attempt(() => Reflect.apply((socket as unknown as Record<string, Callable>)[method]!, self, args));
  if (socket.fileno() < 0) sockets.splice(sockets.indexOf(socket), 1);
}

const METHODS = Object.getOwnPropertyNames(loadBinding().Loop.prototype).filter((name) => name !== "constructor");

/** A name that exists, one that did, or none. */
function anyName(next: Random, loop: RawLoop): unknown[] {
  const slot = Math.floor(next() * 6);
  const generation = loop.native.generation(slot);
  return next() < 0.7 ? [slot, generation] : [pick(next, [slot, -1, 1e9]), pick(next, [generation, generation + 1, 0, -1])];
}

function anyOptions(next: Random): Record<string, unknown> {
  // The system chooses the ports, because another program's must not be taken or called.
  const options: Record<string, unknown> = { address: "127.0.0.1", port: 0, ipv6Only: false, reusePort: next() < 0.5 };
  const names = ["address", "ipv6Only", "reusePort", "localAddress", "localPort"];
  for (let i = 0; i < 2; i++) if (next() < 0.5) options[pick(next, names)] = anyValue(next);
  if (options["localPort"] !== undefined) options["localPort"] = pick(next, [0, -1, 65536, NaN, "0", null]);
  if (next() < 0.2) options["port"] = pick(next, [-1, 65536, 2 ** 32, NaN, "0", null, {}, undefined]);
  return next() < 0.9 ? options : (anyValue(next) as never);
}

/** Files of that name must not appear: abstract names, and paths that cannot be. */
function anyPath(next: Random): unknown {
  const value = anyValue(next);
  if (typeof value !== "string" || next() < 0.5)
    return typeof value === "string" ? `\0uvio-test-${process.pid}-${Math.floor(next() * 3)}` : value;
  return pick(next, ["", "\0", `\0${"x".repeat(5000)}`, "/nowhere/at/all", "x".repeat(5000)]);
}

/** `true`, with something wrong about it most of the time. */
function anySpawn(next: Random): unknown {
  const options: Record<string, unknown> = { file: "true", args: ["true"], env: null, detached: false, stdio: [-1, -3, -4] };
  const wrong: Record<string, readonly unknown[]> = {
    file: ["", "tr\0ue", "/nowhere/true", null],
    args: [[], ["true", "\0"], ["true", 1], null, {}, new Proxy(["true"], {})],
    env: [["A=B"], ["A=\0"], [null], "A=B"],
    cwd: ["/nowhere", "\0", "/", 1],
    uid: [-1, 2 ** 31, "0"],
    gid: [-1, 2 ** 31, "0"],
    detached: [true, 1],
    stdio: [[], [-4], [-5, -1, -1], [1e6, -1, -1], [-2, -2, -2, -3], [NaN], { length: 1e9 }, [-1, -1, -4, -1, -1, -3]],
  };
  for (let i = 0; i < 2; i++) {
    if (next() < 0.3) continue;
    const name = pick(next, Object.keys(wrong));
    options[name] = next() < 0.5 ? pick(next, wrong[name]!) : anyValue(next);
    if (name === "file" && typeof options[name] === "string") options[name] = pick(next, wrong[name]!);
    if (name === "uid" || name === "gid") options[name] = pick(next, wrong[name]!);
  }
  return next() < 0.9 ? options : anyValue(next);
}

/** Arguments of the methods that must not be called with arbitrary values. */
const ARGUMENTS: Record<string, (next: Random, loop: RawLoop) => unknown[]> = {
  bind: (next) => [anyOptions(next)],
  connect: (next) => [anyOptions(next)],
  bindPath: (next) => [anyPath(next)],
  connectPath: (next) => [anyPath(next)],
  openPoll: (next, loop) => [anyDescriptor(next, loop)],
  adoptStream: (next, loop) => [anyDescriptor(next, loop)],
  adoptListener: (next, loop) => [anyDescriptor(next, loop)],
  adoptDatagrams: (next, loop) => [anyDescriptor(next, loop)],
  sendFile: (next, loop) => [...anyName(next, loop), pick(next, [-1, 2 ** 20, "1"])],
  // These must not take descriptors of this process, or run programs that do anything.
  openPipe: (next) => [pick(next, [-1, 1e9, 2 ** 31, NaN, "0", null, {}]), pick(next, [true, false, 0])],
  spawn: (next) => [anySpawn(next)],
  killProcess: (next, loop) => [...anyName(next, loop), pick(next, [0, 9, -1, 1e9, NaN, "SIGTERM"])],
};

function callMethod(next: Random, loop: RawLoop, other: RawLoop): void {
  const method = pick(next, METHODS);
  if (method === "close" && next() < 0.95) return;
  const call = (loop.native as unknown as Record<string, Callable>)[method]!;
  const args = ARGUMENTS[method]?.(next, loop) ?? (next() < 0.7 ? anyName(next, loop) : []);
  const count = Math.floor(next() * 7);
  while (args.length < count) args.push(next() < 0.5 ? pick(next, [true, 0, 1, new Uint8Array(4), 4]) : anyValue(next));
  const self =
    next() < 0.9
      ? loop.native
      : pick(next, [other.native, loop.native, anyValue(next), Object.create(loop.native), new Proxy(loop.native, {})]);
  attempt(() => Reflect.apply(call, self, args));
}

function construct(next: Random, binding: Binding): void {
  const ring = (records: number, ints: number): Int32Array => new Int32Array(new SharedArrayBuffer((Header.INTS + records * ints) * 4));
  const options: Record<string, unknown> = {
    completions: ring(2, 6),
    submissions: ring(2, 4),
    sendArenaBytes: 16,
    transientArenaBytes: 16,
    lastingArenaBytes: 16,
    turn: () => 0,
  };
  const name = pick(next, Object.keys(options));
  const value = anyValue(next);
  // Large arenas are allowed; they are only slow to make.
  if (typeof value !== "number" || value < 1e6) options[name] = value;
  const argument = next() < 0.2 ? anyValue(next) : next() < 0.2 ? new Proxy(options, {}) : options;
  const Loop = binding.Loop as unknown as new (options: unknown) => RawLoop["native"];
  const LoopFunction = Loop as unknown as Callable;
  attempt(() => {
    if (next() < 0.1) return LoopFunction(argument);
    if (next() < 0.1) return (Reflect.construct(Loop, [argument], class {}) as object) && undefined;
    new Loop(argument).close();
    return undefined;
  });
}

/** Calls with random values, while libuv gets its turns. */
export function callEverything(seed: number, count: number): Promise<number> {
  return surviving(() => callAll(seed, count));
}

async function callAll(seed: number, count: number): Promise<number> {
  const next = random(seed);
  const binding = loadBinding();
  const sockets: NativeSocket[] = [];
  let loops = [makeLoop(next), makeLoop(next)];
  for (let i = 0; i < count; i++) {
    const [loop, other] = loops as [RawLoop, RawLoop];
    if (next() < 0.02) attempt(() => binding.errorName(anyValue(next) as number));
    else if (next() < 0.05) construct(next, binding);
    else if (next() < 0.2) callSocket(next, binding, sockets);
    else callMethod(next, loop, other);
    if (next() < 0.02) await nextTurn();
    if (next() < 0.005) {
      loop.native.close();
      loops = [other, makeLoop(next)];
    }
  }
  for (const loop of loops) loop.native.close();
  for (const socket of sockets) socket.close();
  await untilNothingIsLeft();
  return count;
}

/** Ways to damage the shared memory at a step of the echo. */
export const DAMAGE = ["headers", "records", "everything", "detached arenas"] as const;
export type Damage = (typeof DAMAGE)[number];

function damage(next: Random, kind: Damage, loop: RawLoop): void {
  for (const ring of [loop.completions, loop.submissions]) {
    const from = kind === "records" ? Header.INTS : 0;
    const to = kind === "headers" ? Header.INTS : ring.length;
    if (kind !== "detached arenas") for (let i = 0; i < 3; i++) ring[from + Math.floor(next() * (to - from))] = anyInt32(next);
  }
  if (kind === "detached arenas") for (const arena of loop.arenas()) if (next() < 0.3) detach(arena, pick(next, WAYS_TO_DETACH));
}

/** A submission of a connection that exists, with an offset and a length that are random. */
function submitGarbage(next: Random, loop: RawLoop): void {
  const slot = Math.floor(next() * 10);
  loop.append([slot, loop.native.generation(slot), anyInt32(next), anyInt32(next)].slice(0, Submission.INTS));
}

/** A socket of the loop that is connected to the one that is returned, so that no damage makes it send to others. */
async function connectedDatagrams(loop: RawLoop): Promise<DatagramSocket> {
  const { native } = loop;
  const { Socket: Own, socketConstants } = loadBinding();
  const socket = new Own();
  assert.equal(socket.open(socketConstants["AF_INET"]!, socketConstants["SOCK_DGRAM"]!, 0), 0);
  assert.equal(socket.bind("127.0.0.1", 0), 0);
  const udp = createSocket("udp4").on("error", () => {});
  udp.bind(0, "127.0.0.1");
  await once(udp, "listening");
  assert.equal(socket.connect("127.0.0.1", udp.address().port), 0);
  const name = loop.named(native.adoptDatagrams(socket.detach()));
  udp.connect((native.localAddress(...name) as NativeAddress).port, "127.0.0.1");
  await once(udp, "connect");
  loop.provideArena();
  assert.equal(native.receiveStart(...name), 0);
  return udp;
}

/** An echo whose shared memory is damaged before, in and after each step. The process, and another loop in it, must not notice. */
export function damageEcho(seed: number, kind: Damage, rounds: number): Promise<number> {
  // With detached arenas submitting is an exception, as it is for users.
  return surviving(() => echoAndDamage(seed, kind, rounds));
}

async function echoAndDamage(seed: number, kind: Damage, rounds: number): Promise<number> {
  const next = random(seed);
  const sound = new RawLoop();
  const { port: soundPort } = sound.listen();
  const hit = (): void => {
    if (next() < 0.5) damage(next, kind, loop);
    if (next() < 0.2 && kind !== "detached arenas") submitGarbage(next, loop);
  };
  const loop = new RawLoop({
    capacity: pick(next, [2, 8, 64]),
    arenaBytes: pick(next, [64, 4096]),
    mode: pick(next, [ReadMode.LASTING, ReadMode.TRANSIENT]),
    onTurn: () => {
      hit();
      queueMicrotask(hit);
      return undefined;
    },
    data: (connection, bytes) => {
      hit();
      loop.submit(connection, bytes);
      hit();
    },
  });
  const { name, port } = loop.listen();
  const udp = await connectedDatagrams(loop);
  const clients = new Set<Socket>();
  for (let round = 0; round < rounds; round++) {
    if (clients.size < 10) {
      const client = connect(port, "127.0.0.1", () => client.write(Buffer.alloc(100)));
      clients.add(client);
      client.on("error", () => {}).on("close", () => clients.delete(client));
      client.resume();
    }
    hit();
    const client = pick(next, [...clients]);
    if (next() < 0.02) client.resetAndDestroy();
    else if (client.writable) client.write("more");
    if (next() < 0.3) udp.send("datagram");
    anyCall(next, loop, name);
    await nextTurn();
  }
  await echoOnce(soundPort, 10_000);
  for (const client of clients) client.destroy();
  udp.close();
  loop.native.close();
  sound.native.close();
  await untilNothingIsLeft();
  return rounds;
}

/** Calls that look into the rings and arenas. */
function anyCall(next: Random, loop: RawLoop, listener: Name): void {
  const slot = Math.floor(next() * 10);
  const name: Name = [slot, loop.native.generation(slot)];
  if (slot === listener[0]) return;
  const calls = [
    () => loop.native.flush(),
    () => loop.native.refill(),
    () => loop.native.flushStream(...name),
    () => loop.native.flushDatagrams(...name),
    () => loop.native.write(...name, new Uint8Array(100), 0, 100),
    () => loop.native.readStop(...name),
    () => loop.native.readStart(...name, pick(next, [ReadMode.LASTING, ReadMode.TRANSIENT])),
    () => (next() < 0.1 ? loop.native.shutdown(...name) : 0),
    () => (next() < 0.1 ? loop.close(name) : undefined),
    () => loop.native.copyFromArena(-1, 0, 1),
    () => (next() < 0.1 ? loop.provideArena() : undefined),
  ];
  attempt(pick(next, calls));
}
