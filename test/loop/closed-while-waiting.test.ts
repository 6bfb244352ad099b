/** A loop that is closed while tasks wait for Node: what Node reports later ends nothing, and the process exits. */
import assert from "node:assert/strict";
import { test } from "vitest";
import { runChild } from "../support/child.js";
import { LOOP_KINDS, loopSkipped } from "../support/loops.js";
import { unless } from "../support/unless.js";

/** Each starts something on the loop; `port` answers one request over HTTP, `free` refuses. */
const CALLS: Readonly<Record<string, string>> = {
  getaddrinfo: `(loop) => loop.getaddrinfo("localhost", 80)`,
  getnameinfo: `(loop) => loop.getnameinfo({ address: "127.0.0.1", port: 80 })`,
  "a connection": `(loop) => loop.createConnection(() => new asyncio.Protocol(), "127.0.0.1", port)`,
  "a connection by name": `(loop) => loop.createConnection(() => new asyncio.Protocol(), "localhost", port)`,
  "a refused connection": `(loop) => loop.createConnection(() => new asyncio.Protocol(), "127.0.0.1", free)`,
  "a TLS connection": `(loop) => loop.createConnection(() => new asyncio.Protocol(), "127.0.0.1", port, { ssl: true })`,
  "a server": `(loop) => loop.createServer(() => new asyncio.Protocol(), "localhost", 0)`,
  "a server whose port is taken": `(loop) => loop.createServer(() => new asyncio.Protocol(), "127.0.0.1", port)`,
  "a datagram endpoint": `(loop) => loop.createDatagramEndpoint(() => new asyncio.DatagramProtocol(), { remoteAddr: { address: "127.0.0.1", port } })`,
  "a process": `() => asyncio.createSubprocessExec("cat", [], { stdin: asyncio.subprocess.PIPE, stdout: asyncio.subprocess.PIPE })`,
  "a process that cannot start": `() => asyncio.createSubprocessExec("/nothing/there", [])`,
  "a promise": `() => new Promise((resolve) => setTimeout(resolve, 10))`,
  "a task of an async function": `(loop) => loop.createTask(async () => later(1))`,
  "a task of an async function that fails": `(loop) => loop.createTask(async () => later(late))`,
  "an async function that a generator calls": `() => within(() => later(1))`,
  "an async function that a generator calls and that fails": `() => within(() => later(late))`,
  "an event": `() => asyncio.once(emitting("event", 1), "event")`,
  "an event, and an error comes": `() => asyncio.once(emitting("error", late), "event")`,
  "an event, and the signal aborts": `() => asyncio.once(emitting("other", 1), "event", { signal: aborting() })`,
  "an item of a queue, and the signal aborts": `() => new asyncio.Queue().get({ signal: aborting() })`,
  "a full Writable": `() => { const writer = asyncio.StreamWriter.from(slow()); writer.write("data"); return writer.drain(); }`,
  "a full Writable that fails": `() => { const writer = asyncio.StreamWriter.from(slow(late)); writer.write("data"); return writer.drain(); }`,
  "the end of a Writable": `() => { const writer = asyncio.StreamWriter.from(slow()); writer.write("data"); writer.close(); return writer.waitClosed(); }`,
  "data for a Readable that is destroyed": `() => { const readable = new asyncio.StreamReader().toReadable(); readable.read(); setTimeout(() => readable.destroy(), 10); return new Promise((resolve) => readable.on("close", resolve)); }`,
  "a file": `() => aiofiles.open("package.json").then((file) => file.read().finally(() => file.close()))`,
  "a request": `async () => { const session = new ClientSession(); await (await session.get(url)).text(); await session.close(); }`,
  "an upload": `async () => { const session = new ClientSession(); await session.post(url, { data: (async function* () { yield "data"; })() }); }`,
  "a WebSocket": `async () => { const session = new ClientSession(); await session.wsConnect(url); }`,
};

