/** Loops with nothing to do, and what keeps a process alive. */
import assert from "node:assert/strict";
import { once } from "node:events";
import * as asyncio from "uvio";
import * as uvloop from "uvio/uvloop";
import { Turn } from "#uvio/native-loop/boundary/addon.js";
import { rawConnect } from "../../support/raw.js";
import { connectDeaf } from "../support/clients.js";
import { costOf } from "../support/metrics.js";
import { RawLoop } from "../support/raw-loop.js";

/** States in which a started loop has nothing to do. */
export const IDLE: Record<string, (loop: RawLoop) => Promise<void> | void> = {
  "just started": () => {},
  "with a listener and an open connection": async (loop) => {
    await connectDeaf(loop.listen().port);
    await loop.until(() => loop.accepted.length === 1);
  },
  "after a turn": async (loop) => {
    loop.native.wake();
    await loop.until(() => loop.turns > 0);
  },
  "after a timer": async (loop) => {
    loop.native.arm(0);
    await loop.until(() => loop.turns > 0);
  },
  "with a timer that is far away": (loop) => loop.native.arm(1e6),
  "with a write in the queue": async (loop) => {
    await connectDeaf(loop.listen().port);
    await loop.until(() => loop.accepted.length === 1);
    const large = new Uint8Array(16 << 20);
    assert.ok(loop.native.write(...loop.accepted[0]!, large, 0, large.length) > 0);
    // The kernel takes more as its buffers grow, and after each probe of the closed window, 200, 400 ... ms apart: it must have rested.
    while ((await costOf(700)).loops > 10);
  },
  "stopped after a wake that no turn has answered": (loop) => {
    loop.native.wake();
    loop.native.stop();
  },
};

export async function idle(state: string): Promise<void> {
  const loop = new RawLoop();
  await IDLE[state]!(loop);
  await new Promise((resolve) => setImmediate(resolve));
  const { cpuMs, loops } = await costOf(300);
  assert.ok(cpuMs < 100, `${cpuMs} ms of CPU in 300 ms`);
  assert.ok(!(loops > 10), `${loops} turns of Node's loop in 300 ms`);
  process.exit(0);
}

/** States in which a loop is left, and whether the process may end then. */
export const LEFT: Record<string, { ends: boolean; leave: (loop: RawLoop) => void }> = {
  started: { ends: false, leave: () => {} },
  "started and a listener": { ends: false, leave: (loop) => void loop.listen() },
  "started, unref'd": { ends: true, leave: (loop) => loop.native.setRef(false) },
  "started, unref'd, and a ref'd listener": {
    ends: false,
    leave: (loop) => {
      loop.listen();
      loop.native.setRef(false);
    },
  },
  "started, unref'd, and an unref'd listener": {
    ends: true,
    leave: (loop) => {
      loop.native.setHandleRef(...loop.listen().name, false);
      loop.native.setRef(false);
    },
  },
  "started, unref'd, and a listener that was unref'd and ref'd": {
    ends: false,
    leave: (loop) => {
      const { name } = loop.listen();
      for (const ref of [false, false, true]) loop.native.setHandleRef(...name, ref);
      loop.native.setRef(false);
    },
  },
  "started, unref'd, and a listener that is closed": {
    ends: true,
    leave: (loop) => {
      loop.native.closeHandle(...loop.listen().name);
      loop.native.setRef(false);
    },
  },
  "started, unref'd and ref'd": {
    ends: false,
    leave: (loop) => {
      loop.native.setRef(false);
      loop.native.setRef(true);
    },
  },
  "started, unref'd, with a timer and a wake": {
    ends: true,
    leave: (loop) => {
      loop.native.arm(1e6);
      loop.native.wake();
      loop.native.setRef(false);
    },
  },
  "stopped, with a listener": {
    ends: true,
    leave: (loop) => {
      loop.listen();
      loop.native.stop();
    },
  },
  closed: { ends: true, leave: (loop) => loop.native.close() },
};

/** Prints "alive" if something keeps the process: an unref'd timer alone does not. */
export function leave(how: string): void {
  const loop = new RawLoop();
  LEFT[how]!.leave(loop);
  setTimeout(() => {
    console.log("alive");
    loop.native.close();
  }, 100).unref();
}

class Receiver extends asyncio.Protocol {
  override dataReceived(): void {}
}

/** A program whose run ends exits on its own, also if its native loop is never closed. */
export async function runAndLeave(): Promise<void> {
  const loop = uvloop.newEventLoop();
  await loop.runUntilComplete(asyncio.sleep(0.001));
  await loop.runUntilComplete(async () => {
    const server = await loop.createServer(() => new Receiver(), "127.0.0.1", 0);
    const client = await rawConnect(server.sockets[0]!.getsockname().port);
    client.end();
    await once(client.resume(), "end");
    client.destroy();
  });
}

/** The turn comes before the immediates of the same turn of Node's loop. */
export async function turnBeforeImmediate(): Promise<void> {
  const order: string[] = [];
  const loop = new RawLoop({
    onTurn: () => {
      order.push("turn");
      queueMicrotask(() => order.push("microtask"));
      process.nextTick(() => order.push("tick"));
      return order.length < 4 ? Turn.AGAIN : Turn.DONE;
    },
  });
  await new Promise((resolve) => setTimeout(resolve, 1));
  loop.native.wake();
  await new Promise<void>((resolve) =>
    setImmediate(() => {
      order.push("immediate");
      resolve();
    }),
  );
  assert.deepEqual(order, ["turn", "tick", "microtask", "turn", "tick", "microtask", "immediate"]);
  loop.native.close();
}
