/** StreamReaderProtocol and StreamWriter made by hand, and readers whose error is set in the turn of their data. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { eachLoop } from "../support/loops.js";
import { on, SPELLINGS, Writer, type Body } from "../support/spellings.js";

/** Reads, what is fed while they wait, and their results in CPython 3.13. An error is set in the same turn. */
const WOKEN: [name: string, read: (reader: asyncio.StreamReader) => PromiseLike<Buffer>, fed: string | null, result: string][] = [
  ["read", (reader) => reader.read(10), "ab", "ab"],
  ["readline", (reader) => reader.readline(), "ab\ncd", "ab\n"],
  ["readuntil", (reader) => reader.readuntil(";"), "ab;", "ab;"],
  ["readexactly", (reader) => reader.readexactly(2), "abc", "ab"],
  ["read at the end", (reader) => reader.read(10), null, ""],
  ["readline at the end", (reader) => reader.readline(), null, ""],
  ["readexactly at the end", (reader) => reader.readexactly(2), null, "IncompleteReadError"],
  ["read until the end", (reader) => reader.read(), "ab", "reset"],
  // CPython waits without end here, because the error wakes no reader any more.
  ["readline without a line", (reader) => reader.readline(), "ab", "reset"],
  ["readexactly without enough", (reader) => reader.readexactly(3), "ab", "reset"],
];

for (const [name, read, fed, result] of WOKEN) {
  eachLoop(`${name}: data wakes a read that an error in the same turn does not fail`, async (t) => {
    for (const spelling of SPELLINGS) {
      const outcome = new Writer(spelling).fn(function* outcome(reader: asyncio.StreamReader): Body<string> {
        try {
          return String(yield* on(read(reader)));
        } catch (error) {
          return error instanceof asyncio.IncompleteReadError ? "IncompleteReadError" : (error as Error).message;
        }
      });
      await t.run(async () => {
        const reader = new asyncio.StreamReader();
        const reading = asyncio.createTask(outcome.lazy(reader));
        await asyncio.sleep(0);
        if (fed === null) reader.feedEof();
        else reader.feedData(fed);
        reader.setException(new Error("reset"));
        assert.equal(await reading, result, spelling);
        assert.equal(await asyncio.createTask(outcome.lazy(reader)), "reset", "a read that starts later fails");
      });
    }
  });
}

eachLoop("iterating over lines: data wakes a loop that an error in the same turn does not fail", async (t) => {
  await t.run(async () => {
    const reader = new asyncio.StreamReader();
    const lines: string[] = [];
    const reading = asyncio.createTask(async () => {
      for await (const line of reader) lines.push(String(line));
    });
    await asyncio.sleep(0);
    reader.feedData("ab\n");
    reader.setException(new Error("reset"));
    await assert.rejects(async () => await reading, /reset/);
    assert.deepEqual(lines, ["ab\n"]);
  });
});

eachLoop("feedData takes a string as UTF-8, and nothing but bytes and strings", async (t) => {
  await t.run(async () => {
    const reader = new asyncio.StreamReader();
    reader.feedData("h\u00e9\n");
    reader.feedData("");
    assert.deepEqual(await reader.readline(), Buffer.from("h\u00e9\n"));
    assert.throws(() => reader.feedData(5 as never), /data must be a Uint8Array or a string, got 5/);
  });
});

eachLoop("StreamReaderProtocol and StreamWriter with asyncio's defaults", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const server = await asyncio.startServer(
      async (reader, writer) => {
        writer.write(await reader.readline());
        writer.close();
      },
      "127.0.0.1",
      0,
    );
    const { port } = server.sockets[0]!.getsockname();
    for (const useDefaults of [true, false]) {
      const reader = new asyncio.StreamReader();
      const factory = (): asyncio.StreamReaderProtocol =>
        useDefaults ? new asyncio.StreamReaderProtocol(reader) : new asyncio.StreamReaderProtocol(reader, null, loop);
      const [transport, protocol] = await loop.createConnection(factory, "127.0.0.1", port);
      assert.equal(transport.isClosing(), false);
      const writer = useDefaults
        ? new asyncio.StreamWriter(transport, protocol, reader)
        : new asyncio.StreamWriter(transport, protocol, reader, loop);
      writer.write("hello\n");
      await writer.drain();
      assert.equal(String(await reader.readline()), "hello\n");
      writer.close();
      await writer.waitClosed();
    }
    server.close();
  });
});

