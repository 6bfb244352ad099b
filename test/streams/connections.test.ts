/** Streams over loopback. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { MessageChannel } from "node:worker_threads";
import * as asyncio from "uvio";
import { eachLoop } from "../support/loops.js";
import { pattern } from "../support/protocols.js";
import { rawConnect, rawServer, readAll } from "../support/raw.js";

async function serve(
  handler: asyncio.ClientConnected,
  options: asyncio.StreamOptions = {},
): Promise<[Awaited<ReturnType<typeof asyncio.startServer>>, number]> {
  const server = await asyncio.startServer(handler, "127.0.0.1", 0, options);
  return [server, server.sockets[0]!.getsockname().port];
}

const generatorEcho = asyncio.coroutine(function* (reader: asyncio.StreamReader, writer: asyncio.StreamWriter) {
  for (;;) {
    const line = yield* reader.readline();
    if (line.length === 0) break;
    writer.write(line);
    yield* writer.drain();
  }
  writer.close();
  yield* writer.waitClosed();
});

const asyncEcho = async (reader: asyncio.StreamReader, writer: asyncio.StreamWriter): Promise<void> => {
  for await (const line of reader) {
    writer.write(line);
    await writer.drain();
  }
  writer.close();
  await writer.waitClosed();
};

for (const [spelling, echo] of [
  ["generator", generatorEcho],
  ["async", asyncEcho],
] as const) {
  eachLoop(`an echo of lines over streams, ${spelling}`, async (t) => {
    await t.run(async () => {
      const [server, port] = await serve(echo);
      const clients = Array.from({ length: 10 }, (_, i) => async () => {
        const [reader, writer] = await asyncio.openConnection("127.0.0.1", port);
        for (let n = 0; n < 50; n++) {
          writer.write(`${i}.${n}\n`);
          if (n % 3 === 0) await writer.drain();
          assert.equal((await reader.readline()).toString(), `${i}.${n}\n`);
        }
        writer.writeEof();
        assert.equal((await reader.read()).length, 0);
        assert.equal(reader.atEof(), true);
        writer.close();
        await writer.waitClosed();
      });
      await asyncio.gather(...clients);
      server.close();
      await server.waitClosed();
    });
  });
}

eachLoop("drain waits for a slow peer, in every task that drains", async (t) => {
  await t.run(async () => {
    const server = await rawServer();
    const [, writer] = await asyncio.openConnection("127.0.0.1", server.port);
    const socket = await server.accept();
    await writer.drain();
    const block = pattern(1 << 20);
    let sent = 0;
    while (writer.transport.getWriteBufferSize() <= 1 << 20) {
      writer.write(block);
      sent += block.length;
    }
    const drains = [asyncio.createTask(async () => await writer.drain()), asyncio.createTask(async () => await writer.drain())];
    for (let i = 0; i < 10; i++) await asyncio.sleep(0);
    assert.deepEqual(
      drains.map((drain) => drain.done()),
      [false, false],
    );
    const received = readAll(socket, sent);
    await asyncio.gather(...drains);
    assert.ok(writer.transport.getWriteBufferSize() <= 65_536);
    assert.equal((await received).length, sent);
    writer.close();
    await writer.waitClosed();
    await server.close();
  });
});

eachLoop("a reader that does not read holds its peer back, and loses nothing", async (t) => {
  const bytes = pattern(8 << 20);
  await t.run(async () => {
    const server = await rawServer();
    const [reader, writer] = await asyncio.openConnection("127.0.0.1", server.port, { limit: 1000 });
    const socket = await server.accept();
    socket.write(bytes);
    assert.equal((await reader.readexactly(10)).equals(bytes.subarray(0, 10)), true);
    while (writer.transport.isReading()) await asyncio.sleep(0.0005);
    assert.ok(socket.writableLength > 0);
    let read = 10;
    while (read < bytes.length) {
      const block = await reader.read(50_000);
      assert.ok(block.equals(bytes.subarray(read, read + block.length)));
      read += block.length;
    }
    writer.close();
    await writer.waitClosed();
    await server.close();
  });
});

eachLoop("a connection that is reset fails reads, drains and waitClosed with ECONNRESET", async (t) => {
  await t.run(async () => {
    const server = await rawServer();
    const [reader, writer] = await asyncio.openConnection("127.0.0.1", server.port);
    const reading = asyncio.createTask(async () => await reader.read());
    await asyncio.sleep(0);
    (await server.accept()).resetAndDestroy();
    await assert.rejects(async () => await reading, { code: "ECONNRESET" });
    await assert.rejects(async () => await reader.readline(), { code: "ECONNRESET" });
    await assert.rejects(async () => await writer.drain(), { code: "ECONNRESET" });
    await assert.rejects(async () => await writer.waitClosed(), { code: "ECONNRESET" });
    assert.equal(writer.isClosing(), true);
    await server.close();
  });
});

eachLoop("drain fails when the connection was aborted, but not for those who wait already", async (t) => {
  await t.run(async () => {
    const server = await rawServer();
    const [, writer] = await asyncio.openConnection("127.0.0.1", server.port);
    await server.accept();
    writer.write(Buffer.alloc(32 << 20));
    const waiting = [
      asyncio.createTask(async () => await writer.drain()),
      asyncio.createTask(function* () {
        yield* writer.drain();
      }),
    ];
    await asyncio.sleep(0);
    assert.deepEqual(
      waiting.map((task) => task.done()),
      [false, false],
    );
    writer.transport.abort();
    assert.deepEqual(await asyncio.gather(...waiting), [undefined, undefined]); // CPython 3.13: None.
    await assert.rejects(async () => await writer.drain(), { code: "ECONNRESET" });
    await writer.waitClosed();
    await server.close();
  });
});

eachLoop("drain fails for those who wait if the connection ends with an error", async (t) => {
  await t.run(async () => {
    const server = await rawServer();
    const [, writer] = await asyncio.openConnection("127.0.0.1", server.port);
    const peer = await server.accept();
    writer.write(Buffer.alloc(32 << 20));
    const waiting = asyncio.createTask(async () => await writer.drain());
    await asyncio.sleep(0);
    peer.resetAndDestroy();
    await assert.rejects(
      async () => await waiting,
      (error: NodeJS.ErrnoException) => /^(ECONNRESET|EPIPE)$/.test(error.code!),
    );
    await server.close();
  });
});

eachLoop("a Writable over an aborted connection reports the data that was dropped", async (t) => {
  await t.run(async () => {
    const server = await rawServer();
    const [, writer] = await asyncio.openConnection("127.0.0.1", server.port);
    await server.accept();
    const writable = writer.toWritable();
    const events: string[] = [];
    writable.on("finish", () => events.push("finish")).on("error", (error: NodeJS.ErrnoException) => events.push(error.code!));
    writable.end(Buffer.alloc(32 << 20));
    await asyncio.sleep(0);
    writer.transport.abort();
    await asyncio.wrapFuture(once(writable, "close").catch(() => {}));
    assert.deepEqual(events, ["ECONNRESET"]);
    await server.close();
  });
});

eachLoop("a handler that throws is reported, and its connection closed", async (t) => {
  await t.run(async () => {
    const [server, port] = await serve(async () => {
      throw new Error("of the handler");
    });
    const socket = await rawConnect(port);
    assert.equal((await readAll(socket)).length, 0);
    socket.destroy();
    const report = t.takeReport();
    assert.equal((report.exception as Error).message, "of the handler");
    assert.match(report.message, /^Unhandled exception in client_connected_cb/);
    server.close();
    await server.waitClosed();
  });
});

eachLoop("a handler that is cancelled closes its connection without a report", async (t) => {
  await t.run(async () => {
    const started = asyncio.getRunningLoop().createFuture<() => void>(); // Not the task: a future of a task would await that too.
    const [server, port] = await serve(async (reader) => {
      const task = asyncio.currentTask()!;
      started.setResult(() => void task.cancel());
      await reader.read();
    });
    const socket = await rawConnect(port);
    (await started)();
    assert.equal((await readAll(socket)).length, 0);
    socket.destroy();
    server.close();
    await server.waitClosed();
  });
});

eachLoop("a writer knows its peer, writes lists, and ends with asyncDispose", async (t) => {
  await t.run(async () => {
    const server = await rawServer();
    const [, writer] = await asyncio.openConnection("127.0.0.1", server.port);
    const socket = await server.accept();
    assert.deepEqual(writer.getExtraInfo("peername"), { address: "127.0.0.1", port: server.port, family: "IPv4" });
    assert.equal(writer.canWriteEof(), true);
    writer.writelines(["a", Buffer.from("b"), "c"]);
    await writer[Symbol.asyncDispose]();
    assert.equal(writer.isClosing(), true);
    assert.equal((await readAll(socket)).toString(), "abc");
    await server.close();
  });
});

eachLoop("lines over the limit fail the reader of a connection", async (t) => {
  await t.run(async () => {
    const result = asyncio.getRunningLoop().createFuture<unknown>();
    const [server, port] = await serve(
      async (reader, writer) => {
        try {
          await reader.readline();
        } catch (error) {
          result.setResult(error);
        }
        writer.close();
      },
      { limit: 100 },
    );
    const socket = await rawConnect(port);
    socket.write(Buffer.alloc(150));
    assert.ok((await result) instanceof asyncio.ValueError);
    socket.destroy();
    server.close();
    await server.waitClosed();
  });
});

eachLoop("a client that disconnects in the middle of a message gives IncompleteReadError", async (t) => {
  await t.run(async () => {
    const result = asyncio.getRunningLoop().createFuture<unknown>();
    const [server, port] = await serve(async (reader, writer) => {
      try {
        await reader.readexactly(100);
      } catch (error) {
        result.setResult(error);
      }
      writer.close();
    });
    const socket = await rawConnect(port);
    socket.end("half of it");
    const error = await result;
    assert.ok(error instanceof asyncio.IncompleteReadError);
    assert.equal(error.partial.toString(), "half of it");
    socket.resume();
    await once(socket, "close");
    server.close();
    await server.waitClosed();
  });
});

eachLoop("giving away the memory of a received message does not empty those of other connections", async (t) => {
  await t.run(async () => {
    const kept: Buffer[] = [];
    const { port1, port2 } = new MessageChannel();
    const [server, port] = await serve(async (reader, writer) => {
      kept.push(await reader.readline());
      writer.close();
    });
    for (let client = 0; client < 3; client++) {
      const [reader, writer] = await asyncio.openConnection("127.0.0.1", port);
      writer.write(`client ${client}\n`);
      await reader.read(); // Until the handler has closed.
      writer.close();
    }
    try {
      port1.postMessage(kept[1], [kept[1]!.buffer as ArrayBuffer]); // Node 20 copies.
    } catch (error) {
      assert.equal((error as Error).name, "DataCloneError");
    }
    assert.deepEqual(kept.map(String), ["client 0\n", "client 1\n", "client 2\n"]);
    port1.close();
    port2.close();
    server.close();
    await server.waitClosed();
  });
});

eachLoop("large reads stay as they were, whatever is received later", async (t) => {
  await t.run(async () => {
    const size = 150_000;
    const kept: Buffer[] = [];
    const [server, port] = await serve(async (reader, writer) => {
      for (let data = await reader.read(size); data.length > 0; data = await reader.read(size)) kept.push(data);
      writer.close();
    });
    const expected = pattern(100 * size);
    const [reader, writer] = await asyncio.openConnection("127.0.0.1", port);
    for (let offset = 0; offset < expected.length; offset += size) await writer.send(expected.subarray(offset, offset + size));
    writer.writeEof();
    await reader.read();
    assert.ok(Buffer.concat(kept).equals(expected), `${kept.length} reads`);
    writer.close();
    server.close();
    await server.waitClosed();
  });
});
