// The process that a soak watches: one loop after the other, each with servers, until stdin ends. Prints JSON lines: the ports of a loop,
// samples during the load, and samples when a loop is closed and nothing should be left of it.
import { readdirSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { loadBinding } from "#uvio/native-loop/boundary/addon.js";
import * as asyncio from "uvio";
import * as uvloop from "uvio/uvloop";
import type { Sample } from "./verdict.js";

const [kind, loopSecondsText] = process.argv.slice(2) as [string, string];
const loopSeconds = Number(loopSecondsText);
const SAMPLE_MS = 2000;
/** A slow reader gets more than the system and the write buffer hold. */
const FLOOD = Buffer.alloc(1 << 20, "flood");

const began = performance.now();
let accepted = 0;
let loops = 0;
let ended = false;

/** Sends back what comes. Pauses reading while the peer does not read, and answers a peer that has ended its sending side. */
class Echo extends asyncio.Protocol {
  #transport!: asyncio.Transport;

  override connectionMade(transport: asyncio.Transport): void {
    accepted++;
    this.#transport = transport;
  }

  override dataReceived(data: Buffer): void {
    this.#transport.write(data);
  }

  override pauseWriting(): void {
    this.#transport.pauseReading();
  }

  override resumeWriting(): void {
    this.#transport.resumeReading();
  }

  override eofReceived(): boolean {
    this.#transport.write("end");
    this.#transport.close();
    return true;
  }
}

async function echoStreams(reader: asyncio.StreamReader, writer: asyncio.StreamWriter): Promise<void> {
  accepted++;
  try {
    for (;;) {
      const data = await reader.read(65_536);
      if (data.length === 0) break;
      await writer.send(data);
    }
    writer.write("end");
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error)) throw error; // The peer has reset the connection.
  } finally {
    writer.close();
  }
}

/** Writes more than a slow reader takes, and closes when all of it is gone. */
class Flood extends asyncio.Protocol {
  override connectionMade(transport: asyncio.Transport): void {
    accepted++;
    transport.write(FLOOD);
    transport.close();
  }
}

/** Serves for one loop's time. Every second loop ends its servers in order; the others are closed with all that is open. */
async function serve(loop: asyncio.BaseEventLoop, inOrder: boolean): Promise<void> {
  const options = { backlog: 1024 };
  const servers = [
    await loop.createServer(() => new Echo(), "127.0.0.1", 0, options),
    await asyncio.startServer(echoStreams, "127.0.0.1", 0, options),
    await loop.createServer(() => new Flood(), "127.0.0.1", 0, options),
  ];
  print({ ports: servers.map((server) => server.sockets[0]!.getsockname().port) });
  await asyncio.sleep(loopSeconds);
  if (!inOrder) return;
  for (const server of servers) {
    server.close();
    server.abortClients();
  }
  for (const server of servers) await server.waitClosed();
}

function sample(quiet: boolean): Sample {
  const { rss, heapUsed } = process.memoryUsage();
  return {
    quiet,
    seconds: (performance.now() - began) / 1000,
    descriptors: readdirSync("/proc/self/fd").length - 1, // One is of reading that folder.
    handles: handles(),
    rss,
    heap: heapUsed,
    accepted,
    loops,
  };
}

/** Counts Node's resources, and the addon's handles, requests and slots. */
function handles(): number {
  const own = kind === "native" ? loadBinding().stats() : { handles: 0, requests: 0, slots: 0 };
  return process.getActiveResourcesInfo().length + own.handles + own.requests + own.slots;
}

/** Waits until closed handles are gone, at most a second, so that what is left is left for good. */
async function settled(): Promise<Sample> {
  const until = performance.now() + 1000;
  let last = sample(true);
  for (let equal = 0; equal < 5 && performance.now() < until;) {
    await delay(10);
    const next = sample(true);
    equal = next.descriptors === last.descriptors && next.handles === last.handles ? equal + 1 : 0;
    last = next;
  }
  globalThis.gc?.(); // So that what is still on the heap is what is held.
  return sample(true);
}

function print(message: { ports: number[] } | { sample: Sample }): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

process.stdin.on("end", () => (ended = true)).resume();
console.warn = () => {}; // Tasks that are unfinished when their loop is closed.
console.error = () => {};
const timer = setInterval(() => print({ sample: sample(false) }), SAMPLE_MS);
while (!ended) {
  const loop = kind === "native" ? uvloop.newEventLoop() : new asyncio.NodeEventLoop();
  await loop.runUntilComplete(serve(loop, loops % 2 === 0));
  loop.close();
  loops++;
  print({ sample: await settled() });
}
clearInterval(timer);
