/** Servers: listening, closing, serveForever(), and the connections that they wait for. */
import assert from "node:assert/strict";
import { once } from "node:events";
import * as asyncio from "uvio";
import { eachLoop } from "../support/loops.js";
import { Echo, HalfOpenRecorder, Recorder } from "../support/protocols.js";
import { rawConnect, readAll } from "../support/raw.js";

const loop = (): asyncio.BaseEventLoop => asyncio.getEventLoop();

/** A server whose connections can be waited for. */
class Connections {
  readonly all: Recorder[] = [];
  #waiting: { count: number; future: asyncio.Future<void> } | null = null;
  readonly #make: () => Recorder;

  constructor(make: () => Recorder = () => new HalfOpenRecorder()) {
    this.#make = make;
  }

  readonly factory = (): Recorder => {
    const peer = this.#make();
    this.all.push(peer);
    if (this.#waiting !== null && this.all.length >= this.#waiting.count) this.#waiting.future.setResult();
    return peer;
  };

  arrived(count: number): asyncio.Future<void> {
    const future = loop().createFuture<void>();
    if (this.all.length >= count) future.setResult();
    else this.#waiting = { count, future };
    return future;
  }
}

eachLoop("a server has sockets with names until it is closed", async (t) => {
  await t.run(async () => {
    const server = await loop().createServer(() => new Recorder(), "127.0.0.1", 0);
    assert.equal(server.sockets.length, 1);
    const name = server.sockets[0]!.getsockname();
    assert.deepEqual({ ...name, port: 0 }, { address: "127.0.0.1", port: 0, family: "IPv4" });
    assert.ok(name.port > 0);
    assert.equal(server.isServing(), true);
    assert.equal(server.getLoop(), loop());
    server.close();
    server.close();
    assert.equal(server.isServing(), false);
    assert.deepEqual([...server.sockets], []);
    await server.waitClosed();
    await server.waitClosed();
  });
});

eachLoop("a server listens on every host it is given, on IPv6 too", async (t) => {
  await t.run(async () => {
    const connections = new Connections();
    const server = await loop().createServer(connections.factory, ["127.0.0.1", "::1"], 0);
    assert.deepEqual(
      server.sockets.map((socket) => socket.getsockname().family),
      ["IPv4", "IPv6"],
    );
    for (const socket of server.sockets) {
      const { address, port } = socket.getsockname();
      const [transport, client] = await loop().createConnection(() => new Recorder(), address, port);
      transport.close();
      await client.lost;
    }
    await connections.arrived(2);
    server.close();
    server.closeClients();
    await server.waitClosed();
  });
});

eachLoop("waitClosed waits for the last connection", async (t) => {
  await t.run(async () => {
    const connections = new Connections();
    const server = await loop().createServer(connections.factory, "127.0.0.1", 0);
    const socket = await rawConnect(server.sockets[0]!.getsockname().port);
    await connections.arrived(1);
    server.close();
    const waiting = asyncio.createTask(() => server.waitClosed());
    for (let i = 0; i < 10; i++) await asyncio.sleep(0);
    assert.equal(waiting.done(), false);
    connections.all[0]!.transport.close();
    await waiting;
    assert.equal(connections.all[0]!.lost.done(), true);
    socket.destroy();
  });
});

eachLoop("closeClients closes every connection after its buffered data, abortClients at once", async (t) => {
  const big = Buffer.alloc(8 << 20, "x");
  await t.run(async () => {
    for (const how of ["closeClients", "abortClients"] as const) {
      const connections = new Connections();
      const server = await loop().createServer(connections.factory, "127.0.0.1", 0);
      const { port } = server.sockets[0]!.getsockname();
      const sockets = [await rawConnect(port), await rawConnect(port), await rawConnect(port)];
      await connections.arrived(3);
      for (const peer of connections.all) await peer.made;
      for (const peer of connections.all) peer.transport.write(big);
      server.close();
      server[how]();
      const lengths = await Promise.all(sockets.map(async (socket) => (await readAll(socket).catch(() => Buffer.alloc(0))).length));
      await server.waitClosed();
      for (const length of lengths) {
        if (how === "closeClients") assert.equal(length, big.length);
        else assert.ok(length < big.length);
      }
      for (const socket of sockets) socket.destroy();
    }
  });
});

eachLoop("a closed server refuses new connections while old ones go on", async (t) => {
  await t.run(async () => {
    const connections = new Connections(() => new Echo());
    const server = await loop().createServer(connections.factory, "127.0.0.1", 0);
    const { port } = server.sockets[0]!.getsockname();
    const socket = await rawConnect(port);
    await connections.arrived(1);
    server.close();
    await assert.rejects(async () => await loop().createConnection(() => new Recorder(), "127.0.0.1", port), { code: "ECONNREFUSED" });
    socket.write("still here");
    assert.equal((await readAll(socket, 10)).toString(), "still here");
    socket.destroy();
    await server.waitClosed();
  });
});

eachLoop("with startServing: false connections wait until startServing", async (t) => {
  await t.run(async () => {
    const connections = new Connections(() => new Echo());
    const server = await loop().createServer(connections.factory, "127.0.0.1", 0, { startServing: false });
    assert.equal(server.isServing(), false);
    const { port } = server.sockets[0]!.getsockname();
    const socket = await rawConnect(port).catch(() => null); // The kernel may hold it back, or refuse it: not handed out in any case.
    assert.equal(connections.all.length, 0);
    await server.startServing();
    await server.startServing();
    assert.equal(server.isServing(), true);
    const served = socket ?? (await rawConnect(port));
    served.write("hello");
    assert.equal((await readAll(served, 5)).toString(), "hello");
    served.destroy();
    server.close();
    await server.waitClosed();
    await assert.rejects(async () => await server.startServing(), asyncio.RuntimeError);
  });
});

eachLoop("serveForever ends when it is cancelled, with the server closed; a second one is refused meanwhile", async (t) => {
  await t.run(async () => {
    const connections = new Connections(() => new Echo());
    const server = await loop().createServer(connections.factory, "127.0.0.1", 0, { startServing: false });
    const serving = asyncio.createTask(() => server.serveForever());
    await asyncio.sleep(0);
    assert.equal(server.isServing(), true);
    await assert.rejects(async () => await server.serveForever(), {
      name: "RuntimeError",
      message: /already being awaited on serveForever/,
    });
    const socket = await rawConnect(server.sockets[0]!.getsockname().port);
    socket.end("x");
    await readAll(socket);
    await connections.arrived(1);
    serving.cancel();
    await assert.rejects(async () => await serving, asyncio.CancelledError);
    assert.equal(server.isServing(), false);
    await assert.rejects(async () => await server.serveForever(), { name: "RuntimeError", message: /is closed/ });
    await server.waitClosed();
    socket.destroy();
  });
});

eachLoop("closing the server ends serveForever with CancelledError", async (t) => {
  await t.run(async () => {
    const server = await loop().createServer(() => new Recorder(), "127.0.0.1", 0);
    const serving = asyncio.createTask(() => server.serveForever());
    await asyncio.sleep(0);
    server.close();
    await assert.rejects(async () => await serving, asyncio.CancelledError);
  });
});

eachLoop("asyncWith a server closes it and waits for its connections; so does Symbol.asyncDispose", async (t) => {
  await t.run(async () => {
    const first = await loop().createServer(() => new Recorder(), "127.0.0.1", 0);
    await asyncio.asyncWith(first, async (inside) => {
      assert.equal(inside, first);
      assert.equal(first.isServing(), true);
    });
    assert.equal(first.isServing(), false);
    const second = await loop().createServer(() => new Recorder(), "127.0.0.1", 0);
    await second[Symbol.asyncDispose]();
    assert.equal(second.isServing(), false);
  });
});

eachLoop("a thousand connections in a row leave nothing behind", async (t) => {
  await t.run(async () => {
    const connections = new Connections(() => new Echo());
    const server = await loop().createServer(connections.factory, "127.0.0.1", 0);
    const { port } = server.sockets[0]!.getsockname();
    for (let round = 0; round < 20; round++) {
      await Promise.all(
        Array.from({ length: 50 }, async (_, i) => {
          const [transport, client] = await loop().createConnection(() => new Recorder(), "127.0.0.1", port);
          transport.write(`${round}.${i}`);
          await client.received(`${round}.${i}`.length);
          assert.equal(client.data().toString(), `${round}.${i}`);
          transport.close();
          assert.equal(await client.lost, null);
        }),
      );
    }
    server.close();
    await server.waitClosed();
    assert.equal(connections.all.length, 1000);
  });
});

eachLoop("a run may end with a server and connections open; closing the loop closes them", async (t) => {
  let socket: Awaited<ReturnType<typeof rawConnect>> | undefined;
  await t.run(async () => {
    const connections = new Connections();
    const server = await loop().createServer(connections.factory, "127.0.0.1", 0);
    socket = await rawConnect(server.sockets[0]!.getsockname().port);
    await connections.arrived(1);
    await connections.all[0]!.made;
  });
  socket!.resume();
  await once(socket!, "end", { signal: AbortSignal.timeout(5000) });
});
