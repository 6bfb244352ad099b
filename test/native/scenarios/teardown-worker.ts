/**
 * The worker of scenarios/teardown.ts: an echo server that ends in a requested way, while it reads and with queued writes.
 * Posts its port, then "ending" when it is about to end by itself.
 */
import { parentPort, workerData } from "node:worker_threads";
import * as asyncio from "uvio";
import * as uvloop from "uvio/uvloop";
import { ReadMode } from "#uvio/native-loop/boundary/layout.js";
import { Turn } from "#uvio/native-loop/boundary/addon.js";
import { RawLoop } from "../support/raw-loop.js";
import type { Ending, Server } from "./teardown.js";

const { ending, server } = workerData as { ending: Ending; server: Server };
const port = parentPort!;
/** More than the kernel takes from a peer that does not read. An unsent write would keep a naturally ending thread from its end. */
const QUEUED = new Uint8Array(ending === "natural end" ? 0 : 16 << 20);
let isEnding = false;

port.on("message", () => {
  isEnding = true;
  switch (ending) {
    case "natural end":
      port.close();
      stop();
      break;
    case "process.exit()":
      process.exit(0);
      break;
    case "process.exit() that makes a loop":
      process.on("exit", () => new RawLoop().listen());
      process.exit(0);
  }
});

function spin(): never {
  port.postMessage("ending");
  for (;;);
}

/** The endings that come from inside our callback. */
function endInTurn(): void {
  if (!isEnding) return;
  switch (ending) {
    case "process.exit() in a turn":
      process.exit(0);
      break;
    case "process.exit() in a microtask":
      queueMicrotask(() => process.exit(0));
      break;
    case "terminated in a turn":
      spin();
      break;
    case "terminated in a microtask":
      queueMicrotask(spin);
      break;
    case "terminated in a tick":
      process.nextTick(spin);
  }
}

function serveRaw(): () => void {
  const loop = new RawLoop({
    capacity: server === "tiny rings" ? 2 : 1024,
    arenaBytes: server === "tiny rings" ? 64 : 1 << 18,
    mode: server === "lasting arenas" ? ReadMode.LASTING : ReadMode.TRANSIENT,
    onTurn: () => {
      endInTurn();
      return isEnding && ending === "terminated while turns go on" ? Turn.AGAIN : undefined;
    },
    accept: (connection) => {
      // The first one never reads.
      if (loop.accepted.length === 1) loop.native.write(...connection, QUEUED, 0, QUEUED.length);
      else loop.readStart(connection);
    },
  });
  loop.native.arm(0.001);
  port.postMessage(loop.listen().port);
  return () => loop.native.stop();
}

/** The first connection never reads. */
let isFirst = true;

class LoadedEcho extends asyncio.Protocol {
  #transport!: asyncio.Transport;

  override connectionMade(transport: asyncio.Transport): void {
    this.#transport = transport;
    if (isFirst) transport.write(QUEUED);
    isFirst = false;
  }

  override dataReceived(bytes: Buffer): void {
    endInTurn();
    this.#transport.write(bytes);
  }
}

function serveOnLoop(): () => void {
  const loop = uvloop.newEventLoop();
  const serving = loop.createTask(async () => {
    const listening = await loop.createServer(() => new LoadedEcho(), "127.0.0.1", 0);
    port.postMessage(listening.sockets[0]!.getsockname().port);
    if (ending !== "terminated while turns go on") return;
    const again = (): void => void loop.callSoon(again);
    again();
  });
  const ended = loop.runForever();
  void Promise.all([serving, ended]); // A rejection is the worker's error, and so the scenario's.
  return () => loop.stop();
}

const stop = server === "Loop" ? serveOnLoop() : serveRaw();
