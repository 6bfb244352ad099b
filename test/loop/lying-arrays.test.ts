/** The bytes of an array are sent, filled and counted, whatever its properties say: other memory belongs to other connections. */
import assert from "node:assert/strict";
import { test } from "vitest";
import * as asyncio from "uvio";
import { detach, WAYS_TO_DETACH } from "../native/support/detach.js";
import { FAKES, LIES } from "../support/lying-arrays.js";
import { eachLoop, onLoop } from "../support/loops.js";
import { connectPair, Echo, pattern, Recorder } from "../support/protocols.js";

const SECRET = "secret".repeat(500);
const TRUE = Buffer.from("the bytes that it has");

class Datagrams extends asyncio.DatagramProtocol {
  override datagramReceived(_data: Buffer): void {}
}

/** A connection to a server that echoes, and a function that closes both. */
async function echoed(): Promise<[asyncio.StreamReader, asyncio.StreamWriter, () => Promise<void>]> {
  const server = await asyncio.getRunningLoop().createServer(() => new Echo(), "127.0.0.1", 0);
  const [reader, writer] = await asyncio.openConnection("127.0.0.1", server.sockets[0]!.getsockname().port);
  return [
    reader,
    writer,
    async () => {
      server.close();
      writer.close();
      await writer.waitClosed();
      await server.waitClosed();
    },
  ];
}

eachLoop("write(), writelines() and a StreamWriter send the bytes that a lying array has", async (t) => {
  await t.run(async () => {
    for (const [what, lie] of Object.entries(LIES)) {
      for (const size of [TRUE.length, 20_000]) {
        const bytes = size === TRUE.length ? TRUE : pattern(size);
        const [reader, writer, close] = await echoed();
        const other = await connectPair(
          () => new Recorder(),
          () => new Recorder(),
        );
        other.client.transport.write(SECRET); // Its bytes stand in the memory that is used next.
        await other.peer.received(SECRET.length);
        writer.write(lie(bytes));
        writer.writelines([lie(bytes), "|", lie(bytes)]);
        writer.transport.write(lie(bytes));
        writer.writeEof();
        const expected = Buffer.concat([bytes, bytes, Buffer.from("|"), bytes, bytes]);
        assert.ok((await reader.readexactly(expected.length)).equals(expected), what);
        assert.equal(writer.transport.getWriteBufferSize(), 0, what);
        await other.close();
        await close();
      }
    }
  });
});

eachLoop("sendto() sends the bytes that a lying array has", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    let got: asyncio.Future<Buffer>;
    class Receiver extends Datagrams {
      override datagramReceived(data: Buffer): void {
        got.setResult(data);
      }
    }
    const [server] = await loop.createDatagramEndpoint(() => new Receiver(), { localAddr: { address: "127.0.0.1", port: 0 } });
    const address = server.getExtraInfo("sockname") as asyncio.Address;
    const [client] = await loop.createDatagramEndpoint(() => new Datagrams(), { localAddr: { address: "127.0.0.1", port: 0 } });
    for (const [what, lie] of Object.entries(LIES)) {
      got = loop.createFuture();
      client.sendto(lie(TRUE), address);
      assert.equal(String(await got), String(TRUE), what);
    }
    client.close();
    server.close();
    await asyncio.sleep(0);
  });
});

eachLoop("getBuffer() that returns a lying array receives as many bytes as that has", async (t) => {
  await t.run(async () => {
    for (const [what, lie] of Object.entries(LIES)) {
      const room = 16;
      const got: Buffer[] = [];
      const counts = new Set<number>();
      let array: Uint8Array;
      const done = asyncio.getRunningLoop().createFuture<void>();
      class Buffered extends Recorder {
        getBuffer(): Uint8Array {
          return (array = lie(new Uint8Array(room)));
        }
        bufferUpdated(count: number): void {
          counts.add(count);
          got.push(Buffer.from(Array.from({ length: count }, (_, i) => array[i]!)));
          if (Buffer.concat(got).length === 64) done.setResult();
        }
      }
      const pair = await connectPair(
        () => new Recorder(),
        () => new Buffered(),
      );
      pair.transport.write(pattern(64));
      await done;
      assert.deepEqual([...counts], [room], what);
      assert.ok(Buffer.concat(got).equals(pattern(64)), what);
      await pair.close();
    }
  });
});

