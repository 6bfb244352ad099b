/** Which ends of a connection are resets: close() with unread data, and resets behind data. And an end on both sides does not close. */
import assert from "node:assert/strict";
import { Socket } from "node:net";
import { once } from "node:events";
import { duplexPair } from "node:stream";
import * as asyncio from "uvio";
import { eachLoop, onLoop, type LoopTest } from "../support/loops.js";
import { HalfOpenRecorder, Recorder } from "../support/protocols.js";
import { rawConnect } from "../support/raw.js";
import { folderOf } from "../support/descriptors.js";

/** A server of the test's loop, its last protocol, and a raw peer connected to it. */
async function accepted<P extends Recorder>(t: LoopTest, makeProtocol: () => P): Promise<[protocol: P, peer: Socket, asyncio.Server]> {
  const loop = asyncio.getRunningLoop();
  const made = loop.createFuture<P>();
  const factory = (): P => {
    const protocol = makeProtocol();
    protocol.made.addDoneCallback(() => made.setResult(protocol));
    return protocol;
  };
  const server = await loop.createServer(factory, "127.0.0.1", 0);
  const peer = await asyncio.wrapFuture(rawConnect(server.sockets[0]!.getsockname().port));
  t.after(() => void peer.destroy());
  return [await made, peer, server as asyncio.Server];
}

/** Returns once the loop has polled for whatever was sent before: a message has gone to a server of the same loop and back. */
async function roundTrip(): Promise<void> {
  const server = await asyncio.startServer(
    async (reader, writer) => {
      writer.write(await reader.readline());
      writer.close();
    },
    "127.0.0.1",
    0,
  );
  const [reader, writer] = await asyncio.openConnection("127.0.0.1", server.sockets[0]!.getsockname().port);
  writer.write("there and back\n");
  await reader.readline();
  writer.close();
  server.close();
}

/** Returns how the connection ends for a raw socket: "end", or the code of its error. */
function endOf(peer: Socket): Promise<string> {
  return new Promise((resolve) => {
    peer.once("end", () => resolve("end")).once("error", (error: NodeJS.ErrnoException) => resolve(error.code!));
    peer.resume();
  });
}

/** Programs of a server's side whose protocol has got "one", and the peer's end in CPython 3.13. */
const UNREAD: [name: string, program: (transport: asyncio.Transport, peer: Socket) => Promise<void>, end: string][] = [
  [
    "close() with data that came after pauseReading()",
    async (transport, peer) => {
      transport.pauseReading();
      peer.write("two");
      await roundTrip();
      transport.close();
    },
    "ECONNRESET",
  ],
  [
    "abort() with data that came after pauseReading()",
    async (transport, peer) => {
      transport.pauseReading();
      peer.write("two");
      await roundTrip();
      transport.abort();
    },
    "ECONNRESET",
  ],
  [
    "close() with unread data and an unread end",
    async (transport, peer) => {
      transport.pauseReading();
      peer.end("two");
      await roundTrip();
      transport.close();
    },
    "ECONNRESET",
  ],
  [
    "close() when everything was read before pauseReading()",
    async (transport) => {
      transport.pauseReading();
      await roundTrip();
      transport.close();
    },
    "end",
  ],
  [
    "close() when everything was read after resumeReading()",
    async (transport, peer) => {
      transport.pauseReading();
      peer.write("two");
      await roundTrip();
      transport.resumeReading();
      await (transport.getProtocol() as Recorder).received(6);
      transport.close();
    },
    "end",
  ],
];

for (const [name, program, expected] of UNREAD) {
  eachLoop(`${name}: the peer sees ${expected}`, async (t) => {
    await t.run(async () => {
      const [protocol, peer, server] = await accepted(t, () => new Recorder());
      peer.write("one");
      await protocol.received(3);
      const ended = endOf(peer);
      await program(protocol.transport, peer);
      assert.equal(await protocol.lost, null);
      assert.equal(await asyncio.wrapFuture(ended), expected);
      server.close();
    });
  });
}

