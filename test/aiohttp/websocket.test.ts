/** WebSockets against an aiohttp.web application, and against servers that misbehave. */
import assert from "node:assert/strict";
import { afterAll, beforeAll, describe } from "vitest";
import * as asyncio from "uvio";
import {
  ClientConnectionResetError,
  ClientConnectorError,
  ClientSession,
  type ClientWebSocketResponse,
  NonHttpUrlClientError,
  ServerDisconnectedError,
  ServerTimeoutError,
  WSMessageTypeError,
  WSMsgType,
  WSServerHandshakeError,
} from "uvio/aiohttp";
import { eachLoop } from "../support/loops.js";
import { rawServer } from "../support/raw.js";
import { on, SPELLINGS, Writer } from "../support/spellings.js";
import { unless } from "../support/unless.js";
import { aiohttpMissing, startAiohttp, type TestServer } from "./servers.js";

describe("a WebSocket to aiohttp.web", unless(aiohttpMissing), () => {
  let server: TestServer;
  beforeAll(async () => (server = await startAiohttp()));
  afterAll(() => server.stop());

  for (const spelling of SPELLINGS) {
    const write = new Writer(spelling);
    eachLoop(`texts, bytes and JSON go there and back, ${spelling}`, async (t) => {
      const main = write.fn(function* main() {
        const session = new ClientSession();
        const block = write.block(function* (ws: ClientWebSocketResponse) {
          yield* on(ws.sendStr("one"));
          assert.equal(yield* on(ws.receiveStr()), "echo one");
          yield* on(ws.sendBytes(Buffer.from("abc")));
          assert.equal((yield* on(ws.receiveBytes())).toString(), "cba");
          yield* on(ws.sendJson({ a: 1 }));
          assert.equal((yield* on(ws.receive())).data, 'echo {"a":1}');
          return ws;
        });
        const ws = yield* on(asyncio.asyncWith(session.wsConnect(`${server.base}/ws`), block));
        assert.deepEqual([ws.closed, ws.closeCode, ws.exception()], [true, 1000, null]);
        assert.equal((yield* on(ws.receive())).type, WSMsgType.CLOSED);
        yield* on(session.close());
      });
      await t.run(main.lazy());
    });
  }

  function socket(
    name: string,
    body: (ws: ClientWebSocketResponse) => Promise<void>,
    options: Parameters<ClientSession["wsConnect"]>[1] = {},
  ): void {
    eachLoop(name, (t) =>
      t.run(() =>
        asyncio.asyncWith(new ClientSession({ baseUrl: server.base }), (session) =>
          asyncio.asyncWith(session.wsConnect("/ws", options), body),
        ),
      ),
    );
  }

  socket("what a block throws passes through closing", async (ws) => {
    const error = new RangeError("of the block");
    await assert.rejects(
      async () =>
        await asyncio.asyncWith(ws, async () => {
          throw error;
        }),
      (caught) => caught === error,
    );
    assert.equal(ws.closed, true);
  });

  socket("iterating it ends when the server closes, with its code", async (ws) => {
    for (const text of ["one", "two", "close", "never answered"]) await ws.sendStr(text);
    const seen: unknown[] = [];
    for await (const message of ws) seen.push(message.data);
    assert.deepEqual(seen, ["echo one", "echo two"]);
    assert.deepEqual([ws.closed, ws.closeCode], [true, 4001]);
    await assert.rejects(async () => await ws.sendStr("late"), ClientConnectionResetError);
    assert.equal(await ws.close(), false);
  });

  socket("receive() shows the server's CLOSE, then CLOSED for ever", async (ws) => {
    await ws.sendStr("close");
    assert.deepEqual(await ws.receive(), { type: WSMsgType.CLOSE, data: 4001, extra: "as asked" });
    for (let i = 0; i < 3; i++) assert.equal((await ws.receive()).type, WSMsgType.CLOSED);
  });

  socket("a connection that just ends gives CLOSED, and the code 1006", async (ws) => {
    await ws.sendStr("drop");
    assert.equal((await ws.receive()).type, WSMsgType.CLOSED);
    assert.equal(ws.closeCode, 1006);
  });

  socket("a message of another type than was asked for is a WSMessageTypeError", async (ws) => {
    await ws.sendStr("text");
    await assert.rejects(async () => await ws.receiveBytes(), (error) => error instanceof WSMessageTypeError && error instanceof TypeError); // prettier-ignore
    await ws.sendStr("no json");
    await assert.rejects(async () => await ws.receiveJson(), { name: "ValueError", message: /the message is not JSON/ });
    assert.throws(() => ws.sendStr(5 as never), TypeError);
    assert.throws(() => ws.sendBytes("text" as never), TypeError);
  });

  socket("receive() has a timeout, can be cancelled, and is called once at a time", async (ws) => {
    await assert.rejects(async () => await ws.receive(0.01), asyncio.TimeoutError);
    const waiting = asyncio.createTask(ws.receive());
    await asyncio.sleep(0);
    await assert.rejects(async () => await ws.receive(), asyncio.RuntimeError);
    waiting.cancel();
    await assert.rejects(async () => await waiting, asyncio.CancelledError);
    await ws.sendStr("still here");
    assert.equal(await ws.receiveStr(), "echo still here");
  });

  socket("close() ends a receive() that waits", async (ws) => {
    const waiting = asyncio.createTask(ws.receive());
    await asyncio.sleep(0);
    assert.equal(await ws.close({ code: 1001, message: "away" }), true);
    assert.ok([WSMsgType.CLOSING, WSMsgType.CLOSED].includes((await waiting).type));
  });

  socket(
    "pings are shown where they are not answered by themselves",
    async (ws) => {
      await ws.sendStr("ping");
      const message = await ws.receive();
      assert.equal(message.type, WSMsgType.PING);
      assert.equal(String(message.data), "from the server");
      await ws.pong(message.data as Buffer);
      await ws.ping("mine");
      assert.deepEqual(await ws.receive(), { type: WSMsgType.PONG, data: Buffer.from("mine"), extra: null });
    },
    { autoping: false },
  );

  socket(
    "the server chooses a subprotocol",
    async (ws) => {
      assert.equal(ws.protocol, "tower");
    },
    { protocols: ["tower", "other"] },
  );

  socket("large messages, more than either side buffers, come whole and in order", async (ws) => {
    const sizes = [1 << 20, 3, 2 << 20, 0, 1 << 19];
    const sending = asyncio.createTask(async () => {
      for (const [i, size] of sizes.entries()) await ws.sendBytes(Buffer.alloc(size, i));
    });
    await asyncio.sleep(0.05);
    for (const [i, size] of sizes.entries()) assert.ok((await ws.receiveBytes()).equals(Buffer.alloc(size, i)));
    await sending;
  });

  eachLoop("a server that answers no ping is lost after heartbeat and half of it", async (t) => {
    await t.run(() =>
      asyncio.asyncWith(new ClientSession(), (session) =>
        asyncio.asyncWith(session.wsConnect(`ws://127.0.0.1:${server.port}/silent`, { heartbeat: 0.05 }), async (ws) => {
          const message = await ws.receive();
          assert.equal(message.type, WSMsgType.ERROR);
          assert.ok(message.data instanceof ServerTimeoutError);
          assert.deepEqual([ws.exception(), ws.closeCode], [message.data, 1006]);
          assert.equal((await ws.receive()).type, WSMsgType.CLOSED);
        }),
      ),
    );
  });

  eachLoop("closing the session closes its WebSockets", async (t) => {
    await t.run(async () => {
      const session = new ClientSession();
      const ws = await session.wsConnect(`${server.base}/ws`);
      const waiting = asyncio.createTask(ws.receive());
      await asyncio.sleep(0);
      await session.close();
      assert.equal((await waiting).type, WSMsgType.CLOSED);
    });
  });

  eachLoop("an answer other than 101 is a WSServerHandshakeError with its status", async (t) => {
    await t.run(() =>
      asyncio.asyncWith(new ClientSession(), async (session) => {
        await assert.rejects(async () => await session.wsConnect(`${server.base}/status/403`), (error) => {
          assert.ok(error instanceof WSServerHandshakeError);
          assert.deepEqual([error.status, error.reason, error.headers!.has("content-type")], [403, "Invalid response status", true]);
          return true;
        }); // prettier-ignore
      }),
    );
  });
});

eachLoop("a handshake that is refused, dropped, cancelled or too slow leaves no socket", async (t) => {
  await t.run(async () => {
    const server = await rawServer();
    const url = `ws://127.0.0.1:${server.port}/`;
    const session = new ClientSession();
    const dropped = server.accept().then((socket) => socket.destroy());
    await assert.rejects(async () => await session.wsConnect(url), ServerDisconnectedError);
    await dropped;
    const accepted = server.accept();
    const task = asyncio.createTask(session.wsConnect(url));
    const socket = await accepted;
    task.cancel();
    await assert.rejects(async () => await task, asyncio.CancelledError);
    socket.resume();
    if (!socket.readableEnded) await asyncio.once(socket, "end");
    const slow = new ClientSession({ timeout: { total: 0.05 } });
    await assert.rejects(async () => await slow.wsConnect(url), asyncio.TimeoutError);
    await slow.close();
    await server.close();
    await assert.rejects(async () => await session.wsConnect(url), ClientConnectorError);
    await assert.rejects(async () => await session.wsConnect("ftp://127.0.0.1/"), NonHttpUrlClientError);
    await session.close();
  });
});
