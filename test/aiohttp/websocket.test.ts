/** WebSockets against an aiohttp.web application, and against servers that misbehave. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterAll, beforeAll, describe } from "vitest";
import { WebSocketServer } from "ws";
import * as asyncio from "uvio";
import {
  BasicAuth,
  ClientConnectionResetError,
  ClientConnectorError,
  ClientSession,
  type ClientWebSocketResponse,
  CookieJar,
  NonHttpUrlClientError,
  ServerDisconnectedError,
  ServerTimeoutError,
  TooManyRedirects,
  WSMessageTypeError,
  WSMsgType,
  WSServerHandshakeError,
} from "uvio/aiohttp";
import { eachLoop } from "../support/loops.js";
import { rawServer, type RawServer } from "../support/raw.js";
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

/** Accepts a connection and shakes hands. The rest of the server is written by hand. */
async function acceptWebSocket(server: RawServer): Promise<Socket> {
  const socket = await server.accept();
  let head = "";
  while (!head.includes("\r\n\r\n")) {
    socket.resume();
    head += String((await once(socket, "data"))[0]);
  }
  const key = /^sec-websocket-key: (.*)\r$/im.exec(head)![1]!;
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  socket.write(`HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
  socket.resume();
  return socket;
}

/** A frame with a binary message. */
function frame(size: number): Buffer {
  const head = Buffer.alloc(10);
  head.set([0x82, 127]);
  head.writeBigUInt64BE(BigInt(size), 2);
  return Buffer.concat([head, Buffer.alloc(size, 7)]);
}

/** Connects to a server that is written by hand. Its sockets close with the test. */
function byHand(
  name: string,
  body: (ws: ClientWebSocketResponse, socket: Socket) => Promise<void>,
  options: Parameters<ClientSession["wsConnect"]>[1] = {},
): void {
  eachLoop(name, (t) =>
    t.run(async () => {
      const server = await rawServer();
      const session = new ClientSession();
      const accepted = acceptWebSocket(server);
      const ws = await session.wsConnect(`ws://127.0.0.1:${server.port}/`, { timeout: { wsClose: 0.1 }, ...options });
      await body(ws, await accepted);
      await ws.close();
      await session.close();
      await server.close();
    }),
  );
}

byHand("after close() receive() gives CLOSED for ever, whatever has arrived before", async (ws, socket) => {
  socket.write(Buffer.concat(Array.from({ length: 20 }, () => frame(10_000)))); // More than is buffered unread.
  await asyncio.sleep(0.05);
  assert.equal((await ws.receive()).type, WSMsgType.BINARY);
  socket.write(frame(10_000));
  await ws.close();
  for (let i = 0; i < 3; i++) assert.equal((await ws.receive()).type, WSMsgType.CLOSED);
  for await (const message of ws) assert.fail(`${WSMsgType[message.type]} after close()`);
});

byHand("after close() of a WebSocket that the server has closed, too", async (ws, socket) => {
  socket.end(Buffer.concat([frame(10), frame(10), Buffer.from([0x88, 0])]));
  assert.equal((await ws.receive()).type, WSMsgType.BINARY);
  while (!ws.closed) await asyncio.sleep(0.001);
  assert.equal(await ws.close(), false);
  assert.equal((await ws.receive()).type, WSMsgType.CLOSED);
});

byHand(
  "a message that takes long to arrive is a sign of life",
  async (ws, socket) => {
    const bytes = frame(100_000);
    const sending = asyncio.createTask(async () => {
      for (let at = 0; at < bytes.length; at += 5000) {
        socket.write(bytes.subarray(at, at + 5000));
        await asyncio.sleep(0.03);
      }
    });
    assert.equal((await ws.receiveBytes(5)).length, 100_000);
    await sending;
  },
  { heartbeat: 0.1 },
);

byHand(
  "a slow reader that pauses the connection is not the server's fault; a server that is silent then is lost",
  async (ws, socket) => {
    for (let i = 0; i < 20; i++) socket.write(frame(10_000));
    await asyncio.sleep(0.5);
    for (let i = 0; i < 20; i++) assert.equal((await ws.receiveBytes(1)).length, 10_000);
    const message = await ws.receive(2);
    assert.ok(message.type === WSMsgType.ERROR && message.data instanceof ServerTimeoutError);
    assert.match(message.data.message, /^No PONG received after 0\.05 seconds$/);
  },
  { heartbeat: 0.1 },
);

byHand(
  "a callback that blocks the loop longer than the heartbeat does not end the connection",
  async (ws, socket) => {
    let alive = true;
    const sending = asyncio.createTask(async () => {
      while (alive) {
        socket.write(frame(1));
        await asyncio.sleep(0.01);
      }
    });
    for (let i = 0; i < 3; i++) {
      const until = performance.now() + 200;
      while (performance.now() < until);
      await asyncio.sleep(0);
    }
    assert.equal((await ws.receive()).type, WSMsgType.BINARY);
    alive = false;
    await sending;
    assert.equal(ws.exception(), null);
  },
  { heartbeat: 0.1 },
);

