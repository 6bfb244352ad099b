/** Limits of servers: shutdown() with its deadlines, maxConnections, and no descriptor left. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadBinding } from "#uvio/native-loop/boundary/addon.js";
import * as asyncio from "uvio";
import { runChild } from "../support/child.js";
import { eachLoop, LOOP_KINDS, loopSkipped } from "../support/loops.js";
import { HalfOpenRecorder, Recorder } from "../support/protocols.js";
import { rawConnect, readAll } from "../support/raw.js";
import { unless } from "../support/unless.js";
import { test } from "vitest";

const loop = (): asyncio.BaseEventLoop => asyncio.getEventLoop();

/** Connections of a server, in the order in which they came. */
class Peers {
  readonly all: Recorder[] = [];
  readonly #arrivals = new asyncio.Queue<Recorder>();

  readonly factory = (): Recorder => {
    const peer = new HalfOpenRecorder();
    this.all.push(peer);
    this.#arrivals.putNowait(peer);
    return peer;
  };

  async next(): Promise<Recorder> {
    const peer = await this.#arrivals.get();
    await peer.made;
    return peer;
  }

  get waiting(): number {
    return this.#arrivals.qsize();
  }
}

eachLoop("shutdown lets clients finish, and ends when the last has", async (t) => {
  await t.run(async () => {
    const peers = new Peers();
    const server = await loop().createServer(peers.factory, "127.0.0.1", 0);
    const { port } = server.sockets[0]!.getsockname();
    const client = await rawConnect(port);
    const peer = await peers.next();
    const ending = asyncio.createTask(() => server.shutdown({ graceSeconds: 30 }));
    await asyncio.sleep(0);
    assert.equal(server.isServing(), false);
    assert.equal(peer.transport.isClosing(), false);
    client.end("the last words");
    await peer.ended;
    peer.transport.write("and the answer");
    peer.transport.close();
    assert.equal((await asyncio.wrapFuture(readAll(client))).toString(), "and the answer");
    await ending;
    assert.equal(await peer.lost, null);
    await server.shutdown(); // There is nothing left to end.
  });
});

eachLoop("shutdown closes who has not finished, after what is buffered, and aborts who does not take it", async (t) => {
  await t.run(async () => {
    const peers = new Peers();
    const server = await loop().createServer(peers.factory, "127.0.0.1", 0);
    const { port } = server.sockets[0]!.getsockname();
    const idle = await rawConnect(port);
    const first = await peers.next();
    first.transport.write("bye");
    const deaf = await rawConnect(port);
    deaf.pause();
    const second = await peers.next();
    second.transport.write(Buffer.alloc(32 << 20));
    const begun = loop().time();
    await server.shutdown({ graceSeconds: 0.02, flushSeconds: 0.05 });
    assert.ok(loop().time() - begun >= 0.069);
    assert.equal((await asyncio.wrapFuture(readAll(idle))).toString(), "bye");
    assert.equal(await first.lost, null);
    assert.equal(await second.lost, null);
    deaf.destroy();
    idle.destroy();
  });
});

eachLoop("shutdown takes seconds only", async (t) => {
  await t.run(async () => {
    const server = await loop().createServer(() => new Recorder(), "127.0.0.1", 0);
    for (const graceSeconds of [-1, NaN, "1" as never]) {
      assert.throws(() => server.shutdown({ graceSeconds }), { name: "TypeError", message: /graceSeconds must be a number of seconds/ });
    }
    await server.shutdown({ graceSeconds: 0 });
    assert.equal(server.isServing(), false);
  });
});

eachLoop("beyond maxConnections clients wait until others have gone", async (t) => {
  await t.run(async () => {
    const peers = new Peers();
    const server = await loop().createServer(peers.factory, "127.0.0.1", 0, { maxConnections: 2 });
    const { port } = server.sockets[0]!.getsockname();
    const clients = [];
    for (let i = 0; i < 5; i++) clients.push(await rawConnect(port)); // All of them: the kernel accepts for the server.
    for (const [i, client] of clients.entries()) client.write(`from ${i}`);
    const first = [await peers.next(), await peers.next()];
    for (const peer of first) await peer.received(6);
    await asyncio.sleep(0);
    assert.equal(peers.all.length, 2);
    for (let gone = 0; gone < 3; gone++) {
      peers.all[gone]!.transport.close();
      const next = await peers.next();
      await next.received(6);
      assert.equal(peers.all.length, gone + 3);
      assert.equal(peers.waiting, 0);
    }
    assert.deepEqual(peers.all.map((peer) => peer.data().toString()).sort(), ["from 0", "from 1", "from 2", "from 3", "from 4"]);
    server.close();
    server.abortClients();
    await server.waitClosed();
    for (const client of clients) client.destroy();
  });
});

