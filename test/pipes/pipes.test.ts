/** connectReadPipe and connectWritePipe, on both loops. */
import assert from "node:assert/strict";
import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import { open } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import path from "node:path";
import { once } from "node:events";
import * as asyncio from "uvio";
import { eachLoop, type LoopTest } from "../support/loops.js";
import { folderOf, isOpen, makeFifo, openDescriptors, openedSince } from "../support/descriptors.js";
import { pattern, Recorder } from "../support/protocols.js";

/** Both ends of a FIFO, as descriptors: opened so that neither waits for the other. */
function fifoEnds(t: LoopTest): { reading: number; writing: number } {
  const name = makeFifo(t);
  const reading = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
  return { reading, writing: openSync(name, constants.O_WRONLY | constants.O_NONBLOCK) };
}

function readAvailable(fd: number): Buffer {
  const buffer = Buffer.alloc(1 << 20);
  return buffer.subarray(0, readSync(fd, buffer));
}

eachLoop("a read pipe delivers what is written, then the end, and closes its descriptor", async (t) => {
  const { reading, writing } = fifoEnds(t);
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const [transport, protocol] = await loop.connectReadPipe(() => new Recorder(), reading);
    assert.equal(transport.getExtraInfo("pipe"), reading);
    writeSync(writing, "1");
    await protocol.received(1);
    writeSync(writing, "2345");
    await protocol.received(5);
    assert.equal(String(protocol.data()), "12345");
    closeSync(writing);
    assert.equal(await protocol.lost, null);
    assert.deepEqual(protocol.events, ["made", "data", "eof", "lost"]);
    await asyncio.sleep(0);
  });
  assert.equal(isOpen(reading), false);
});

eachLoop("a read pipe closes at the end even if eofReceived asks to keep it open", async (t) => {
  const { reading, writing } = fifoEnds(t);
  await t.run(async () => {
    class Keep extends Recorder {
      override eofReceived(): boolean {
        super.eofReceived();
        return true;
      }
    }
    const [, protocol] = await asyncio.getRunningLoop().connectReadPipe(() => new Keep(), reading);
    closeSync(writing);
    assert.equal(await protocol.lost, null);
    assert.deepEqual(protocol.events, ["made", "eof", "lost"]);
  });
});

eachLoop("a paused read pipe delivers nothing until it is resumed", async (t) => {
  const { reading, writing } = fifoEnds(t);
  await t.run(async () => {
    const [transport, protocol] = await asyncio.getRunningLoop().connectReadPipe(() => new Recorder(), reading);
    transport.pauseReading();
    assert.equal(transport.isReading(), false);
    writeSync(writing, "held");
    for (let i = 0; i < 20; i++) await asyncio.sleep(0.001); // Turns in which it would have come.
    assert.equal(protocol.length, 0);
    transport.resumeReading();
    await protocol.received(4);
    transport.close();
    assert.equal(await protocol.lost, null);
  });
  closeSync(writing);
});

eachLoop("a pipe feeds a stream reader", async (t) => {
  const { reading, writing } = fifoEnds(t);
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const reader = new asyncio.StreamReader();
    await loop.connectReadPipe(() => new asyncio.StreamReaderProtocol(reader, null, loop), reading);
    writeSync(writing, "one\ntwo\n");
    closeSync(writing);
    const lines: string[] = [];
    for await (const line of reader) lines.push(String(line));
    assert.deepEqual(lines, ["one\n", "two\n"]);
  });
});

eachLoop("a write pipe writes and, when it is closed, ends what its reader reads", async (t) => {
  const { reading, writing } = fifoEnds(t);
  await t.run(async () => {
    const [transport, protocol] = await asyncio.getRunningLoop().connectWritePipe(() => new Recorder(), writing);
    assert.equal(transport.canWriteEof(), true);
    transport.write("1");
    transport.writelines(["23", Buffer.from("45")]);
    await until(() => transport.getWriteBufferSize() === 0);
    assert.equal(String(readAvailable(reading)), "12345");
    transport.writeEof();
    assert.equal(transport.isClosing(), true);
    assert.equal(await protocol.lost, null);
    await until(() => readAvailable(reading).length === 0); // The end.
  });
  closeSync(reading);
});

