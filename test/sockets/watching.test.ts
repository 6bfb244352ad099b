/** addReader, addWriter: descriptors that others own, on the native loop. */
import assert from "node:assert/strict";
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import * as asyncio from "uvio";
import { makeFifo } from "../support/descriptors.js";
import { onLoop, type LoopTest } from "../support/loops.js";
import { connectPair, Recorder } from "../support/protocols.js";
import { LARGE, pair } from "./support.js";

const native = (name: string, body: (t: LoopTest) => void | Promise<void>): void => onLoop("uv", name, body);

/** A FIFO, open at both ends. */
function fifo(t: LoopTest): [reading: number, writing: number] {
  const name = makeFifo(t);
  const both = openSync(name, "r+"); // So that opening one end does not wait for the other.
  const ends: [number, number] = [openSync(name, "r"), openSync(name, "w")];
  closeSync(both);
  return ends;
}

native("a callback is called, with its arguments, as long as there is something to read", async (t) => {
  const [left, right] = pair(t);
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const done = loop.createFuture<void>();
    let read = "";
    loop.addReader(
      left.fileno(),
      (socket: asyncio.Socket, name: string) => {
        assert.equal(name, "argument");
        read += String(socket.recv(1));
        if (read.length === 5) done.setResult(undefined);
      },
      left,
      "argument",
    );
    right.send("hello");
    await done;
    assert.equal(read, "hello");
    assert.equal(loop.removeReader(left.fileno()), true);
    assert.equal(loop.removeReader(left.fileno()), false);
  });
});

native("both directions of a descriptor are watched, and the reader is called first", async (t) => {
  const [left, right] = pair(t);
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const calls: string[] = [];
    const done = loop.createFuture<void>();
    right.send("x");
    loop.addWriter(left, () => calls.push("write"));
    loop.addReader(left, () => {
      calls.push("read");
      if (calls.length > 2) done.setResult(undefined);
      if (calls.length > 2) loop.removeReader(left);
    });
    await done;
    assert.deepEqual(calls.slice(0, 3), ["read", "write", "read"]);
    loop.removeWriter(left);
  });
});

native("a second callback replaces the first", async (t) => {
  const [left, right] = pair(t);
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const called = loop.createFuture<string>();
    loop.addReader(left, () => called.setResult("first"));
    loop.addReader(left, () => {
      loop.removeReader(left);
      called.setResult("second");
    });
    right.send("x");
    assert.equal(await called, "second");
  });
});

native("a callback that another one of the same turn removes is not called", async (t) => {
  const [left, right] = pair(t);
  const [other, far] = pair(t);
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const calls: asyncio.Socket[] = [];
    for (const socket of [left, other]) {
      loop.addReader(socket, () => {
        calls.push(socket);
        loop.removeReader(left);
        loop.removeReader(other);
      });
    }
    right.send("x");
    far.send("x");
    while (calls.length === 0) await asyncio.sleep(0);
    await asyncio.sleep(0.001);
    assert.equal(calls.length, 1);
  });
});

native("what a callback throws goes to the exception handler, and watching goes on", async (t) => {
  const [left, right] = pair(t);
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const done = loop.createFuture<void>();
    let calls = 0;
    loop.addReader(left, () => {
      if (++calls === 1) throw new Error("from a reader");
      loop.removeReader(left);
      done.setResult(undefined);
    });
    right.send("x");
    await done;
  });
  assert.match(String(t.takeReport().exception), /from a reader/);
});

native("a callback runs in the context in which it was added", async (t) => {
  const [left, right] = pair(t);
  const variable = new asyncio.ContextVar<string>("variable");
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const seen = loop.createFuture<string>();
    variable.set("there");
    loop.addReader(left, () => {
      loop.removeReader(left);
      seen.setResult(variable.get());
    });
    variable.set("here");
    right.send("x");
    assert.equal(await seen, "there");
  });
});

native("a FIFO is read when its writer writes, and when it has gone", async (t) => {
  const [reading, writing] = fifo(t);
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const ended = loop.createFuture<void>();
    const buffer = Buffer.alloc(100);
    let read = "";
    loop.addReader(reading, () => {
      const count = readSync(reading, buffer);
      if (count > 0) read += buffer.toString("latin1", 0, count);
      else ended.setResult(undefined);
      if (count === 0) loop.removeReader(reading);
      else closeSync(writing);
    });
    writeSync(writing, "through a pipe");
    await ended;
    assert.equal(read, "through a pipe");
  });
  closeSync(reading);
});