eachLoop("a StreamReaderProtocol without a reader drops the data, a StreamWriter without one writes", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const received = loop.createFuture<string>();
    const server = await asyncio.startServer(
      async (reader, writer) => {
        writer.write("dropped");
        received.setResult(String(await reader.readexactly(5)));
        writer.close();
      },
      "127.0.0.1",
      0,
    );
    const { port } = server.sockets[0]!.getsockname();
    const [transport, protocol] = await loop.createConnection(() => new asyncio.StreamReaderProtocol(null), "127.0.0.1", port);
    const writer = new asyncio.StreamWriter(transport, protocol);
    writer.write("hello");
    assert.equal(await received, "hello");
    writer.close();
    await writer.waitClosed();
    server.close();
  });
});

/** Readers that keep what feedData gets. */
const OTHER_READERS: Record<string, (keep: (bytes: Uint8Array) => void, calls: string[]) => object> = {
  "any object with a reader's methods": (keep, calls) => ({
    setTransport: () => calls.push("setTransport"),
    feedData: keep,
    feedEof: () => calls.push("feedEof"),
    setException: () => calls.push("setException"),
  }),
  "a function with a reader's methods": (keep, calls) =>
    Object.assign(() => {}, {
      setTransport: () => calls.push("setTransport"),
      feedData: keep,
      feedEof: () => calls.push("feedEof"),
      setException: () => calls.push("setException"),
    }),
  "a StreamReader with a feedData of its own": (keep, calls) =>
    new (class extends asyncio.StreamReader {
      override setTransport(): void {
        calls.push("setTransport");
      }
      override feedData(data: Uint8Array): void {
        keep(data);
      }
      override feedEof(): void {
        calls.push("feedEof");
      }
    })(),
};

for (const [name, make] of Object.entries(OTHER_READERS)) {
  eachLoop(`StreamReaderProtocol takes ${name}, and gives it bytes that it may keep`, async (t) => {
    await t.run(async () => {
      const loop = asyncio.getRunningLoop();
      const server = await asyncio.startServer(
        async (reader, writer) => {
          for await (const line of reader) writer.write(line);
          writer.close();
        },
        "127.0.0.1",
        0,
      );
      const { port } = server.sockets[0]!.getsockname();
      const kept = new asyncio.Queue<Uint8Array>();
      const calls: string[] = [];
      const reader = make((bytes) => kept.putNowait(bytes), calls);
      const [transport, protocol] = await loop.createConnection(() => new asyncio.StreamReaderProtocol(reader as never), "127.0.0.1", port);
      const writer = new asyncio.StreamWriter(transport, protocol);
      const sent = ["one\n", "two\n", "three\n"];
      const arrived: Uint8Array[] = [];
      for (const line of sent) {
        writer.write(line);
        arrived.push(await kept.get());
      }
      assert.deepEqual(
        arrived.map((bytes) => String(bytes)),
        sent,
      );
      writer.close();
      await writer.waitClosed();
      assert.deepEqual(calls, ["setTransport", "feedEof"]);
      server.close();
      await server.waitClosed();
    });
  });
}

eachLoop("StreamReaderProtocol and StreamWriter check their arguments", async (t) => {
  await t.run(async () => {
    const [reader, writer] = [new asyncio.StreamReader(), { transport: {} as asyncio.Transport }];
    for (const wrong of [{}, 5, "reader", undefined, async () => {}]) {
      assert.throws(() => new asyncio.StreamReaderProtocol(wrong as never), /reader must be a StreamReader or null, got/);
    }
    assert.throws(() => new asyncio.StreamReaderProtocol(reader, 5 as never), /clientConnected must be a function or null, got 5/);
    const protocol = new asyncio.StreamReaderProtocol(reader);
    assert.throws(() => new asyncio.StreamWriter(writer.transport, {} as never), /protocol must be a StreamReaderProtocol, got/);
    assert.throws(() => new asyncio.StreamWriter(writer.transport, protocol, 5 as never), /reader must be a StreamReader or null, got 5/);
    const other = { feedData: () => {} } as never;
    assert.throws(
      () => new asyncio.StreamWriter(writer.transport, protocol, other),
      /reader must be a StreamReader or null, got an object/,
    );
  });
});
