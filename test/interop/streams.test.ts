/** StreamReader and StreamWriter towards the streams of Node and of the web, and from them. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { duplexPair, PassThrough, Readable, Writable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { createGunzip, gzipSync } from "node:zlib";
import * as asyncio from "uvio";
import { ca, local, opensslSkipped } from "../support/certificates.js";
import { eachLoop } from "../support/loops.js";
import { pattern } from "../support/protocols.js";
import { on, SPELLINGS, Writer, type Body } from "../support/spellings.js";

type Streams = [reader: asyncio.StreamReader, writer: asyncio.StreamWriter];

/** Both ends of a connection over loopback. */
async function connected(
  serverOptions: asyncio.ServerOptions = {},
  options: asyncio.ConnectionOptions = {},
): Promise<[Streams, Streams, asyncio.Server]> {
  const accepted = asyncio.getRunningLoop().createFuture<Streams>();
  const server = await asyncio.startServer((...streams: Streams) => accepted.setResult(streams), "127.0.0.1", 0, serverOptions);
  const near = await asyncio.openConnection("127.0.0.1", server.sockets[0]!.getsockname().port, options);
  return [near, await accepted, server];
}

async function end(server: asyncio.Server, ...writers: asyncio.StreamWriter[]): Promise<void> {
  for (const writer of writers) {
    writer.close();
    await writer.waitClosed();
  }
  server.close();
  await server.waitClosed();
}

// ---------------------------------------------------------------------------------------------- out

eachLoop("toReadable() gives what is left to read, to a pipeline of Node's", async (t) => {
  await t.run(async () => {
    const [[, near], [reader, far], server] = await connected();
    const sent = pattern(1_000_000);
    near.write("header\n");
    near.write(gzipSync(sent));
    near.writeEof();
    assert.equal(String(await reader.readline()), "header\n");
    const unzipped = createGunzip();
    const received = buffer(unzipped);
    await asyncio.wrapFuture(pipeline(reader.toReadable(), unzipped));
    assert.ok((await asyncio.wrapFuture(received)).equals(sent));
    await end(server, near, far);
  });
});

eachLoop("a Readable that nobody reads holds the peer's writing back", async (t) => {
  await t.run(async () => {
    const [[, near], [reader, far], server] = await connected();
    const readable = reader.toReadable();
    const block = pattern(65536);
    readable.read(0); // Starts the first read; the others wait until its data is consumed.
    let written = 0;
    while (far.transport.isReading() || near.transport.getWriteBufferSize() === 0) {
      near.write(block);
      written += block.length;
      await asyncio.sleep(0);
    }
    let read = 0;
    const all = asyncio.getRunningLoop().createFuture<void>();
    readable.on("data", (data: Buffer) => (read += data.length) === written && all.setResult());
    await all;
    await near.drain();
    near.writeEof();
    await asyncio.wrapFuture(once(readable, "close"));
    await end(server, near, far);
  });
});

eachLoop("destroying a Readable ends its read, not the connection", async (t) => {
  await t.run(async () => {
    const [[, near], [reader, far], server] = await connected();
    const readable = reader.toReadable();
    readable.resume();
    while (![...asyncio.allTasks()].some((task) => task !== asyncio.currentTask())) await asyncio.sleep(0);
    const closed = once(readable, "close");
    readable.destroy();
    await asyncio.wrapFuture(closed);
    near.write("still there\n");
    assert.equal(String(await reader.readline()), "still there\n");
    await end(server, near, far);
  });
});

eachLoop("what the connection is lost to is the error of Readable and Writable", async (t) => {
  await t.run(async () => {
    const [[, near], [reader, far], server] = await connected();
    const [readable, writable] = [reader.toReadable(), far.toWritable()];
    const failed = Promise.allSettled([buffer(readable), once(writable, "close")]);
    const failure = Object.assign(new Error("gone"), { code: "ETEST" });
    far.transport.getProtocol().connectionLost?.(failure);
    const [read, written] = await asyncio.wrapFuture(failed);
    assert.equal(read.status === "rejected" && read.reason, failure);
    assert.equal(written.status === "rejected" && written.reason, failure);
    far.transport.abort();
    await end(server, near);
  });
});

