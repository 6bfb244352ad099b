/** Servers that refuse, reset, stall, end early or talk nonsense: aiohttp's error classes, and no socket left open. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import * as asyncio from "uvio";
import {
  ClientConnectionError,
  ClientConnectorDNSError,
  ClientConnectorError,
  ClientError,
  ClientOSError,
  ClientPayloadError,
  ClientResponseError,
  ClientSession,
  ConnectionTimeoutError,
  InvalidURL,
  NonHttpUrlClientError,
  ServerConnectionError,
  ServerDisconnectedError,
  ServerTimeoutError,
  SocketTimeoutError,
  TCPConnector,
} from "uvio/aiohttp";
import { answer, gone, LAST, OK, request, stage } from "./stage.js";

stage("a refused connection is a ClientConnectorError with the system's code", async ({ http, server, url }) => {
  await server.close();
  await assert.rejects(async () => await http.get(url), (error: Error) => {
    assert.ok(error instanceof ClientConnectorError && error instanceof ClientOSError && error instanceof ClientConnectionError);
    assert.ok(error instanceof ClientError && !(error instanceof ServerConnectionError));
    assert.deepEqual([error.code, error.host, error.port, error.ssl], ["ECONNREFUSED", "127.0.0.1", server.port, false]);
    assert.match(error.message, /^Cannot connect to host 127\.0\.0\.1:\d+ ssl:none \[.*ECONNREFUSED/);
    return true;
  }); // prettier-ignore
});

stage("a name that does not resolve is a ClientConnectorDNSError", async ({ http }) => {
  await assert.rejects(async () => await http.get("http://no-such-host.invalid/"), ClientConnectorDNSError);
});

stage("what is no URL of HTTP is refused before anything is sent", async ({ http }) => {
  for (const wrong of ["no url", "/relative", "http://", "http://[bad/"]) {
    await assert.rejects(async () => await http.get(wrong), (error) => error instanceof InvalidURL && error instanceof ClientError && error instanceof asyncio.ValueError); // prettier-ignore
  }
  await assert.rejects(async () => await http.get("ftp://127.0.0.1/"), NonHttpUrlClientError);
  await assert.rejects(async () => await http.get(5 as never), TypeError);
  await assert.rejects(async () => await http.request("G E T", "http://127.0.0.1/"), asyncio.ValueError);
});

stage("a connection that is closed or reset instead of an answer", async ({ http, server, url }) => {
  const closing = server.accept().then(async (socket) => {
    await request(socket);
    socket.end();
    await gone(socket);
  });
  await assert.rejects(async () => await http.get(url), ServerDisconnectedError);
  await closing;
  const resetting = server.accept().then(async (socket) => {
    await request(socket);
    socket.resetAndDestroy();
  });
  await assert.rejects(async () => await http.post(url, { data: "x" }), (error) => error instanceof ClientOSError && error.code === "ECONNRESET"); // prettier-ignore
  await resetting;
});

stage("an answer that is none of HTTP is a ClientResponseError with status 400", async ({ http, server, url }) => {
  const answered = answer(server, "what do you want?\r\n\r\n");
  await assert.rejects(async () => await http.get(url), (error) => error instanceof ClientResponseError && error.status === 400); // prettier-ignore
  await gone(await answered);
});

const BROKEN: readonly (readonly [string, string | Uint8Array])[] = [
  ["ends before its Content-Length", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"],
  ["ends before its last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"],
  ["has a chunk of no size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nxyz\r\n"],
  ["is no gzip", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\nnot gzip!"],
  ["is half a gzip", Buffer.concat([Buffer.from("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 30\r\n\r\n"), gzipSync("x".repeat(90_000)).subarray(0, 30)])], // prettier-ignore
];
for (const [what, bytes] of BROKEN) {
  stage(`a body that ${what} is a ClientPayloadError`, async ({ http, server, url }) => {
    const answered = answer(server, bytes).then((socket) => socket.end());
    const response = await http.get(url);
    assert.equal(response.status, 200);
    await assert.rejects(async () => await response.read(), ClientPayloadError);
    await assert.rejects(async () => await response.content.read(1), ClientPayloadError);
    await gone(await answered);
  });
}

stage("a server that is too slow: total is a TimeoutError, and the connection is closed", async ({ http, server, url }) => {
  const accepted = server.accept();
  await assert.rejects(async () => await http.get(url, { timeout: { total: 0.05 } }), (error) => error instanceof asyncio.TimeoutError && !(error instanceof ClientError)); // prettier-ignore
  await gone(await accepted);
});

stage("a body that is too slow: reading it fails with TimeoutError, and the connection is closed", async ({ http, server, url }) => {
  const answered = answer(server, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  const response = await http.get(url, { timeout: { total: 0.5 } });
  await assert.rejects(async () => await response.text(), asyncio.TimeoutError);
  await gone(await answered);
});

stage("nothing for sockRead seconds is a SocketTimeoutError, before the headers and after them", async ({ http, server, url }) => {
  const timeout = { sockRead: 0.05 };
  const accepted = server.accept();
  await assert.rejects(async () => await http.get(url, { timeout }), (error) => {
    assert.ok(error instanceof SocketTimeoutError && error instanceof ServerTimeoutError && error instanceof asyncio.TimeoutError);
    assert.ok(error instanceof ServerConnectionError && error instanceof ClientConnectionError && error instanceof ClientError);
    return true;
  }); // prettier-ignore
  await gone(await accepted);
  const answered = answer(server, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  const response = await http.get(url, { timeout: { sockRead: 0.5 } });
  await assert.rejects(async () => await response.read(), SocketTimeoutError);
  await gone(await answered);
});

stage(
  "sockRead counts from when the request is sent: not while a source is slow, nor while the server does not read",
  async ({ http, server, url }) => {
    const timeout = { sockRead: 0.3 };
    const slow = async function* (): AsyncGenerator<string> {
      for (let i = 0; i < 4; i++) {
        yield "x";
        await asyncio.sleep(0.15);
      }
    };
    for (const data of [slow(), Buffer.alloc(16 << 20)]) {
      const reading = server.accept().then(async (socket) => {
        if (Buffer.isBuffer(data)) await asyncio.sleep(0.5); // Longer than sockRead.
        let count = 0;
        socket.on("data", (chunk: Buffer) => {
          count += chunk.length;
          if (Buffer.isBuffer(data) ? count > data.length : chunk.includes("0\r\n\r\n")) socket.end(LAST);
        });
        socket.resume();
        return socket;
      });
      const response = await http.post(url, { data, timeout });
      assert.equal(await response.text(), "ok");
      (await reading).destroy();
    }
    // From then on it counts.
    const accepted = server.accept();
    await assert.rejects(async () => await http.post(url, { data: slow(), timeout }), SocketTimeoutError);
    await gone(await accepted);
  },
);

stage("a reader that takes its time does not use up sockRead", async ({ http, server, url }) => {
  const body = Buffer.alloc(4 << 20, 65);
  const answered = answer(server, Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`), body]));
  const response = await http.get(url, { timeout: { sockRead: 0.5 }, readBufsize: 1000 });
  await asyncio.sleep(1); // Tests that nothing happens while time passes.
  assert.equal((await response.read()).length, body.length);
  (await answered).destroy();
});

stage(
  "no free connection in time is a ConnectionTimeoutError, and takes no place away",
  async ({ http, server, url }) => {
    const answered = answer(server, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no");
    const response = await http.get(url);
    await assert.rejects(async () => await http.get(url, { timeout: { connect: 0.03 } }), ConnectionTimeoutError);
    await assert.rejects(async () => await http.get(url, { timeout: { total: 0.03 } }), (error) => error instanceof asyncio.TimeoutError && !(error instanceof ClientError)); // prettier-ignore
    const socket = await answered;
    socket.write("k");
    assert.equal(await response.text(), "ok");
    const next = request(socket).then(() => socket.write(OK));
    assert.equal(await (await http.get(url)).text(), "ok");
    await next;
  },
  () => ({ connector: new TCPConnector({ limit: 1 }) }),
);

stage(
  "a request that is cancelled while it waits for a place, or for an answer, frees what it had",
  async ({ http, server, url }) => {
    const accepted = server.accept();
    const first = asyncio.createTask(http.get(url));
    const socket = await accepted;
    await request(socket);
    const waiting = asyncio.createTask(http.get(url));
    await asyncio.sleep(0);
    waiting.cancel();
    await assert.rejects(async () => await waiting, asyncio.CancelledError);
    first.cancel();
    await assert.rejects(async () => await first, asyncio.CancelledError);
    await gone(socket);
    const answered = answer(server, OK);
    assert.equal(await (await http.get(url)).text(), "ok");
    await answered;
  },
  () => ({ connector: new TCPConnector({ limit: 1 }) }),
);

stage(
  "a place given to a request that is cancelled in the same turn goes to the next one",
  async ({ http, server, url }) => {
    const answered = answer(server, "HTTP/1.1 200 OK\r\n\r\nendless");
    const first = await http.get(url);
    const second = asyncio.createTask(http.get(url));
    const third = asyncio.createTask(http.get(url));
    await asyncio.sleep(0);
    first.release();
    second.cancel();
    const next = answer(server, OK);
    await assert.rejects(async () => await second, asyncio.CancelledError);
    assert.equal(await (await third).text(), "ok");
    await gone(await answered);
    await next;
  },
  () => ({ connector: new TCPConnector({ limit: 1 }) }),
);

stage("a timeout around the reading of an endless body closes its connection", async ({ http, server, url }) => {
  const endless = answer(server, "HTTP/1.1 200 OK\r\n\r\n");
  let stop = false;
  const sending = endless.then(async (socket) => {
    while (!stop && !socket.destroyed) {
      if (socket.write(Buffer.alloc(65_536, 66))) await new Promise((resolve) => setImmediate(resolve));
      else await new Promise<void>((resolve) => void socket.once("drain", resolve).once("close", resolve));
    }
  });
  const response = await http.get(url);
  await assert.rejects(
    async () =>
      await asyncio.asyncWith(asyncio.timeout(0.1), async () => {
        for await (const piece of response.content.iterAny()) assert.equal(piece[0], 66);
      }),
    asyncio.TimeoutError,
  );
  response.release();
  await gone(await endless);
  stop = true;
  await sending;
});

stage("an endless body that is not wanted any more closes its connection", async ({ http, server, url }) => {
  const answered = answer(server, "HTTP/1.1 200 OK\r\n\r\nsome of it");
  await asyncio.asyncWith(http.get(url), async (response) => {
    assert.equal((await response.content.readexactly(4)).toString(), "some");
  });
  await gone(await answered);
});

stage("a released response cannot be read, and releasing again does nothing", async ({ http, server, url }) => {
  const answered = answer(server, OK);
  const response = await http.get(url);
  response.release();
  response.release();
  response.close();
  await assert.rejects(async () => await response.text(), { name: "ClientConnectionError", message: "Connection closed" });
  (await answered).destroy();
});

stage("an idle connection that the server closes is not missed: the request goes to another one", async ({ http, server, url }) => {
  const first = await Promise.all([answer(server, OK), (async () => await (await http.get(url)).text())()]);
  first[0].end();
  const second = answer(server, OK);
  assert.equal(await (await http.get(url)).text(), "ok");
  await second;
});

stage("a reused connection that ends under an idempotent request: it is repeated, and a POST is not", async ({ http, server, url }) => {
  const socket = (await Promise.all([answer(server, OK), (async () => await (await http.get(url)).text())()]))[0];
  const dropped = request(socket).then(() => socket.destroy());
  const again = answer(server, OK);
  assert.equal(await (await http.get(url)).text(), "ok");
  await dropped;
  const last = await again;
  const droppedAgain = request(last).then(() => last.destroy());
  await assert.rejects(async () => await http.post(url, { data: "x" }), ClientConnectionError);
  await droppedAgain;
});

stage("closing a session twice is closing it once; what is under way fails, what comes later is refused", async ({ http, server, url }) => {
  const accepted = server.accept();
  const waiting = asyncio.createTask(http.get(url));
  const socket = await accepted;
  await request(socket);
  await asyncio.gather(http.close(), http.close());
  await http.close();
  await assert.rejects(async () => await waiting, { name: "ClientConnectionError", message: "Connector is closed" });
  assert.equal(http.closed, true);
  assert.throws(() => http.get(url), asyncio.RuntimeError);
  await gone(socket);
});

for (const [what, options] of [
  ["limit", { limit: 3 }],
  ["limitPerHost", { limitPerHost: 3 }],
] as const) {
  // prettier-ignore
  stage(
    `${what} bounds the connections in use`,
    async ({ http, server, url }) => {
      let accepted = 0;
      let left = 20;
      const serve = async (): Promise<void> => {
        const socket = await server.accept();
        accepted++;
        void serve().catch(() => {});
        while (left-- > 0) {
          await request(socket);
          socket.write(OK);
        }
      };
      void serve();
      const requests = Array.from({ length: 20 }, () => async () => await (await http.get(url)).text());
      assert.deepEqual(new Set(await asyncio.gather(...requests)), new Set(["ok"]));
      assert.equal(accepted, 3);
    },
    () => ({ connector: new TCPConnector(options) }),
  );
}

stage("wrong options are refused with their names", async () => {
  assert.throws(() => new TCPConnector({ limit: -1 }), { name: "TypeError", message: /limit must be/ });
  assert.throws(() => new TCPConnector({ ssl: "yes" as never }), { name: "TypeError", message: /ssl must be/ });
  assert.throws(() => new ClientSession({ timeout: 5 as never }), { name: "TypeError", message: /timeout must be a ClientTimeout, got 5/ });
  assert.throws(() => new ClientSession({ timeout: { total: -1 } }), { name: "ValueError", message: /total must not be negative/ });
  assert.throws(() => new ClientSession({ connector: {} as never }), { name: "TypeError", message: /connector must be/ });
  assert.throws(() => new ClientSession({ baseUrl: "no url" }), InvalidURL);
});