eachLoop("bytes that were received but not delivered when reading was paused are unread too", async (t) => {
  await t.run(async () => {
    class Pausing extends Recorder {
      other: Recorder | null = null;

      override dataReceived(data: Buffer): void {
        super.dataReceived(data);
        this.other?.transport.pauseReading();
      }
    }
    // Both have data in the same poll, and the first pauses the second, whose data may have been read already.
    const [first, firstPeer, firstServer] = await accepted(t, () => new Pausing());
    const [second, secondPeer, secondServer] = await accepted(t, () => new Pausing());
    first.other = second;
    firstPeer.write("one");
    secondPeer.write("two");
    await first.received(3);
    await roundTrip();
    const ended = endOf(secondPeer);
    const isUnread = second.length === 0;
    second.transport.close();
    first.transport.close();
    assert.equal(await asyncio.wrapFuture(ended), isUnread ? "ECONNRESET" : "end");
    await first.lost;
    await second.lost;
    firstServer.close();
    secondServer.close();
  });
});

eachLoop("a connection whose both sides have ended stays until close()", async (t) => {
  await t.run(async () => {
    const [protocol, peer, server] = await accepted(t, () => new HalfOpenRecorder());
    const { transport } = protocol;
    const names = [transport.getExtraInfo("sockname"), transport.getExtraInfo("peername")];
    transport.write("bye");
    transport.writeEof();
    peer.resume().end();
    await protocol.ended;
    await asyncio.wrapFuture(once(peer, "close"));
    await roundTrip();
    assert.equal(transport.isClosing(), false);
    assert.deepEqual(protocol.events, ["made", "eof"]);
    assert.deepEqual([transport.getExtraInfo("sockname"), transport.getExtraInfo("peername")], names);
    transport.close();
    assert.equal(await protocol.lost, null);
    assert.deepEqual(protocol.events, ["made", "eof", "lost"]);
    assert.deepEqual([transport.getExtraInfo("sockname"), transport.getExtraInfo("peername")], names);
    server.close();
    await server.waitClosed();
  });
});

eachLoop("a Duplex whose both sides have ended stays a transport until close()", async (t) => {
  await t.run(async () => {
    const [near, far] = duplexPair();
    const [transport, protocol] = await asyncio.fromDuplex(far, () => new HalfOpenRecorder());
    transport.writeEof();
    near.resume().end();
    await protocol.ended;
    if (!near.closed) await asyncio.wrapFuture(once(near, "close"));
    await roundTrip();
    assert.deepEqual([transport.isClosing(), protocol.events], [false, ["made", "eof"]]);
    transport.close();
    assert.equal(await protocol.lost, null);
  });
});

// On the portable loop it is a regular end, because Node's libuv misses it.
onLoop("uv", "a reset right behind data is an error, not a regular end", async (t) => {
  await t.run(async () => {
    for (const makeProtocol of [() => new Recorder(), () => new HalfOpenRecorder()]) {
      const [protocol, peer, server] = await accepted(t, makeProtocol);
      peer.write("data");
      peer.resetAndDestroy();
      assert.equal(((await protocol.lost) as NodeJS.ErrnoException | null)?.code, "ECONNRESET");
      assert.deepEqual(protocol.events, ["made", "data", "lost"]);
      server.close();
    }
    const server = await asyncio.startServer(
      async (reader, writer) => {
        assert.equal(String(await reader.readexactly(4)), "data");
        await assert.rejects(async () => await reader.read(10), { code: "ECONNRESET" });
        done.setResult();
        writer.close();
      },
      "127.0.0.1",
      0,
    );
    const done = asyncio.getRunningLoop().createFuture<void>();
    const peer = await asyncio.wrapFuture(rawConnect(server.sockets[0]!.getsockname().port));
    peer.write("data");
    peer.resetAndDestroy();
    await done;
    server.close();
  });
});

onLoop("uv", "a Unix peer that closes with unread data right behind its own is an error too", async (t) => {
  await t.run(async () => {
    const path = `${folderOf(t)}/socket`;
    const protocol = new Recorder();
    const server = await asyncio.getRunningLoop().createUnixServer(() => protocol, path);
    const peer = new Socket().pause(); // Otherwise Node reads ahead.
    peer.connect(path);
    const transport = await protocol.made;
    transport.write("unread");
    await roundTrip();
    peer.write("data");
    peer.destroy();
    assert.equal(((await protocol.lost) as NodeJS.ErrnoException | null)?.code, "ECONNRESET");
    assert.deepEqual(protocol.events, ["made", "data", "lost"]);
    server.close();
  });
});
