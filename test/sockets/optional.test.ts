/** Arguments that are undefined, null or left out mean the same, as None and a missing argument do in asyncio. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { folderOf } from "../support/descriptors.js";
import { DatagramRecorder } from "../support/datagrams.js";
import { eachLoop, uvSkipped, type LoopTest } from "../support/loops.js";
import { Recorder } from "../support/protocols.js";
import { bound, pair } from "./support.js";

const recorder = (): Recorder => new Recorder();
const NONE = [null, undefined];

const withSockets = (name: string, body: (t: LoopTest) => Promise<void>): void => eachLoop(name, body, { skip: uvSkipped });

withSockets("host, port and path beside sock may be null or undefined", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    for (const none of NONE) {
      const server = await loop.createServer(recorder, none, none, { sock: bound(t) });
      server.close();
      const streams = await asyncio.startServer(() => {}, none, none, { sock: bound(t) });
      streams.close();
      const [left, right] = pair(t);
      const [transport, protocol] = await loop.createConnection(recorder, none, none, { sock: left });
      transport.abort();
      await protocol.lost;
      const [, writer] = await asyncio.openConnection(none, none, { sock: right });
      writer.close();
      await writer.waitClosed();
      const [one, other] = pair(t);
      const [unix, unixProtocol] = await loop.createUnixConnection(recorder, none, { sock: one });
      unix.abort();
      await unixProtocol.lost;
      const [, unixWriter] = await asyncio.openUnixConnection(none, { sock: other });
      unixWriter.close();
      await unixWriter.waitClosed();
    }
  });
});

eachLoop("sock may be null or undefined beside an address", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    for (const none of NONE) {
      const server = await loop.createServer(recorder, "127.0.0.1", none, { sock: none });
      const { port } = server.sockets[0]!.getsockname();
      const [, writer] = await asyncio.openConnection("127.0.0.1", port, { sock: none });
      writer.close();
      await writer.waitClosed();
      server.close();
      const path = `${folderOf(t)}/${String(none)}`;
      const unix = await asyncio.startUnixServer(() => {}, path, { sock: none });
      const [, unixWriter] = await asyncio.openUnixConnection(path, { sock: none });
      unixWriter.close();
      unix.close();
    }
  });
});

eachLoop("options that are null or undefined have their default", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    for (const none of NONE) {
      const server = await loop.createServer(recorder, "127.0.0.1", 0, {
        family: none,
        flags: none,
        backlog: none,
        reuseAddress: none,
        reusePort: none,
        keepAlive: none,
        startServing: none,
        maxConnections: none,
        ssl: none,
        sslHandshakeTimeout: none,
        sslShutdownTimeout: none,
      });
      const { port } = server.sockets[0]!.getsockname();
      const [transport, protocol] = await loop.createConnection(recorder, "127.0.0.1", port, {
        localAddr: none,
        family: none,
        proto: none,
        flags: none,
        happyEyeballsDelay: none,
        interleave: none,
        allErrors: none,
        ssl: none,
        serverHostname: none,
        sock: none,
      });
      transport.abort();
      await protocol.lost;
      server.close();
      const path = `${folderOf(t)}/${String(none)}`;
      const unix = await loop.createUnixServer(recorder, path, { backlog: none, cleanupSocket: none, startServing: none, ssl: none });
      const [unixTransport, unixProtocol] = await loop.createUnixConnection(recorder, path, { ssl: none, serverHostname: none });
      unixTransport.abort();
      await unixProtocol.lost;
      unix.close();
      const [datagrams] = await loop.createDatagramEndpoint(() => new DatagramRecorder(), {
        localAddr: { address: "127.0.0.1", port: 0 },
        remoteAddr: none,
        family: none,
        proto: none,
        flags: none,
        reusePort: none,
        allowBroadcast: none,
        sock: none,
      });
      datagrams.close();
      assert.deepEqual(await loop.getaddrinfo("127.0.0.1", none, { family: none, type: none, proto: none, flags: none }), [
        { address: "127.0.0.1", port: 0, family: "IPv4" },
      ]);
    }
  });
});

withSockets("a shared datagram port has SO_REUSEPORT only: with SO_REUSEADDR any program could take it over", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const option = (transport: asyncio.DatagramTransport, name: string): number =>
      transport.getExtraInfo("socket")!.getsockopt("SOL_SOCKET", name);
    const localAddr = { address: "127.0.0.1", port: 0 };
    const [shared] = await loop.createDatagramEndpoint(() => new DatagramRecorder(), { localAddr, reusePort: true });
    assert.deepEqual([option(shared, "SO_REUSEADDR"), option(shared, "SO_REUSEPORT")], [0, 1]); // As CPython 3.13.
    shared.close();
    for (const reuse of [false, true]) {
      const sock = new asyncio.Socket("IPv4", "dgram");
      sock.setsockopt("SOL_SOCKET", "SO_REUSEADDR", reuse);
      sock.bind(localAddr);
      const [given] = await loop.createDatagramEndpoint(() => new DatagramRecorder(), { sock });
      assert.equal(option(given, "SO_REUSEADDR"), Number(reuse), "the program's own choice stays");
      given.close();
    }
  });
});
