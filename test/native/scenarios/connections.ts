/** Very many connections, one after the other. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import * as asyncio from "uvio";
import * as uvloop from "uvio/uvloop";
import { loadBinding } from "#uvio/native-loop/boundary/addon.js";
import { Echo, Recorder } from "../../support/protocols.js";
import { RawLoop, untilNothingIsLeft } from "../support/raw-loop.js";

const AT_A_TIME = 50;

/** Opens, uses once and closes connections. */
async function openUseClose(count: number): Promise<void> {
  const loop = asyncio.getRunningLoop();
  const server = await loop.createServer(() => new Echo(), "127.0.0.1", 0);
  const { port } = server.sockets[0]!.getsockname();
  const useOne = async (): Promise<void> => {
    const [transport, client] = await loop.createConnection(() => new Recorder(), "127.0.0.1", port);
    transport.write("used once");
    await client.received(9);
    transport.close();
    await client.lost;
  };
  const useMany = async (): Promise<void> => {
    for (let i = 0; i < count / AT_A_TIME; i++) await useOne();
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, () => asyncio.createTask(useMany)));
  server.close();
  await server.waitClosed();
  const { slots, requests } = loadBinding().stats();
  assert.deepEqual({ slots, requests }, { slots: 0, requests: 0 });
}

/** libuv keeps a spare one from its first listener on. */
function openSpareDescriptor(): void {
  const first = new RawLoop();
  first.listen();
  first.native.close();
}

export async function connections(count: number): Promise<void> {
  openSpareDescriptor();
  await untilNothingIsLeft();
  const descriptors = readdirSync("/proc/self/fd").length;
  await uvloop.run(() => openUseClose(count));
  await untilNothingIsLeft();
  assert.equal(readdirSync("/proc/self/fd").length, descriptors);
  for (let turns = 0; loadBinding().stats().arenas > 0; turns++) {
    globalThis.gc!();
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(turns < 200, `${loadBinding().stats().arenas} arenas of a closed loop`);
  }
}

/** Objects of the past stay reachable from nowhere: the heap, unlike the process, shrinks to what is in use. */
export async function growth(count: number): Promise<void> {
  const used = (): number => {
    globalThis.gc!();
    return process.memoryUsage().heapUsed;
  };
  await uvloop.run(async () => {
    await openUseClose(count);
    const before = used();
    await openUseClose(count);
    await openUseClose(count);
    const each = (used() - before) / (2 * count);
    assert.ok(each < 30, `${each} bytes more after each of ${2 * count} connections`);
  });
}