eachLoop("values that only look like a Uint8Array are refused by name", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const [reader, writer, close] = await echoed();
    const [datagrams] = await loop.createDatagramEndpoint(() => new Datagrams(), { remoteAddr: { address: "127.0.0.1", port: 9 } });
    for (const [what, fake] of Object.entries(FAKES)) {
      const value = fake() as Uint8Array;
      const refused = (name: string, call: () => unknown): void =>
        assert.throws(call, (error: Error) => error instanceof TypeError && error.message.startsWith(`${name} must be a Uint8Array`), what);
      refused("data", () => writer.write(value));
      refused("data", () => writer.transport.write(value));
      refused("data", () => writer.writelines(["x", value]));
      refused("data", () => datagrams.sendto(value));
      refused("data", () => reader.feedData(value));
      refused("separator", () => reader.readuntil(value));
      if (t.kind === "node") continue; // It has no sockets.
      refused("data", () => loop.sockSendall({} as asyncio.SocketObject, value));
      refused("buffer", () => loop.sockRecvInto({} as asyncio.SocketObject, value));
      refused("buffer", () => loop.sockRecvfromInto({} as asyncio.SocketObject, value));
    }
    writer.write("ok");
    assert.equal(String(await reader.readexactly(FAKES_WRITTEN.length + 2)), `${FAKES_WRITTEN}ok`);
    datagrams.close();
    await close();
  });
});

/** writelines() sends what stands before the value that it refuses. */
const FAKES_WRITTEN = "x".repeat(Object.keys(FAKES).length);

eachLoop("getBuffer() that returns what only looks like a Uint8Array fails its own connection", async (t) => {
  await t.run(async () => {
    for (const [what, fake] of Object.entries(FAKES)) {
      class Buffered extends Recorder {
        getBuffer(): Uint8Array {
          return fake() as Uint8Array;
        }
        bufferUpdated(): never {
          throw new Error("nothing was received");
        }
      }
      const pair = await connectPair(
        () => new Recorder(),
        () => new Buffered(),
      );
      pair.transport.write("data");
      const error = await pair.peer.lost;
      assert.ok(error instanceof TypeError && error.message.startsWith("getBuffer() must return a Uint8Array, got"), what);
      assert.equal(t.takeReport().exception, error);
      pair.server.close();
      pair.transport.abort();
      await pair.server.waitClosed();
    }
  });
});

test("a StreamReader takes the bytes that a lying array has", async () => {
  await asyncio.run(async () => {
    for (const [what, lie] of Object.entries(LIES)) {
      const reader = new asyncio.StreamReader();
      reader.feedData(lie(TRUE));
      reader.feedData(lie(Buffer.from("\r\nrest")));
      reader.feedEof();
      assert.equal(String(await reader.readuntil(lie(Buffer.from("\r\n")))), `${TRUE.toString()}\r\n`, what);
      assert.equal(String(await reader.read()), "rest", what);
    }
  });
});

test("a part of a large message cannot be given away with the rest, which is not read yet", async () => {
  await asyncio.run(async () => {
    const reader = new asyncio.StreamReader();
    reader.feedData(pattern(40_000));
    const part = await reader.read(100);
    for (const way of WAYS_TO_DETACH) if (!way.startsWith("transfer")) detach(part.buffer as ArrayBuffer, way);
    assert.equal(part.length, 100);
    assert.ok(Buffer.concat([part, await reader.readexactly(39_900)]).equals(pattern(40_000)));
  });
});

onLoop("uv", "the methods of sockets send, receive and set the bytes that a lying array has", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const [left, right] = asyncio.Socket.socketpair("unix", "stream");
    for (const [what, lie] of Object.entries(LIES)) {
      await loop.sockSendall(left, lie(TRUE));
      assert.equal(String(right.recv(5000)), String(TRUE), what);
      assert.equal(left.send(lie(TRUE)), TRUE.length, what);
      const into = lie(new Uint8Array(4));
      assert.equal(await loop.sockRecvInto(right, into), 4, what);
      assert.deepEqual([into[0], into[3]], [TRUE[0], TRUE[3]], what);
      const [count] = await loop.sockRecvfromInto(right, lie(new Uint8Array(8)), 5);
      assert.equal(count, 5, what);
      await assert.rejects(async () => await loop.sockRecvfromInto(right, lie(new Uint8Array(8)), 9), /buffer's 8 bytes, got 9/, what);
      assert.equal(right.recv(5000).length, TRUE.length - 9, what);
      left.setsockopt("SOL_SOCKET", "SO_KEEPALIVE", lie(new Uint8Array([1, 0, 0, 0])));
    }
    assert.equal(left.getsockopt("SOL_SOCKET", "SO_KEEPALIVE"), 1);
    assert.throws(() => left.send(FAKES["a proxy of a Buffer"]!() as Buffer), /data must be a Uint8Array or a string, got a Proxy/);
    left.close();
    right.close();
  });
});

onLoop("uv", "sockSendall() says how much was sent if the memory is taken away in between", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const [left, right] = asyncio.Socket.socketpair("unix", "stream");
    const bytes = new Uint8Array(8 << 20);
    const sending = asyncio.createTask(loop.sockSendall(left, bytes));
    await asyncio.sleep(0);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    assert.ok((await loop.sockRecv(right, 1 << 20)).length > 0); // There is room again: it goes on.
    await assert.rejects(
      async () => await sending,
      /^ValueError: data was taken away while it was being sent: [1-9]\d* of 8388608 bytes were sent$/,
    );
    left.close();
    right.close();
  });
});