for (const ssl of [false, true]) {
  eachLoop(
    `toWritable() takes a pipeline, waits for drain(), and ends the ${ssl ? "connection, over TLS" : "sending side"}`,
    async (t) => {
      await t.run(async () => {
        const { key, cert } = ssl ? local() : {};
        const [[back, near], [reader, far], server] = await connected(
          ...(ssl ? [{ ssl: { key: key!, cert: cert! } }, { ssl: { ca } }] : []),
        );
        const sent = pattern(3_000_000);
        const blocks = Array.from({ length: 30 }, (_, n) => sent.subarray(n * 100_000, (n + 1) * 100_000));
        const writable = near.toWritable();
        const written = pipeline(Readable.from(blocks), writable);
        assert.ok((await reader.read()).equals(sent));
        if (!ssl) {
          far.write("answer");
          far.writeEof();
          assert.equal(String(await back.read()), "answer");
        }
        far.close();
        await asyncio.wrapFuture(written);
        await end(server, near, far);
      });
    },
    { skip: ssl && opensslSkipped },
  );
}

eachLoop("a Writable destroyed before its end drops the connection, and a lost connection fails its write", async (t) => {
  await t.run(async () => {
    const [[, near], [, far], server] = await connected();
    const closed = once(near.toWritable().destroy(), "close");
    await asyncio.wrapFuture(closed);
    await near.waitClosed();
    await end(server, far);

    const [[, writer], [, peer], another] = await connected();
    const writable = writer.toWritable();
    const failed = once(writable, "error");
    peer.transport.pauseReading();
    while (writable.write(pattern(1_000_000))) await asyncio.sleep(0);
    peer.transport.abort();
    const [error] = (await asyncio.wrapFuture(failed)) as [NodeJS.ErrnoException];
    assert.match(error.code!, /^(ECONNRESET|EPIPE)$/);
    await end(another);
  });
});

eachLoop("toWeb() of both sides: a Response is read, a ReadableStream is piped", async (t) => {
  await t.run(async () => {
    const [[reader, writer], [there, back], server] = await connected();
    const copying = there.toWeb().pipeTo(back.toWeb());
    const sent = pattern(500_000);
    const sending = new Blob([sent]).stream().pipeTo(writer.toWeb() as WritableStream);
    const received = await asyncio.wrapFuture(new Response(reader.toWeb() as ReadableStream).arrayBuffer());
    assert.ok(Buffer.from(received).equals(sent));
    await asyncio.wrapFuture(Promise.all([copying, sending]));
    await end(server, writer, back);
  });
});

eachLoop("toDuplex() hands a connection over, with what was read ahead", async (t) => {
  await t.run(async () => {
    const http = createHttpServer((incoming, response) => void incoming.pipe(response));
    const handled = asyncio.getRunningLoop().createFuture<void>();
    const server = await asyncio.startServer(
      async (reader, writer) => {
        assert.equal(String(await reader.readline()), "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n");
        http.emit("connection", writer.toDuplex());
        await assert.rejects(async () => reader.read(), asyncio.RuntimeError);
        await writer.waitClosed();
        assert.throws(() => writer.toDuplex(), asyncio.RuntimeError);
        handled.setResult();
      },
      "127.0.0.1",
      0,
    );
    const [reader, writer] = await asyncio.openConnection("127.0.0.1", server.sockets[0]!.getsockname().port);
    writer.write("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nPOST / HTTP/1.0\r\ncontent-length: 5\r\n\r\nhello");
    assert.match(String(await reader.read()), /^HTTP\/1\.1 200 OK\r\n.*\r\nhello$/s);
    writer.close();
    await handled;
    await end(server, writer);
  });
});

