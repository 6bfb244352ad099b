/** Peers that misbehave: their reader gets the documented error, and the server's other connections are not affected. */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import * as asyncio from "uvio";
import { eachLoop, type LoopTest } from "../support/loops.js";
import { pattern } from "../support/protocols.js";
import { rawConnect, readAll } from "../support/raw.js";
import { on, SPELLINGS, Writer, type Body } from "../support/spellings.js";

const LIMIT = 1000;

interface Case {
  name: string;
  /** The server's handler of the connection; it may fail. */
  serve: (reader: asyncio.StreamReader, writer: asyncio.StreamWriter) => Body<unknown>;
  /** `reached` is done when the server is inside `serve`. */
  misbehave: (socket: Socket, reached: asyncio.Future<void>) => Promise<void>;
  /** Whether this is the error that `serve` must fail with. */
  error: (error: unknown) => boolean;
}

const hasCode = (error: unknown, ...codes: string[]) => codes.includes((error as NodeJS.ErrnoException).code ?? "");

const cases: Case[] = [
  {
    name: "a line over the limit, ended",
    serve: (reader) => on(reader.readline()),
    misbehave: async (socket) => void socket.write(`${"x".repeat(LIMIT + 1)}\n`),
    error: (error) => error instanceof asyncio.ValueError && /longer than limit|exceed the limit/.test(error.message),
  },
  {
    name: "a line that never ends",
    serve: (reader) => on(reader.readline()),
    misbehave: async (socket) => void socket.write(Buffer.alloc(50 * LIMIT, "x")),
    error: (error) => error instanceof asyncio.ValueError && /exceed the limit/.test(error.message),
  },
  {
    name: "a message whose separator comes too late",
    serve: (reader) => on(reader.readuntil("\r\n\r\n")),
    misbehave: async (socket) => void socket.write(`${"x".repeat(LIMIT + 1)}\r\n\r\n`),
    error: (error) => error instanceof asyncio.LimitOverrunError && error.consumed === LIMIT + 1,
  },
  {
    name: "the end within a separator",
    serve: (reader) => on(reader.readuntil("\r\n\r\n")),
    misbehave: async (socket) => void socket.end("head\r\n\r"),
    error: (error) => error instanceof asyncio.IncompleteReadError && String(error.partial) === "head\r\n\r" && error.expected === null,
  },
  {
    name: "the end in the middle of a block",
    serve: (reader) => on(reader.readexactly(10)),
    misbehave: async (socket) => void socket.end("half"),
    error: (error) => error instanceof asyncio.IncompleteReadError && String(error.partial) === "half" && error.expected === 10,
  },
  {
    name: "a reset while a block is waited for",
    serve: (reader) => on(reader.readexactly(10)),
    misbehave: async (socket, reached) => {
      await reached;
      socket.resetAndDestroy();
    },
    error: (error) => hasCode(error, "ECONNRESET"),
  },
  {
    name: "vanishing while the server drains",
    *serve(_, writer) {
      for (;;) {
        writer.write(pattern(1 << 20));
        yield* on(writer.drain());
      }
    },
    misbehave: async (socket) => {
      socket.resume();
      await new Promise((resolve) => socket.once("data", resolve));
      socket.pause();
      socket.resetAndDestroy();
    },
    error: (error) => hasCode(error, "ECONNRESET", "EPIPE"),
  },
  {
    name: "closing without reading while the server drains",
    *serve(_, writer) {
      for (;;) {
        writer.write(pattern(1 << 20));
        yield* on(writer.drain());
      }
    },
    misbehave: async (socket, reached) => {
      await reached;
      socket.destroy(); // Unread data makes this a reset.
    },
    error: (error) => hasCode(error, "ECONNRESET", "EPIPE"),
  },
];

/** A server that echoes lines, and one connection of its own to see that it goes on doing so. */
async function withBystander(
  t: LoopTest,
  handler: (reader: asyncio.StreamReader, writer: asyncio.StreamWriter) => ReturnType<asyncio.ClientConnected>,
  body: (port: number) => Promise<void>,
): Promise<void> {
  await t.run(async () => {
    const server = await asyncio.startServer(handler, "127.0.0.1", 0, { limit: LIMIT });
    const { port } = server.sockets[0]!.getsockname();
    const [reader, writer] = await asyncio.openConnection("127.0.0.1", port);
    const echo = async (line: string) => {
      writer.write(line);
      assert.equal(String(await reader.readline()), line);
    };
    await echo("echo before\n");
    await body(port);
    await echo("after\n");
    writer.close();
    await writer.waitClosed();
    server.close();
    await server.waitClosed();
  });
}

