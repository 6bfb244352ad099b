/** The table of record.py with uvio's objects: kinds, states and calls. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { closeSync, constants, openSync, writeSync } from "node:fs";
import path from "node:path";
import * as asyncio from "uvio";
import { local } from "../support/certificates.js";
import { folderOf, makeFifo } from "../support/descriptors.js";
import type { LoopTest } from "../support/loops.js";

/** A row of any kind. A call that the kind does not support has no line. */
type AnyTransport = asyncio.Transport & asyncio.DatagramTransport;
type Call = (transport: AnyTransport, protocol: Subject) => unknown;

function answerOf(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return value === 0 ? "0" : "number";
  return typeof value === "string" ? `'${value}'` : "object";
}

/** Python's names of what JavaScript has its own class for, or none. */
const CLASSES: Readonly<Record<string, string>> = { RangeError: "ValueError" };

export function nameOf(error: unknown): string {
  const { name } = error as Error;
  return CLASSES[name] ?? name;
}

function attempt(call: Call, transport: AnyTransport, protocol: Subject): string {
  try {
    return answerOf(call(transport, protocol));
  } catch (error) {
    return nameOf(error);
  }
}

const LARGE = Buffer.alloc(8 << 20);

/** The other end: does what the state needs of it. */
class Peer extends asyncio.Protocol {
  readonly #says: string | undefined;
  readonly made = asyncio.getEventLoop().createFuture<void>();

  constructor(says: string | undefined) {
    super();
    this.#says = says;
  }

  override connectionMade(transport: asyncio.Transport): void {
    transport.pauseReading();
    if (this.#says === "data") transport.write("hello");
    if (this.#says === "eof") {
      if (transport.canWriteEof()) transport.writeEof();
      else transport.close();
    }
    this.made.setResult();
  }
}

/** A protocol that calls one method of its transport in a given state, and records its own calls. */
class Subject implements asyncio.Protocol, asyncio.DatagramProtocol {
  readonly state: string;
  readonly #call: Call;
  answer: string | null = null;
  readonly events: string[] = [];
  readonly lost = asyncio.getEventLoop().createFuture<void>();
  readonly called = asyncio.getEventLoop().createFuture<void>();
  transport!: AnyTransport;

  constructor(state: string, call: Call) {
    this.state = state;
    this.#call = call;
  }