eachLoop("a full pipe pauses its writer, and all arrives", async (t) => {
  const { reading, writing } = fifoEnds(t);
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const [transport, writer] = await loop.connectWritePipe(() => new Recorder(), writing);
    const sent = pattern(1_000_000);
    transport.write(sent);
    assert.deepEqual(writer.events, ["made", "pauseWriting"]);
    assert.ok(transport.getWriteBufferSize() > 0);
    transport.close(); // Only after what is buffered.
    const [, reader] = await loop.connectReadPipe(() => new Recorder(), reading);
    assert.equal(await reader.lost, null);
    assert.deepEqual(reader.data(), sent);
    assert.equal(await writer.lost, null);
    assert.equal(writer.events.at(-1), "lost");
  });
});

eachLoop("writing to a pipe that nobody reads loses the connection to EPIPE", async (t) => {
  const { reading, writing } = fifoEnds(t);
  await t.run(async () => {
    const [transport, protocol] = await asyncio.getRunningLoop().connectWritePipe(() => new Recorder(), writing);
    closeSync(reading);
    transport.write("lost");
    const error = (await protocol.lost) as NodeJS.ErrnoException | null;
    // The native loop may have noticed before it has written.
    assert.ok(error === null || error.code === "EPIPE");
  });
  assert.equal(isOpen(writing), false);
});

eachLoop("a write pipe notices that its reader is gone", async (t) => {
  if (t.kind === "node") return; // Node does not look at pipes that it only writes to; see docs/asyncio-differences.md.
  const { reading, writing } = fifoEnds(t);
  await t.run(async () => {
    const [, protocol] = await asyncio.getRunningLoop().connectWritePipe(() => new Recorder(), writing);
    closeSync(reading);
    assert.equal(await protocol.lost, null);
  });
});

eachLoop("a write pipe with unsent bytes is lost to EPIPE when its reader goes", async (t) => {
  const { reading, writing } = fifoEnds(t);
  await t.run(async () => {
    const [transport, protocol] = await asyncio.getRunningLoop().connectWritePipe(() => new Recorder(), writing);
    transport.write(pattern(1_000_000));
    await asyncio.sleep(0);
    closeSync(reading);
    assert.equal(((await protocol.lost) as NodeJS.ErrnoException).code, "EPIPE");
  });
});

eachLoop("abort() drops what is unsent", async (t) => {
  const { reading, writing } = fifoEnds(t);
  await t.run(async () => {
    const [transport, protocol] = await asyncio.getRunningLoop().connectWritePipe(() => new Recorder(), writing);
    transport.write(pattern(1_000_000));
    transport.abort();
    assert.equal(await protocol.lost, null);
  });
  closeSync(reading);
  assert.equal(isOpen(writing), false);
});

eachLoop("a transport of one direction has not the other's methods", async (t) => {
  const { reading, writing } = fifoEnds(t);
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const [read] = await loop.connectReadPipe(() => new Recorder(), reading);
    const [write] = await loop.connectWritePipe(() => new Recorder(), writing);
    const full = read as unknown as asyncio.Transport;
    assert.throws(() => full.write("x"), asyncio.NotImplementedError);
    assert.throws(() => full.writeEof(), asyncio.NotImplementedError);
    assert.throws(() => full.setWriteBufferLimits(), asyncio.NotImplementedError);
    assert.throws(() => (write as unknown as asyncio.Transport).pauseReading(), asyncio.NotImplementedError);
    assert.throws(() => (write as unknown as asyncio.Transport).isReading(), asyncio.NotImplementedError);
    read.close();
    write.close();
    await asyncio.sleep(0.001);
  });
});