eachLoop("maxConnections holds for all sockets of a server together, and for Unix sockets", async (t) => {
  await t.run(async () => {
    const peers = new Peers();
    const server = await loop().createServer(peers.factory, ["127.0.0.1", "127.0.0.2"], 0, { maxConnections: 1 });
    const clients = [];
    for (const socket of server.sockets) {
      const { address, port } = socket.getsockname();
      clients.push((await loop().createConnection(() => new Recorder(), address, port))[1]);
    }
    const first = await peers.next();
    await asyncio.sleep(0);
    assert.equal(peers.all.length, 1);
    first.transport.close();
    await peers.next();
    server.close();
    server.abortClients();
    await server.waitClosed();
    for (const client of clients) await client.lost;

    const path = join(tmpdir(), `uvio-limit-${process.pid}-${t.kind}`);
    const unixPeers = new Peers();
    const unix = await loop().createUnixServer(unixPeers.factory, path, { maxConnections: 1 });
    const [, one] = await loop().createUnixConnection(() => new Recorder(), path);
    const [, two] = await loop().createUnixConnection(() => new Recorder(), path);
    (await unixPeers.next()).transport.close();
    await one.lost;
    (await unixPeers.next()).transport.close();
    await two.lost;
    await unix.shutdown({ graceSeconds: 0 });
  });
});

eachLoop("a server that closes sends away who waits beyond maxConnections", async (t) => {
  await t.run(async () => {
    const peers = new Peers();
    const server = await loop().createServer(peers.factory, "127.0.0.1", 0, { maxConnections: 1 });
    const { port } = server.sockets[0]!.getsockname();
    const [, client] = await loop().createConnection(() => new Recorder(), "127.0.0.1", port);
    await peers.next();
    const waiting = await rawConnect(port);
    // With a reset from the kernel's queue, with an end from the portable loop's.
    const closed = new Promise<void>((resolve) => void waiting.once("end", resolve).once("error", resolve).resume());
    server.close();
    await asyncio.wrapFuture(closed);
    waiting.destroy();
    assert.equal(peers.all.length, 1);
    server.closeClients();
    await client.lost;
    await server.waitClosed();
  });
});

eachLoop("maxConnections must be a number that means something", async (t) => {
  await t.run(async () => {
    for (const maxConnections of [0, -1, 1.5, "1" as never]) {
      await assert.rejects(async () => loop().createServer(() => new Recorder(), "127.0.0.1", 0, { maxConnections }), {
        name: "TypeError",
        message: /maxConnections must be an integer above 0/,
      });
    }
  });
});

/** Runs out of descriptors, has a client connect, and frees them. Prints the exception handler's reports and what the client received. */
const RUN_OUT = `
  import { closeSync, openSync } from "node:fs";
  import { connect } from "node:net";
  import { once } from "node:events";
    import * as asyncio from "uvio";
  import * as uvloop from "uvio/uvloop";
  const [kind] = process.argv.slice(1);
  const loopFactory = () => (kind === "uv" ? uvloop.newEventLoop() : new asyncio.NodeEventLoop());
  class Echo extends asyncio.Protocol {
    connectionMade(transport) { this.transport = transport; }
    dataReceived(data) { this.transport.write(data); }
  }
  await asyncio.run(async () => {
    const loop = asyncio.getRunningLoop();
    const reports = [];
    loop.setExceptionHandler((_, { message, exception }) => reports.push(message.split(":")[0] + " " + exception.code));
    const server = await loop.createServer(() => new Echo(), "127.0.0.1", 0);
    const { port } = server.sockets[0].getsockname();
    const echo = async (text) => {
      const client = connect(port, "127.0.0.1");
      client.write(text);
      const outcome = await Promise.race([once(client, "data"), once(client, "close")]);
      client.destroy();
      return String(outcome[0]);
    };
    await asyncio.wrapFuture(echo("warm"));
    const taken = [];
    for (;;) try { taken.push(openSync("/dev/null", "r")); } catch { break; }
    closeSync(taken.pop()); // For the client; the server has none.
    const client = connect(port, "127.0.0.1");
    client.on("error", () => {});
    client.write("late");
    const answer = Promise.race([once(client, "data"), once(client, "close")]);
    await asyncio.wrapFuture(once(client, "connect"));
    while (kind === "uv" && reports.length === 0) await asyncio.sleep(0.001);
    if (kind === "node") await asyncio.wrapFuture(answer);
    for (const fd of taken) closeSync(fd);
    console.log(JSON.stringify({ reports, late: String((await asyncio.wrapFuture(answer))[0]), after: await asyncio.wrapFuture(echo("after")) }));
    client.destroy();
    await server.shutdown({ graceSeconds: 1 });
  }, { loopFactory });
`;