interface Redirecting {
  readonly port: number;
  readonly seen: IncomingMessage[];
  close(): Promise<void>;
}

/** A server whose path /STATUS redirects to the query, and whose other paths are WebSockets that say their path. */
async function redirecting(): Promise<Redirecting> {
  const wss = new WebSocketServer({ noServer: true });
  const seen: IncomingMessage[] = [];
  const server = createServer();
  server.on("upgrade", (request, socket, head) => {
    seen.push(request);
    const [, status, to = ""] = /^\/(\d+)(?:\?(.*))?$/.exec(request.url!) ?? [];
    if (status === undefined) return wss.handleUpgrade(request, socket, head, (ws) => ws.send(request.url!));
    const location = to === "" ? "" : `Location: ${decodeURIComponent(to)}\r\n`;
    socket.end(`HTTP/1.1 ${status} Moved\r\n${location}Set-Cookie: hop=${status}\r\nContent-Length: 0\r\n\r\n`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = async (): Promise<void> => {
    wss.close();
    server.close();
    await once(server, "close");
  };
  return { port: (server.address() as AddressInfo).port, seen, close };
}

eachLoop("a handshake follows redirects, to every scheme of HTTP and WebSockets", async (t) => {
  await t.run(async () => {
    const server = await redirecting();
    const session = new ClientSession({ cookieJar: new CookieJar({ unsafe: true }) });
    const base = `ws://127.0.0.1:${server.port}`;
    for (const status of [301, 302, 303, 307, 308]) {
      for (const to of ["/new", `${base}/new`, `http://127.0.0.1:${server.port}/new`, "new", `/307?${encodeURIComponent("/new")}`]) {
        server.seen.length = 0;
        const ws = await session.wsConnect(`${base}/${status}?${encodeURIComponent(to)}`, {
          headers: { "X-Any": "1" },
          auth: new BasicAuth("a", "b"),
        });
        assert.equal(await ws.receiveStr(2), "/new");
        await ws.close();
        const last = server.seen.at(-1)!;
        assert.deepEqual([last.method, last.headers["x-any"], last.headers.authorization], ["GET", "1", new BasicAuth("a", "b").encode()]);
        assert.match(last.headers.cookie!, /^hop=30\d$/); // The redirect has set it.
      }
    }
    await session.close();
    await server.close();
  });
});

eachLoop("a redirected handshake takes no credentials to another origin", async (t) => {
  await t.run(async () => {
    const server = await redirecting();
    const session = new ClientSession({ auth: new BasicAuth("c", "d") });
    const to = encodeURIComponent(`ws://localhost:${server.port}/new`);
    for (const headers of [{ Authorization: "x", Cookie: "secret=1", "Proxy-Authorization": "y" }, {}] as Record<string, string>[]) {
      const bare = new ClientSession();
      const ws = await ("Cookie" in headers ? bare : session).wsConnect(`ws://127.0.0.1:${server.port}/302?${to}`, { headers });
      await ws.close();
      await bare.close();
      const [first, last] = server.seen.splice(0) as [IncomingMessage, IncomingMessage];
      assert.ok(first.headers.authorization !== undefined);
      for (const name of ["authorization", "cookie", "proxy-authorization"]) assert.equal(last.headers[name], undefined);
    }
    await session.close();
    await server.close();
  });
});

eachLoop("redirects of handshakes have a limit and lead to HTTP; without a Location they are refusals", async (t) => {
  await t.run(async () => {
    const server = await redirecting();
    const session = new ClientSession();
    const base = `ws://127.0.0.1:${server.port}`;
    let loop = "/end";
    for (let i = 0; i < 10; i++) loop = `/302?${encodeURIComponent(loop)}`;
    await assert.rejects(async () => await session.wsConnect(base + loop), (error) => {
      assert.ok(error instanceof TooManyRedirects && error.status === 302 && error.history.length === 10);
      return true;
    }); // prettier-ignore
    await assert.rejects(async () => await session.wsConnect(`${base}/302?ftp://x/`), { name: "NonHttpUrlRedirectClientError" });
    await assert.rejects(async () => await session.wsConnect(`${base}/302`), (error) => error instanceof WSServerHandshakeError && error.status === 302); // prettier-ignore
    await assert.rejects(async () => await session.wsConnect(`${base}/307?${encodeURIComponent("/404?x")}`), (error) => {
      assert.ok(error instanceof WSServerHandshakeError && error.status === 404 && error.history.length === 1);
      return true;
    }); // prettier-ignore
    await session.close();
    await server.close();
  });
});
