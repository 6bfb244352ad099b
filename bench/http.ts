/**
 * Measures ClientSession beside plain undici: 10,000 GETs over 50 connections to a server in another process. The cases run one after the
 * other, and the best of several rounds counts. Prints the client's time and CPU per request.
 *
 *
 *   node build/js/bench/http.js [requests [connections [rounds]]]
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { Pool } from "undici";
import * as asyncio from "uvio";
import { ClientSession, TCPConnector } from "uvio/aiohttp";
import * as uvloop from "uvio/uvloop";

const [requests = 10_000, connections = 50, rounds = 5] = process.argv.slice(2).map(Number);
const BODY = "x".repeat(1024);

function serve(): void {
  const server = createServer((_request, response) => response.setHeader("Content-Length", BODY.length).end(BODY));
  server.listen(0, "127.0.0.1", () => process.send!((server.address() as AddressInfo).port));
  process.on("disconnect", () => process.exit(0));
}

interface Figures {
  /** Microseconds per request. */
  readonly time: number;
  readonly cpu: number;
}

async function measure(work: () => PromiseLike<unknown>): Promise<Figures> {
  const cpuBefore = process.cpuUsage();
  const before = process.hrtime.bigint();
  await work();
  const time = Number(process.hrtime.bigint() - before) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { time: time / requests!, cpu: (user + system) / requests! };
}

/** Runs all requests, as many concurrently as there are connections. */
async function inTurn(get: () => Promise<void>): Promise<void> {
  let left = requests!;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await get();
  };
  await Promise.all(Array.from({ length: connections! }, worker));
}

async function withUndici(origin: string): Promise<Figures> {
  const pool = new Pool(origin, { connections: connections!, pipelining: 1 });
  const get = async (): Promise<void> => {
    const { body } = await pool.request({ method: "GET", path: "/" });
    await body.arrayBuffer();
  };
  const figures = await measure(() => inTurn(get));
  await pool.close();
  return figures;
}

function withSession(origin: string, makeLoop: () => asyncio.BaseEventLoop, generators: boolean): Promise<Figures> {
  const main = async (): Promise<Figures> => {
    const session = new ClientSession({ connector: new TCPConnector({ limit: connections! }) });
    let left = requests!;
    const asyncWorker = async (): Promise<void> => {
      while (left-- > 0) await (await session.get(origin)).read();
    };
    const generatorWorker = asyncio.coroutine(function* worker() {
      while (left-- > 0) yield* (yield* session.get(origin)).read();
    });
    const workers = Array.from({ length: connections! }, () => (generators ? generatorWorker() : asyncWorker));
    const figures = await measure(() => asyncio.gather(...workers));
    await session.close();
    return figures;
  };
  return asyncio.run(main, { loopFactory: makeLoop });
}

async function compare(): Promise<void> {
  const server = fork(fileURLToPath(import.meta.url), ["server"]);
  const [port] = (await once(server, "message")) as [number];
  const origin = `http://127.0.0.1:${port}`;
  const node = (): asyncio.BaseEventLoop => new asyncio.NodeEventLoop();
  const columns: [string, () => Promise<Figures>][] = [
    ["undici", () => withUndici(origin)],
    ["ClientSession, async, portable loop", () => withSession(origin, node, false)],
    ["ClientSession, generators, portable loop", () => withSession(origin, node, true)],
  ];
  if (uvloop.isAvailable()) {
    columns.push(["ClientSession, async, native loop", () => withSession(origin, uvloop.newEventLoop, false)]);
    columns.push(["ClientSession, generators, native loop", () => withSession(origin, uvloop.newEventLoop, true)]);
  }
  const best = new Map<string, Figures>();
  for (let round = 0; round < rounds!; round++) {
    for (const [name, run] of columns) {
      const figures = await run();
      const before = best.get(name) ?? figures;
      best.set(name, { time: Math.min(before.time, figures.time), cpu: Math.min(before.cpu, figures.cpu) });
    }
  }
  server.disconnect();
  const base = best.get("undici")!;
  console.log(`node ${process.versions.node}, ${requests} GETs of ${BODY.length} bytes over ${connections} connections, best of ${rounds}`);
  for (const [name, { time, cpu }] of best) {
    const ratio = (time / base.time).toFixed(2);
    console.log(
      `${name.padEnd(42)} ${time.toFixed(1).padStart(7)} µs  x${ratio}   CPU ${cpu.toFixed(1).padStart(6)} µs  x${(cpu / base.cpu).toFixed(2)}`,
    );
  }
}

if (process.argv[2] === "server") serve();
else await compare();