eachLoop("toDuplex() after the peer's end ends reading only", async (t) => {
  await t.run(async () => {
    const [[answer, near], [reader, far], server] = await connected();
    near.write("question");
    near.writeEof();
    assert.equal(String(await reader.readexactly(8)), "question");
    while (!reader.atEof()) await asyncio.sleep(0);
    const duplex = far.toDuplex();
    await asyncio.wrapFuture(once(duplex.resume(), "end"));
    duplex.end("answer");
    assert.equal(String(await answer.read()), "answer");
    await far.waitClosed();
    await end(server, near);
  });
});

// ---------------------------------------------------------------------------------------------- in

for (const spelling of SPELLINGS) {
  eachLoop(`openDuplex() gives a reader and a writer, ${spelling}`, async (t) => {
    const write = new Writer(spelling);
    const echo = write.fn(function* echo([reader, writer]: Streams): Body<void> {
      for (let line = yield* on(reader.readline()); line.length > 0; line = yield* on(reader.readline())) yield* on(writer.send(line));
      writer.close();
      yield* on(writer.waitClosed());
    });
    const main = write.fn(function* main(): Body<void> {
      const [near, far] = duplexPair();
      const echoing = asyncio.createTask(echo.lazy(yield* on(asyncio.openDuplex(far))));
      const [reader, writer] = yield* on(asyncio.openDuplex(near, { limit: 1000 }));
      for (let n = 0; n < 50; n++) {
        writer.write(`line ${n}\n`);
        yield* on(writer.drain());
        assert.equal(String(yield* on(reader.readline())), `line ${n}\n`);
      }
      writer.write(`${"x".repeat(1001)}\n`);
      let error: unknown;
      try {
        yield* on(reader.readline());
      } catch (caught) {
        error = caught;
      }
      assert.ok(error instanceof asyncio.ValueError);
      writer.writeEof();
      assert.equal((yield* on(reader.read())).length, 0);
      yield* on(echoing);
      writer.close();
      yield* on(writer.waitClosed());
    });
    await t.run(main.lazy());
  });
}

eachLoop("StreamReader.from() reads Readables and web streams by lines", async (t) => {
  await t.run(async () => {
    const chunks = ["first\nsec", "ond\n", Buffer.from("last")];
    const expected = ["first\n", "second\n", "last"];
    for (const source of [Readable.from(chunks), new Blob(chunks).stream()] as const) {
      const lines: string[] = [];
      for await (const line of asyncio.StreamReader.from(source as Readable)) lines.push(String(line));
      assert.deepEqual(lines, expected);
    }
  });
});

eachLoop("StreamReader.from() reads ahead by twice the limit and a chunk, and no further", async (t) => {
  await t.run(async () => {
    let given = 0;
    const source = new Readable({
      highWaterMark: 100,
      read() {
        given += 100;
        this.push(given > 100_000 ? null : Buffer.alloc(100));
      },
    });
    const reader = asyncio.StreamReader.from(source, { limit: 1000 });
    let before = -1;
    while (given !== before || given === 0) {
      before = given;
      await asyncio.wrapFuture(new Promise(setImmediate));
    }
    assert.ok(given <= 2400, `${given} bytes were read ahead`);
    assert.equal((await reader.read()).length, 100_000);
  });
});