for (const { name, serve, misbehave, error: isExpected } of cases) {
  for (const spelling of SPELLINGS) {
    eachLoop(`${name}: the documented error, for that connection only [${spelling}]`, async (t) => {
      let reached!: asyncio.Future<void>;
      let failed!: asyncio.Future<string>;
      let accepted = 0;
      const handler = new Writer(spelling).fn(function* handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) {
        if (accepted++ === 0) {
          for (let line = yield* on(reader.readline()); line.length > 0; line = yield* on(reader.readline())) writer.write(line);
        } else {
          reached.setResult();
          try {
            yield* serve(reader, writer);
            failed.setResult("nothing failed");
          } catch (error) {
            failed.setResult(isExpected(error) ? "as documented" : `otherwise: ${String(error)}`);
          }
        }
        writer.close();
      });
      await withBystander(t, handler as asyncio.ClientConnected, async (port) => {
        reached = asyncio.getRunningLoop().createFuture<void>();
        failed = asyncio.getRunningLoop().createFuture<string>();
        const socket = await rawConnect(port);
        await misbehave(socket, reached);
        assert.equal(await failed, "as documented");
        socket.destroy();
      });
    });
  }
}

eachLoop("two tasks that read from one connection: a RuntimeError for the second, the data for the first", async (t) => {
  let second!: asyncio.Future<string>;
  let accepted = 0;
  const handler = async (reader: asyncio.StreamReader, writer: asyncio.StreamWriter): Promise<void> => {
    if (accepted++ === 0) {
      for await (const line of reader) writer.write(line);
    } else {
      const first = asyncio.createTask(async () => reader.readline());
      await asyncio.sleep(0);
      second.setResult(await asyncio.createTask(async () => reader.readline()).then(String, String));
      writer.write(await first);
    }
    writer.close();
  };
  await withBystander(t, handler, async (port) => {
    second = asyncio.getRunningLoop().createFuture<string>();
    const socket = await rawConnect(port);
    assert.match(await second, /RuntimeError: readline\(\) called while another coroutine is already waiting for incoming data/);
    socket.write("for the first\n");
    assert.equal(String(await readAll(socket)), "for the first\n");
    socket.destroy();
  });
});

eachLoop("a separator is found wherever it straddles the packets it comes in", async (t) => {
  const head = "body\r\n--end--\r\n";
  await t.run(async () => {
    let accepted!: asyncio.Future<asyncio.StreamReader>;
    let message!: asyncio.Future<string>;
    const server = await asyncio.startServer(
      async (reader, writer) => {
        accepted.setResult(reader);
        message.setResult(`${await reader.readuntil("\r\n--end--\r\n")}|${await reader.readexactly(4)}`);
        writer.close();
      },
      "127.0.0.1",
      0,
    );
    for (let cut = 1; cut < head.length; cut++) {
      accepted = asyncio.getRunningLoop().createFuture<asyncio.StreamReader>();
      message = asyncio.getRunningLoop().createFuture<string>();
      const socket = await rawConnect(server.sockets[0]!.getsockname().port);
      socket.setNoDelay(true);
      socket.write(head.slice(0, cut));
      const reader = await accepted;
      while (!String(reader).includes(` ${cut} bytes`)) await asyncio.sleep(0.0005); // The first packet has arrived.
      socket.write(`${head.slice(cut)}tail`);
      assert.equal(await message, `${head}|tail`);
      socket.destroy();
    }
    server.close();
    await server.waitClosed();
  });
});

eachLoop("who has reset a connection is known afterwards, and named with the exception that nobody caught", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const reported = loop.createFuture<asyncio.ExceptionContext>();
    loop.setExceptionHandler((_loop, context) => reported.setResult(context));
    const server = await asyncio.startServer(
      async (reader, writer) => {
        writer.write("x");
        await reader.read();
      },
      "127.0.0.1",
      0,
    );
    const socket = await rawConnect(server.sockets[0]!.getsockname().port);
    const { localPort } = socket;
    await asyncio.wrapFuture(readAll(socket, 1)); // It is served now.
    socket.resetAndDestroy();
    const { message, exception, transport } = await reported;
    assert.equal(message, `Unhandled exception in client_connected_cb of 127.0.0.1:${localPort}`);
    assert.equal((exception as NodeJS.ErrnoException).code, "ECONNRESET");
    assert.deepEqual((transport as asyncio.Transport).getExtraInfo("peername"), { address: "127.0.0.1", port: localPort, family: "IPv4" });
    server.close();
    await server.waitClosed();
  });
});
