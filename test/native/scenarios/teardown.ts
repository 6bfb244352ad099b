/** Environments that end while native loops are in full use. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import * as asyncio from "uvio";
import * as uvloop from "uvio/uvloop";
import { loadBinding } from "#uvio/native-loop/boundary/addon.js";
import { rawConnect } from "../../support/raw.js";
import { connectDeaf, keepEchoing } from "../support/clients.js";
import { RawLoop, untilNothingIsLeft } from "../support/raw-loop.js";

export const ENDINGS = [
  "natural end",
  "process.exit()",
  "process.exit() that makes a loop",
  "process.exit() in a turn",
  "process.exit() in a microtask",
  "terminated idle",
  "terminated under load",
  "terminated while turns go on",
  "terminated in a turn",
  "terminated in a microtask",
  "terminated in a tick",
] as const;
export type Ending = (typeof ENDINGS)[number];

/** The loops with which the worker serves its clients. */
const SERVERS = ["lasting arenas", "transient arena", "tiny rings", "Loop"] as const;
export type Server = (typeof SERVERS)[number];

const LOAD_BYTES = 20_000;

/** Workers that end again and again, one of each kind at a time, with clients that go on sending. */
export async function endWorkers(ending: Ending, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await Promise.all(SERVERS.map((server) => endWorker(ending, server)));
  await untilNothingIsLeft();
}

async function endWorker(ending: Ending, server: Server): Promise<void> {
  const worker = new Worker(new URL("teardown-worker.js", import.meta.url), { workerData: { ending, server }, execArgv: [] });
  const exited = once(worker, "exit"); // Rejects when the worker fails.
  const [port] = (await once(worker, "message")) as [number];
  const clients = [await connectDeaf(port)];
  const load = ending === "terminated idle" ? 0 : 4;
  for (let i = 0; i < load; i++) clients.push(await keepEchoing(port, server === "tiny rings" ? 500 : LOAD_BYTES));
  if (ending.startsWith("terminated")) {
    if (ending.startsWith("terminated in")) {
      worker.postMessage("end");
      await once(worker, "message");
    } else if (ending === "terminated while turns go on") {
      worker.postMessage("end");
    }
    assert.equal(await worker.terminate(), 1);
  } else {
    worker.postMessage("end");
  }
  await exited;
  for (const client of clients) client.destroy();
}

/** The main thread: ends with whatever code the test expects. */
export const MAIN_ENDINGS: Record<string, { code: number; end: (loop: RawLoop) => void }> = {
  "with a loop that was never started": { code: 0, end: (loop) => loop.native.stop() },
  "after stop(), everything open": { code: 0, end: (loop) => loop.native.stop() },
  "after setRef(false) on the loop and its handles": {
    code: 0,
    end: (loop) => {
      loop.native.setRef(false);
      for (let slot = 0; loop.native.generation(slot) >= 0; slot++) loop.native.setHandleRef(slot, loop.native.generation(slot), false);
    },
  },
  "after close()": { code: 0, end: (loop) => loop.native.close() },
  "by process.exit()": { code: 5, end: () => process.exit(5) },
  "by process.exit() in close()'s turn": {
    code: 5,
    end: (loop) => {
      loop.native.close();
      process.exit(5);
    },
  },
  "with a loop made in an exit listener": {
    code: 0,
    end: (loop) => {
      process.on("exit", () => new RawLoop().listen());
      loop.native.stop();
    },
  },
};

export async function endMain(how: string, where: "event" | "turn" | "microtask"): Promise<void> {
  let isEnding = false;
  const { end } = MAIN_ENDINGS[how]!;
  const loop = new RawLoop({
    started: how !== "with a loop that was never started",
    onTurn: () => {
      if (isEnding) {
        isEnding = false;
        if (where === "turn") end(loop);
        else queueMicrotask(() => end(loop));
      }
      return undefined;
    },
  });
  const { port } = loop.listen();
  if (how !== "with a loop that was never started") {
    const client = await keepEchoing(port, LOAD_BYTES);
    client.unref();
    client.on("end", () => client.destroy());
  }
  if (where === "event") {
    end(loop);
  } else {
    isEnding = true;
    loop.native.wake();
  }
}

/** Loops in all states that are never closed; needs --expose-gc. */
export async function collectLoops(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    (() => {
      const loop = new RawLoop({ started: i % 3 === 0, lastingArenas: i % 2 });
      const { port } = loop.listen();
      if (i % 5 === 0) loop.connect(port);
      if (i % 3 === 0) loop.native.stop();
    })();
  }
  for (let turns = 0; ; turns++) {
    globalThis.gc!();
    await new Promise((resolve) => setImmediate(resolve));
    const { arenas, handles } = loadBinding().stats();
    if (arenas === 0 && handles === 0) return;
    assert.ok(turns < 200, `${arenas} arenas and ${handles} handles of loops that nobody can reach`);
  }
}

/** A program that has received bytes ends while they, and the arena they are in, can still be reached. */
export async function endWithBuffers(): Promise<void> {
  const kept: Buffer[] = [];
  class Keeper extends asyncio.Protocol {
    override dataReceived(bytes: Buffer): void {
      kept.push(bytes);
    }
  }
  const loop = uvloop.newEventLoop();
  await loop.runUntilComplete(async () => {
    const server = await loop.createServer(() => new Keeper(), "127.0.0.1", 0);
    const client = await rawConnect(server.sockets[0]!.getsockname().port);
    client.resume().end("kept");
    await once(client, "end");
    client.destroy();
  });
  assert.equal(Buffer.concat(kept).toString(), "kept");
  process.on("exit", () => assert.equal(kept.length, 1));
}