native("a writer without a reader is woken, to be told by the system", async (t) => {
  const [reading, writing] = fifo(t);
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const chunk = Buffer.alloc(65536);
    const woken = loop.createFuture<void>();
    const whileFull = (): void => {
      loop.removeWriter(writing);
      woken.setResult(undefined);
    };
    loop.addWriter(writing, () => {}); // Makes the descriptor one that does not block.
    loop.removeWriter(writing);
    assert.throws(
      () => {
        for (;;) writeSync(writing, chunk);
      },
      { code: "EAGAIN" },
    );
    loop.addWriter(writing, whileFull);
    closeSync(reading);
    await woken;
    assert.throws(() => writeSync(writing, chunk), { code: "EPIPE" });
  });
  closeSync(writing);
});

native("a descriptor that was closed and given to another file is watched anew", async (t) => {
  const [left] = pair(t);
  const [right, far] = asyncio.Socket.socketpair();
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const fd = right.fileno();
    loop.addReader(fd, () => assert.fail("it was closed"));
    closeSync(right.detach());
    // The lowest number that is free is the next one's.
    const [next, peer] = asyncio.Socket.socketpair();
    assert.equal(next.fileno(), fd);
    const called = loop.createFuture<void>();
    loop.addReader(fd, () => called.setResult(undefined));
    peer.send("x");
    await called;
    assert.equal(loop.removeReader(fd), true);
    for (const socket of [next, peer, far]) socket.close();
    left.close();
  });
});

native("the descriptor of a transport is refused, and is free when the transport has gone", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getEventLoop();
    const { transport, client, server } = await connectPair(
      () => new Recorder(),
      () => new Recorder(),
    );
    const fd = (
      transport as unknown as { slot: number; generation: number; loop: { native: { fileno(...name: number[]): number } } }
    ).loop.native.fileno((transport as never)["slot"], (transport as never)["generation"]);
    for (const call of [() => loop.addReader(fd, () => {}), () => loop.addWriter(fd, () => {}), () => loop.removeReader(fd)]) {
      assert.throws(call, { name: "RuntimeError", message: new RegExp(`File descriptor ${fd} is used by a transport`) });
    }
    transport.close();
    await client.lost;
    await asyncio.sleep(0.001);
    assert.equal(loop.removeReader(fd), false);
    server.close();
    await server.waitClosed();
  });
});

native("what is no descriptor is refused", async (t) => {
  await t.run(() => {
    const loop = asyncio.getRunningLoop();
    assert.throws(() => loop.addReader(-1, () => {}), asyncio.ValueError);
    assert.throws(() => loop.addReader({} as never, () => {}), asyncio.ValueError);
    assert.throws(() => loop.addReader(1e6, () => {}), { code: "EBADF" });
    assert.throws(() => loop.addReader(1, "callback" as never), TypeError);
    const file = openSync(process.execPath, "r");
    assert.throws(() => loop.addReader(file, () => {}), { code: "EPERM" });
    closeSync(file);
    return Promise.resolve();
  });
});

native("a closed loop watches nothing", (t) => {
  const loop = t.newLoop();
  const [left] = pair(t);
  loop.addReader(left, () => {});
  loop.close();
  assert.throws(() => loop.addReader(left, () => {}), asyncio.RuntimeError);
  assert.equal(loop.removeReader(left), false);
});

native("a loop that does not run does not spin on what is ready", async (t) => {
  const loop = t.newLoop();
  const [left, right] = pair(t);
  let calls = 0;
  loop.addReader(left, () => {
    calls++;
    left.recv(100);
  });
  right.send("x");
  const before = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, 100)); // The time is what is tested: no event tells that nothing happens.
  const { user, system } = process.cpuUsage(before);
  assert.ok(user + system < 60_000, `${user + system} µs of CPU in 100 ms`);
  await loop.runUntilComplete(asyncio.sleep(0.001) as never);
  assert.equal(calls, 1);
  loop.close();
});

native("a socket that was waited for does not keep an unref'd loop's process alive, nor any other", async (t) => {
  const [left, right] = pair(t);
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const receiving = asyncio.createTask(() => loop.sockRecv(left, 1));
    await asyncio.sleep(0);
    right.send("x");
    await receiving;
    const writable = asyncio.createTask(() => loop.sockSendall(left, Buffer.alloc(LARGE)));
    await asyncio.sleep(0);
    writable.cancel();
    await assert.rejects(async () => await writable, asyncio.CancelledError);
  });
});