eachLoop("clients that connect between two runs are served in the next one; on the native loop they wait in the kernel", async (t) => {
  const loop = t.newLoop();
  let made = 0;
  class Answering extends asyncio.Protocol {
    override connectionMade(transport: asyncio.Transport): void {
      made++;
      transport.write("hello");
      transport.close();
    }
  }
  const server = await loop.runUntilComplete(loop.createServer(() => new Answering(), "127.0.0.1", 0));
  const { port } = server.sockets[0]!.getsockname();
  const handles = t.kind === "uv" ? loadBinding().stats().handles : 0;
  const clients = Array.from({ length: 3 }, () => connect({ host: "127.0.0.1", port }));
  const answers = Promise.all(clients.map((client) => once(client, "data")));
  await Promise.all(clients.map((client) => once(client, "connect")));
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(made, 0);
  if (t.kind === "uv") assert.equal(loadBinding().stats().handles, handles, "nothing was accepted");
  await loop.runUntilComplete(async () => {
    await asyncio.wrapFuture(answers);
    for (const client of clients) client.destroy();
    await server.shutdown({ graceSeconds: 0 });
  });
  assert.equal(made, 3);
  loop.close();
});

/** Two workers that listen on one port by themselves. */
const SHARED_PORT = `
  import * as asyncio from "uvio";
  import * as uvloop from "uvio/uvloop";
  const { KIND, PORT } = process.env;
  await asyncio.run(async () => {
    const loop = asyncio.getRunningLoop();
    try {
      const server = await loop.createServer(() => new asyncio.Protocol(), "127.0.0.1", Number(PORT), { reusePort: true });
      process.send(server.sockets[0].getsockname().port);
      await loop.createFuture();
    } catch (error) {
      process.send(String(error));
    }
  }, { loopFactory: () => (KIND === "uv" ? uvloop.newEventLoop() : new asyncio.NodeEventLoop()) });
`;

for (const kind of LOOP_KINDS) {
  const skip = loopSkipped("uv") || (process.platform === "linux" ? false : "SO_REUSEPORT shares connections on Linux only");
  test(`workers of node:cluster share a port by reusePort [${kind}]`, unless(skip), async () => {
    const child = await runChild(
      `import cluster from "node:cluster";
       import { once } from "node:events";
       cluster.setupPrimary({ exec: "-", execArgv: ["--input-type=module", "--eval", ${JSON.stringify(SHARED_PORT)}] });
       const answers = [];
       for (const port of [0, 1]) {
         const worker = cluster.fork({ KIND: ${JSON.stringify(kind)}, PORT: String(port === 0 ? 0 : answers[0]) });
         answers.push((await once(worker, "message"))[0]);
       }
       console.log(JSON.stringify(answers));
       for (const worker of Object.values(cluster.workers)) worker.process.kill("SIGKILL");
       process.exit();`,
    );
    assert.equal(child.stderr, "");
    const [first, second] = JSON.parse(child.stdout) as unknown[];
    assert.equal(typeof first, "number");
    assert.equal(second, first);
  });
}

for (const kind of LOOP_KINDS) {
  const skip = process.platform === "linux" ? loopSkipped(kind) : "needs a shell's ulimit";
  test(`a server survives that no descriptor is left [${kind}]`, unless(skip), async () => {
    const child = await runChild(
      `import { spawnSync } from "node:child_process";
       const { status } = spawnSync("/bin/sh", ["-c", 'ulimit -n 200; exec "$0" --input-type=module -e "$1" "$2"', process.execPath,
         ${JSON.stringify(RUN_OUT)}, ${JSON.stringify(kind)}], { stdio: "inherit", timeout: 15000 });
       process.exitCode = status ?? 1;`,
    );
    assert.equal(child.stderr, "");
    const { reports, late, after } = JSON.parse(child.stdout) as { reports: string[]; late: string; after: string };
    assert.equal(after, "after");
    if (kind === "node") return; // Node's own sockets: libuv closes connections that come until then, without a report.
    assert.deepEqual(reports, ["socket.accept() out of system resource EMFILE"]);
    assert.equal(late, "late");
  });
}