const program = (kind: string, call: string): string => `
  import { EventEmitter, once } from "node:events";
  import { createServer } from "node:net";
  import { Writable } from "node:stream";
  import * as asyncio from "uvio";
  import * as aiofiles from "uvio/aiofiles";
  import { ClientSession } from "uvio/aiohttp";
  import * as uvloop from "uvio/uvloop";
  const listen = async () => { const server = createServer().listen(0, "127.0.0.1"); await once(server, "listening"); return server; };
  const server = (await listen()).unref();
  server.on("connection", (socket) => socket.on("error", () => {}).once("data", () => socket.end("HTTP/1.1 200 OK\\r\\nConnection: close\\r\\nContent-Length: 2\\r\\n\\r\\nok")));
  const { port } = server.address();
  const closed = await listen();
  const free = closed.address().port;
  closed.close();
  const url = "http://127.0.0.1:" + port + "/";
  const late = new Error("late");
  const later = (outcome) => new Promise((resolve, reject) => setTimeout(outcome === late ? reject : resolve, 10, outcome));
  const within = asyncio.coroutine(function* (body) { try { yield* asyncio.asyncWith(new asyncio.Lock(), body); } finally { console.log("resumed"); } });
  const emitting = (event, argument) => { const emitter = new EventEmitter(); setTimeout(() => emitter.emit(event, argument), 10); return emitter; };
  const aborting = () => { const controller = new AbortController(); setTimeout(() => controller.abort(late), 10); return controller.signal; };
  const slow = (error = null) => new Writable({ highWaterMark: 1, write: (chunk, encoding, done) => setTimeout(done, 10, error) }).on("error", () => {});
  const call = ${call};
  // A different number of turns finds the call in another of its waits.
  for (let turns = 1; turns <= 6; turns++) {
    const loop = ${kind === "uv" ? "uvloop.newEventLoop()" : "new asyncio.NodeEventLoop()"};
    loop.setExceptionHandler(() => {});
    await loop.runUntilComplete(asyncio.coroutine(function* () {
      loop.createTask(async () => { try { await call(loop); } catch (error) { if (!(error instanceof Error)) throw error; } });
      for (let turn = 0; turn < turns; turn++) yield* asyncio.sleep(0);
    })());
    loop.close();
  }
  console.log("closed");`;

for (const kind of LOOP_KINDS) {
  for (const [name, call] of Object.entries(CALLS)) {
    test(`a loop is closed while a task waits for ${name} [${kind}]`, unless(loopSkipped(kind)), async () => {
      const { stdout, stderr, code, signal } = await runChild(program(kind, call), { nodeArgs: ["--no-warnings"] });
      assert.deepEqual({ stdout, stderr, code, signal }, { stdout: "closed\n", stderr: "", code: 0, signal: null });
    });
  }
}

/** A session outlives its loop: one request is in flight, the next one waits for its place. */
const placeProgram = (kind: string, next: string): string => `
  import { once } from "node:events";
  import { createServer } from "node:http";
  import * as asyncio from "uvio";
  import { ClientSession, TCPConnector } from "uvio/aiohttp";
  import * as uvloop from "uvio/uvloop";
  const newLoop = () => ${kind === "uv" ? "uvloop.newEventLoop()" : "new asyncio.NodeEventLoop()"};
  const lines = [];
  const server = createServer((request, response) => {
    if (request.url === "/answered") return response.end("ok");
    response.on("close", () => lines.push("dropped " + request.url));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const base = "http://127.0.0.1:" + server.address().port;
  const session = new ClientSession({ connector: new TCPConnector({ limit: 1 }) });
  const loop = newLoop();
  await loop.runUntilComplete(asyncio.coroutine(function* () {
    for (const path of ["/first", "/second"]) loop.createTask(async () => void (await session.get(base + path)));
    yield* asyncio.wrapFuture(once(server, "request"));
  })());
  loop.close();
  const until = async (event) => { while (!lines.includes(event)) await new Promise((resolve) => setImmediate(resolve)); };
  const other = newLoop();
  const request = asyncio.coroutine(function* () { const response = yield* session.get(base + "/answered"); lines.push(yield* response.text()); });
  ${next}
  await other.runUntilComplete(session.close());
  other.close();
  server.close();
  await until("dropped /first");
  console.log(lines.join(", "));`;

/** The program's steps after its loop was closed, and its output. */
const AFTER: Readonly<Record<string, readonly [next: string, lines: string]>> = {
  "closes its session at once": ["", "dropped /first"],
  "closes its session after the connection": [`await until("dropped /first");`, "dropped /first"],
  "makes a request at once": ["await other.runUntilComplete(request());", "dropped /first, ok"],
  "makes a request after the connection was closed": [
    `await until("dropped /first"); await other.runUntilComplete(request());`,
    "dropped /first, ok",
  ],
};

for (const kind of LOOP_KINDS) {
  for (const [name, [next, lines]] of Object.entries(AFTER)) {
    test(`a loop is closed while a request waits for a place; the program ${name} [${kind}]`, unless(loopSkipped(kind)), async () => {
      const { stdout, stderr, code, signal } = await runChild(placeProgram(kind, next), { nodeArgs: ["--no-warnings"] });
      assert.deepEqual({ stdout, stderr, code, signal }, { stdout: `${lines}\n`, stderr: "", code: 0, signal: null });
    });
  }
}