eachLoop("a FileHandle is duplicated and closed", async (t) => {
  const before = openDescriptors();
  const name = makeFifo(t);
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const reading = await open(name, constants.O_RDONLY | constants.O_NONBLOCK);
    const writing = await open(name, constants.O_WRONLY | constants.O_NONBLOCK);
    const [, reader] = await loop.connectReadPipe(() => new Recorder(), reading);
    const [transport, writer] = await loop.connectWritePipe(() => new Recorder(), writing);
    transport.write("through handles");
    transport.close();
    assert.equal(await reader.lost, null);
    assert.equal(await writer.lost, null);
    assert.equal(String(reader.data()), "through handles");
    await until(() => reading.fd === -1 && writing.fd === -1);
  });
  assert.deepEqual(await openedSince(before), []);
});

eachLoop("a socket's descriptor can be read and written", async (t) => {
  if (t.kind === "node") return; // Two of Node's own handles cannot share one descriptor; sockets come from elsewhere there.
  const server = createServer().listen(path.join(folderOf(t), "socket"));
  await once(server, "listening");
  const accepted = once(server, "connection") as Promise<[Socket]>;
  const client = connect(server.address() as string);
  const [peer] = await accepted;
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const { fd } = (client as unknown as { _handle: { fd: number } })._handle;
    const [transport, writer] = await loop.connectWritePipe(() => new Recorder(), { fd });
    transport.write("to a socket");
    const [data] = (await once(peer, "data")) as [Buffer];
    assert.equal(String(data), "to a socket");
    peer.destroy();
    await writer.lost; // Noticed by reading.
  });
  client.destroy();
  server.close();
  await once(server, "close");
});

eachLoop("what is no pipe is refused", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const file = openSync(import.meta.filename ?? process.argv[1]!, "r");
    const refused = async (pipe: unknown, type: new (...args: never[]) => Error) =>
      assert.rejects(async () => loop.connectReadPipe(() => new Recorder(), pipe as number), type);
    await refused(file, asyncio.ValueError);
    closeSync(file);
    for (const value of [-1, 1.5, "0", null, undefined, {}, { fd: null }]) await refused(value, TypeError);
    await assert.rejects(async () => loop.connectReadPipe(() => new Recorder(), 99_999), { code: "EBADF" });
    assert.throws(() => void loop.connectReadPipe(null as never, 0), TypeError);
  });
});

eachLoop("a device that cannot be waited for is refused, and stays open", async (t) => {
  const zero = openSync("/dev/zero", "r");
  await t.run(async () => {
    await assert.rejects(
      async () => asyncio.getRunningLoop().connectReadPipe(() => new Recorder(), zero),
      (error: Error) =>
        t.kind === "uv" ? (error as NodeJS.ErrnoException).code === "EPERM" : error instanceof asyncio.NotImplementedError,
    );
  });
  assert.equal(isOpen(zero), true);
  closeSync(zero);
});

eachLoop("a factory that fails leaves the pipe open", async (t) => {
  const { reading, writing } = fifoEnds(t);
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    await assert.rejects(async () =>
      loop.connectReadPipe(() => {
        throw new Error("no protocol");
      }, reading),
    );
    await assert.rejects(async () => loop.connectReadPipe(() => 1 as never, reading), TypeError);
  });
  assert.equal(isOpen(reading), true);
  closeSync(reading);
  closeSync(writing);
});

eachLoop("pipes that are open when the loop is closed are closed with it", async (t) => {
  const before = openDescriptors();
  const { reading, writing } = fifoEnds(t);
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    await loop.connectReadPipe(() => new Recorder(), reading);
    const [transport] = await loop.connectWritePipe(() => new Recorder(), writing);
    transport.write(pattern(1_000_000));
  });
  assert.deepEqual(await openedSince(before), []);
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await asyncio.sleep(0.0005);
}
