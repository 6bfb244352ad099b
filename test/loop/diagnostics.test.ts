/** The messages that transports and servers publish by node:diagnostics_channel. */
import assert from "node:assert/strict";
import diagnostics from "node:diagnostics_channel";
import { once } from "node:events";
import { duplexPair } from "node:stream";
import * as asyncio from "uvio";
import { ca, local, opensslSkipped } from "../support/certificates.js";
import { eachLoop, type LoopTest } from "../support/loops.js";
import { connectPair, Recorder } from "../support/protocols.js";
import { rawConnect, rawServer } from "../support/raw.js";

type Told = [what: string, message: Record<string, unknown>];

/** Records every message that is published from now on until the test ends. */
function listen(t: LoopTest): Told[] {
  const told: Told[] = [];
  for (const what of ["connection:made", "connection:lost", "server:listening", "server:close"]) {
    const listener = (message: unknown): void => void told.push([what, message as Record<string, unknown>]);
    diagnostics.subscribe(`uvio:${what}`, listener);
    t.after(() => void diagnostics.unsubscribe(`uvio:${what}`, listener));
  }
  return told;
}

const names = (told: Told[]): string[] => told.map(([what]) => what);
const both = (): [() => Recorder, () => Recorder] => [() => new Recorder(), () => new Recorder()];

eachLoop("connections and servers are told of, from beginning to end", async (t) => {
  const told = listen(t);
  await t.run(async () => {
    const { server, client, transport, peer, close } = await connectPair(...both());
    while (told.length < 3) await asyncio.sleep(0);
    assert.deepEqual(told[0], ["server:listening", { server }]);
    const made = told.slice(1).map(([, message]) => message);
    assert.ok(made.some((message) => message["transport"] === transport && message["protocol"] === client && message["server"] === null));
    assert.ok(made.some((message) => message["protocol"] === peer && message["server"] === server));
    await close();
    assert.deepEqual(names(told), [
      ...["server:listening", "connection:made", "connection:made"],
      ...["server:close", "connection:lost", "connection:lost"],
    ]);
    assert.equal(told[3]![1]["server"], server);
    assert.deepEqual(told[4]![1], { transport, protocol: client, server: null, error: null });
    assert.equal(told[5]![1]["server"], server);
  });
});

eachLoop("a connection is told of after connectionMade and before connectionLost, with its error", async (t) => {
  const told = listen(t);
  await t.run(async () => {
    const raw = await rawServer();
    const events: string[] = [];
    class Watched extends Recorder {
      override connectionMade(transport: asyncio.Transport): void {
        events.push(...names(told), "connectionMade");
        super.connectionMade(transport);
      }
      override connectionLost(error: Error | null): void {
        events.push(...names(told), "connectionLost");
        super.connectionLost(error);
      }
    }
    const [, client] = await asyncio.getRunningLoop().createConnection(() => new Watched(), "127.0.0.1", raw.port);
    (await raw.accept()).resetAndDestroy();
    const error = await client.lost;
    assert.equal((error as NodeJS.ErrnoException).code, "ECONNRESET");
    assert.deepEqual(events, ["connectionMade", "connection:made", "connection:lost", "connectionLost"]);
    assert.equal(told[1]![1]["error"], error);
    await raw.close();
  });
});

eachLoop("datagram endpoints, pipes and Duplexes are connections too", async (t) => {
  const told = listen(t);
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const lost = loop.createFuture<void>();
    class Datagrams extends asyncio.DatagramProtocol {
      override connectionLost(): void {
        lost.setResult();
      }
    }
    const [endpoint] = await loop.createDatagramEndpoint(() => new Datagrams(), { localAddr: { address: "127.0.0.1", port: 0 } });
    endpoint.close();
    await lost;
    const [near] = duplexPair();
    const [transport, client] = await asyncio.fromDuplex(near, () => new Recorder());
    transport.abort();
    await client.lost;
    assert.deepEqual(names(told), ["connection:made", "connection:lost", "connection:made", "connection:lost"]);
    assert.equal(told[1]![1]["transport"], endpoint);
    assert.equal(told[3]![1]["transport"], transport);
    const before = told.length;
    await (await asyncio.createSubprocessExec("true", { stdout: asyncio.subprocess.PIPE })).wait();
    assert.deepEqual(names(told.slice(before)), ["connection:made", "connection:lost"]);
  });
});

eachLoop(
  "TLS is told of when its handshake is over, and not at all if it fails",
  async (t) => {
    const told = listen(t);
    await t.run(async () => {
      const { key, cert } = local();
      const failing = await asyncio.getRunningLoop().createServer(both()[0], "127.0.0.1", 0, { ssl: { key, cert } });
      const socket = await asyncio.wrapFuture(rawConnect(failing.sockets[0]!.getsockname().port));
      const gone = once(socket.resume(), "close");
      socket.end("no handshake");
      await asyncio.wrapFuture(gone);
      failing.close();
      await failing.waitClosed();
      assert.deepEqual(names(told), ["server:listening", "server:close"]);

      const { transport, client, peer, close } = await connectPair(...both(), { ssl: { key, cert } }, { ssl: { ca } });
      while (told.length < 5) await asyncio.sleep(0);
      await close();
      const of = (channel: string): unknown[] => told.filter(([what]) => what === channel).map(([, message]) => message["protocol"]);
      assert.deepEqual(new Set(of("connection:made")), new Set([client, peer]));
      assert.deepEqual(new Set(of("connection:lost")), new Set([client, peer]));
      assert.ok(told.some(([, message]) => message["transport"] === transport));
    });
  },
  { skip: opensslSkipped },
);

eachLoop("a subscriber that throws ends neither the connection nor the loop", async (t) => {
  const uncaught: unknown[] = [];
  const onUncaught = (error: unknown): void => void uncaught.push(error);
  const broken = (): never => {
    throw new Error("broken subscriber");
  };
  // Only for this test: the test runner would take the exception for the test's own.
  const others = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException").on("uncaughtException", onUncaught);
  diagnostics.subscribe("uvio:connection:made", broken);
  t.after(() => {
    diagnostics.unsubscribe("uvio:connection:made", broken);
    process.removeAllListeners("uncaughtException");
    for (const other of others) process.on("uncaughtException", other);
  });
  await t.run(async () => {
    const { transport, peer, close } = await connectPair(...both());
    transport.write("still there");
    await peer.received(11);
    while (uncaught.length < 2) await asyncio.sleep(0);
    assert.deepEqual(uncaught.map(String), ["Error: broken subscriber", "Error: broken subscriber"]);
    await close();
  });
});