  makeCall(): void {
    if (this.answer !== null) return;
    this.answer = attempt(this.#call, this.transport, this);
    if (!this.called.done()) this.called.setResult();
  }

  connectionMade(transport: unknown): void {
    this.transport = transport as AnyTransport;
    this.#enter("connectionMade");
  }

  dataReceived(): void {
    this.#enter("dataReceived");
  }

  datagramReceived(): void {
    this.#enter("datagramReceived");
  }

  errorReceived(): void {
    this.#enter("errorReceived");
  }

  eofReceived(): void {
    this.#enter("eofReceived");
  }

  pauseWriting(): void {}

  resumeWriting(): void {}

  connectionLost(error: Error | null): void {
    this.#enter("connectionLost");
    this.events.push(error === null ? "None" : "error");
    this.lost.setResult();
  }

  #enter(name: string): void {
    if (this.events.at(-1) !== name) this.events.push(name);
    if (this.state === name) this.makeCall();
  }
}

/** Pipes for reading have no abort(). */
function end(kind: string, transport: AnyTransport): void {
  if (kind === "readPipe") transport.close();
  else transport.abort();
}

/** Into the state, if it is none of those inside callbacks; makes the call there. Then to its end. */
async function goThrough(kind: string, subject: Subject): Promise<void> {
  const { state, transport } = subject;
  if (state === "closing") {
    if (kind !== "readPipe" && kind !== "datagram") transport.write(LARGE);
    transport.close();
  } else if (["aborted", "closed", "connectionLost"].includes(state)) {
    end(kind, transport);
  }
  if (state === "closed" || state === "connectionLost") await subject.lost;
  if (["open", "closing", "aborted", "closed"].includes(state)) subject.makeCall();
  await subject.called;
  end(kind, transport);
  await subject.lost;
}

const PEER_SAYS: Readonly<Record<string, string>> = { dataReceived: "data", eofReceived: "eof" };

async function streamCell(t: LoopTest, kind: string, subject: Subject): Promise<void> {
  const loop = asyncio.getEventLoop();
  let peer: Peer | undefined;
  const makePeer = (): Peer => (peer = new Peer(PEER_SAYS[subject.state]));
  let server: { close(): void; abortClients(): void; waitClosed(): PromiseLike<void> };
  if (kind === "unix") {
    const name = path.join(folderOf(t), "socket");
    server = await loop.createUnixServer(makePeer, name);
    await loop.createUnixConnection(() => subject, name);
  } else {
    const { key, cert } = local();
    const tcp = await loop.createServer(makePeer, "127.0.0.1", 0, kind === "tls" ? { ssl: { key, cert } } : {});
    server = tcp;
    const options = kind === "tls" ? { ssl: { rejectUnauthorized: false } } : {};
    await loop.createConnection(() => subject, "127.0.0.1", tcp.sockets[0]!.getsockname().port, options);
  }
  while (peer === undefined) await asyncio.sleep(0.0005); // accept() may be a few turns away.
  if (subject.state !== "connectionMade") await peer.made;
  await goThrough(kind, subject);
  server.close();
  server.abortClients();
  await server.waitClosed();
}

async function pipeCell(t: LoopTest, kind: string, subject: Subject): Promise<void> {
  const loop = asyncio.getEventLoop();
  const fifo = makeFifo(t);
  const reads = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  const writes = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
  if (kind === "readPipe") {
    await loop.connectReadPipe(() => subject, reads);
    if (subject.state === "dataReceived") writeSync(writes, "hello");
    if (subject.state === "eofReceived") closeSync(writes);
  } else {
    await loop.connectWritePipe(() => subject as asyncio.BaseProtocol, writes);
  }
  await goThrough(kind, subject);
  if (kind === "writePipe") closeSync(reads);
  else if (subject.state !== "eofReceived") closeSync(writes);
}

async function datagramCell(kind: string, subject: Subject): Promise<void> {
  const partner = createSocket("udp4").bind(0, "127.0.0.1");
  await once(partner, "listening");
  const remoteAddr = partner.address() as asyncio.Address;
  const [transport] = await asyncio.getEventLoop().createDatagramEndpoint(() => subject as asyncio.DatagramProtocol, { remoteAddr });
  if (subject.state === "datagramReceived") partner.send("hello", (transport.getExtraInfo("sockname") as asyncio.Address).port);
  await goThrough(kind, subject);
  partner.close();
}

/** Returns the result of a call of a transport of this kind and state, and the calls of its protocol until the end. */
export async function transportCell(t: LoopTest, kind: string, state: string, call: string): Promise<{ answer: string; events: string }> {
  const subject = new Subject(state, CALLS[call]!);
  if (kind === "readPipe" || kind === "writePipe") await pipeCell(t, kind, subject);
  else if (kind === "datagram") await datagramCell(kind, subject);
  else await streamCell(t, kind, subject);
  return { answer: subject.answer!, events: subject.events.join(" ") };
}

const isSome = (value: unknown): string | null => (value === undefined || value === null ? null : "some");

/** By the names that record.py gives them. */
export const CALLS: Readonly<Record<string, Call>> = {
  "isClosing()": (t) => t.isClosing(),
  "close()": (t) => t.close(),
  "getProtocol()": (t, p) => (t.getProtocol() as unknown) === p,
  "setProtocol(protocol)": (t, p) => t.setProtocol(p as never),
  'getExtraInfo("nothing")': (t) => t.getExtraInfo("nothing"),
  'getExtraInfo("nothing", "other")': (t) => t.getExtraInfo("nothing", "other"),

  "isReading()": (t) => t.isReading(),
  "pauseReading()": (t) => t.pauseReading(),
  "pauseReading() twice": (t) => (t.pauseReading(), t.pauseReading()),
  "resumeReading()": (t) => t.resumeReading(),

  "abort()": (t) => t.abort(),
  "getWriteBufferSize()": (t) => t.getWriteBufferSize(),
  "getWriteBufferLimits()": (t) => (t.getWriteBufferLimits().high > 0 ? "True" : "False"),
  "setWriteBufferLimits()": (t) => t.setWriteBufferLimits(),
  "setWriteBufferLimits({ high: 1, low: 2 })": (t) => t.setWriteBufferLimits({ high: 1, low: 2 }),

  'write("x")': (t) => t.write("x"),
  'write("")': (t) => t.write(""),
  "write(5)": (t) => t.write(5 as never),
  'writelines(["x", "y"])': (t) => t.writelines(["x", "y"]),
  "writeEof()": (t) => t.writeEof(),
  "writeEof() twice": (t) => (t.writeEof(), t.writeEof()),
  'writeEof(), write("x")': (t) => (t.writeEof(), t.write("x")),
  "canWriteEof()": (t) => t.canWriteEof(),

  'getExtraInfo("socket")': (t) => t.getExtraInfo("socket"),
  'getExtraInfo("sockname")': (t) => isSome(t.getExtraInfo("sockname")),
  'getExtraInfo("peername")': (t) => isSome(t.getExtraInfo("peername")),

  'sendto("x")': (t) => t.sendto("x"),
  'sendto("")': (t) => t.sendto(""),
  "sendto(5)": (t) => t.sendto(5 as never),
  'sendto("x", another)': (t) => t.sendto("x", { address: "127.0.0.1", port: 9 }),
};

class Quiet extends asyncio.Protocol {}

type AnyServer = Awaited<ReturnType<asyncio.EventLoop["createServer"]>>;

export const SERVER_CALLS: Readonly<Record<string, (server: AnyServer) => unknown>> = {
  "isServing()": (s) => s.isServing(),
  "sockets.length": (s) => s.sockets.length,
  "getLoop()": (s) => s.getLoop(),
  "close()": (s) => s.close(),
  "closeClients()": (s) => s.closeClients(),
  "abortClients()": (s) => s.abortClients(),
  "startServing()": (s) => s.startServing(),
  "waitClosed()": (s) => s.waitClosed(),
  "serveForever()": (s) => s.serveForever(),
};

/** Returns the answer of a call that may give an awaitable; "pending" if it still waits. */
async function outcome(call: (server: AnyServer) => unknown, server: AnyServer): Promise<string> {
  try {
    const value = call(server);
    if (!(value instanceof asyncio.Coroutine)) return answerOf(value);
    const task = asyncio.createTask(value as asyncio.Coroutine<unknown>);
    await asyncio.wait([task], { timeout: 0.02 });
    if (task.done()) return answerOf(task.result());
    server.abortClients(); // serveForever() waits for them.
    task.cancel();
    await asyncio.wait([task]);
    return "pending";
  } catch (error) {
    return nameOf(error);
  }
}

/** Returns the answer of a call of a server in this state. */
export async function serverCell(state: string, name: string): Promise<string> {
  const loop = asyncio.getEventLoop();
  const call = SERVER_CALLS[name]!;
  const accepted = loop.createFuture<void>();
  let answer: asyncio.Task<string> | null = null;
  class Client extends asyncio.Protocol {
    override connectionMade(): void {
      if (state === "connectionMade") answer = asyncio.createTask(() => outcome(call, server));
      accepted.setResult();
    }
  }
  const server: AnyServer = await loop.createServer(() => new Client(), "127.0.0.1", 0, { startServing: state !== "notServing" });
  if (state === "closing" || state === "connectionMade") {
    await loop.createConnection(() => new Quiet(), "127.0.0.1", server.sockets[0]!.getsockname().port);
    await accepted;
    if (state === "closing") server.close();
  }
  if (state === "closed") {
    server.close();
    await server.waitClosed();
  }
  const result = await (answer ?? outcome(call, server));
  server.close();
  server.abortClients();
  await server.waitClosed();
  return result;
}