eachLoop("the error, the early end and the signal of a source are what reads fail with", async (t) => {
  await t.run(async () => {
    const broken = new PassThrough();
    const reader = asyncio.StreamReader.from(broken);
    broken.destroy(new Error("broken"));
    await assert.rejects(async () => reader.read(), /broken/);

    const early = new PassThrough();
    const cut = asyncio.StreamReader.from(early);
    early.destroy();
    await assert.rejects(async () => cut.read(), { code: "ERR_STREAM_PREMATURE_CLOSE" });

    const controller = new AbortController();
    let cancelled: unknown;
    const endless = new ReadableStream({ pull: (out) => out.enqueue(Buffer.from("x")), cancel: (reason) => void (cancelled = reason) });
    const aborted = asyncio.StreamReader.from(endless as never, { signal: controller.signal });
    assert.equal(String(await aborted.readexactly(3)), "xxx");
    const reason = new Error("enough");
    controller.abort(reason);
    await assert.rejects(async () => {
      for (;;) await aborted.readexactly(100_000);
    }, reason);
    assert.ok(cancelled instanceof Error);

    const failing = asyncio.StreamReader.from(new ReadableStream({ start: (out) => out.error(new Error("no web")) }) as never);
    await assert.rejects(async () => failing.readline(), /no web/);
    const objects = asyncio.StreamReader.from(Readable.from([{}]));
    await assert.rejects(async () => objects.read(), TypeError);
    for (const wrong of [null, {}, "text", process]) assert.throws(() => asyncio.StreamReader.from(wrong as never), TypeError);
  });
});

eachLoop("StreamWriter.from() writes to Writables, and drain() waits while they are full", async (t) => {
  await t.run(async () => {
    const release: (() => void)[] = [];
    const taken: Buffer[] = [];
    const slow = new Writable({
      highWaterMark: 10,
      write: (chunk: Buffer, _encoding, done) => (taken.push(chunk), release.push(done)),
    });
    const writer = asyncio.StreamWriter.from(slow);
    const bytes = Buffer.from("0123456789ab");
    writer.write(bytes);
    bytes.fill(0);
    assert.equal(writer.transport.getWriteBufferSize(), 12);
    assert.deepEqual(writer.transport.getWriteBufferLimits(), { low: 0, high: 10 });
    const draining = asyncio.createTask(async () => writer.drain());
    await asyncio.sleep(0);
    await asyncio.sleep(0);
    assert.equal(draining.done(), false);
    release.shift()!();
    await draining;
    writer.write("end");
    writer.close();
    assert.equal(writer.isClosing(), true);
    writer.write("dropped");
    release.shift()!();
    await writer.waitClosed();
    assert.equal(String(Buffer.concat(taken)), "0123456789abend");
    assert.throws(() => writer.toDuplex(), asyncio.NotImplementedError);
  });
});

eachLoop("StreamWriter.from() of a web stream, and the errors of both kinds", async (t) => {
  await t.run(async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const received = new Response(readable).text();
    const writer = asyncio.StreamWriter.from(writable as never);
    await writer.send("hello ");
    await writer.send("web");
    writer.close();
    await writer.waitClosed();
    assert.equal(await asyncio.wrapFuture(received), "hello web");

    const broken = asyncio.StreamWriter.from(
      new Writable({ highWaterMark: 1, write: (_chunk, _encoding, done) => done(new Error("broken")) }),
    );
    broken.write("xx");
    await assert.rejects(async () => broken.waitClosed(), /broken/);
    await assert.rejects(
      async () => broken.drain(),
      (error: NodeJS.ErrnoException) => error.code === "ECONNRESET" && /broken/.test(String(error.cause)),
    );

    const aborted = asyncio.StreamWriter.from(new PassThrough());
    await assert.rejects(async () => aborted.startTls(true, { serverHostname: "x" }), asyncio.NotImplementedError);
    aborted.transport.abort();
    await aborted.waitClosed();
    for (const wrong of [null, {}, "text", process]) assert.throws(() => asyncio.StreamWriter.from(wrong as never), TypeError);
  });
});

eachLoop("a child's streams go through Node's: stdin from a file's stream, stdout into one", async (t) => {
  await t.run(async () => {
    const child = await asyncio.createSubprocessExec("cat", { stdin: asyncio.subprocess.PIPE, stdout: asyncio.subprocess.PIPE });
    const sent = pattern(500_000);
    const writing = pipeline(Readable.from([sent]), child.stdin!.toWritable());
    const received = await asyncio.wrapFuture(buffer(child.stdout!.toReadable()));
    assert.ok(received.equals(sent));
    await asyncio.wrapFuture(writing);
    assert.equal(await child.wait(), 0);
  });
});
