/** Requests against Python's http.server and nginx. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import * as asyncio from "uvio";
import { ClientSession, TCPConnector } from "uvio/aiohttp";
import { eachLoop } from "../support/loops.js";
import { unless } from "../support/unless.js";
import { aiohttpMissing, nginxMissing, pythonMissing, startAiohttp, startHttpServer, startNginx, type TestServer } from "./servers.js";

const TEXT = "a tower of ten levels\n".repeat(5000);

function makeFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "uvio-http-"));
  writeFileSync(path.join(folder, "text.txt"), TEXT);
  mkdirSync(path.join(folder, "below"));
  return folder;
}

describe("a session against Python's http.server", unless(pythonMissing), () => {
  let server: TestServer;
  const folder = makeFolder();
  beforeAll(async () => (server = await startHttpServer(folder)));
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  eachLoop("files, a redirect to a folder, what is missing, and what it cannot do", async (t) => {
    await t.run(() =>
      asyncio.asyncWith(new ClientSession({ baseUrl: server.base }), async (session) => {
        const file = await session.get("/text.txt");
        assert.deepEqual([file.status, file.contentType, file.contentLength], [200, "text/plain", TEXT.length]);
        assert.equal(await file.text(), TEXT);
        const listing = await session.get("/below");
        assert.deepEqual([listing.status, listing.url.pathname, listing.history[0]!.status], [200, "/below/", 301]);
        listing.release();
        const missing = await session.get("/none");
        assert.deepEqual([missing.status, missing.reason], [404, "File not found"]);
        missing.release();
        const refused = await session.post("/text.txt", { data: "x" });
        assert.equal(refused.status, 501);
        refused.release();
      }),
    );
  });

  eachLoop("a hundred requests at once, each on a connection that the server closes", async (t) => {
    await t.run(() =>
      asyncio.asyncWith(new ClientSession({ baseUrl: server.base, connector: new TCPConnector({ limit: 10 }) }), async (session) => {
        const lengths = await asyncio.gather(
          ...Array.from({ length: 100 }, () => async () => (await (await session.get("/text.txt")).read()).length),
        );
        assert.deepEqual(new Set(lengths), new Set([TEXT.length]));
      }),
    );
  });
});

describe("a session against nginx", unless(nginxMissing || aiohttpMissing), () => {
  let upstream: TestServer;
  let server: TestServer;
  const folder = makeFolder();
  beforeAll(async () => {
    upstream = await startAiohttp();
    server = await startNginx(folder, upstream.base);
  });
  afterAll(async () => {
    await server.stop();
    await upstream.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  eachLoop("gzip in chunks, redirects, and connections that it closes after five requests", async (t) => {
    await t.run(() =>
      asyncio.asyncWith(new ClientSession({ baseUrl: server.base }), async (session) => {
        for (let i = 0; i < 12; i++) {
          const file = await session.get("/text.txt");
          assert.deepEqual([file.headers.get("content-encoding"), file.headers.get("transfer-encoding")], ["gzip", "chunked"]);
          assert.equal(await file.text(), TEXT);
        }
        const moved = await session.get("/moved");
        assert.deepEqual([moved.status, moved.url.pathname, moved.history.length], [200, "/text.txt", 1]);
        assert.equal((await moved.read()).length, TEXT.length);
        assert.equal((await session.get("/none")).status, 404);
      }),
    );
  });

  eachLoop("uploads of several MiB, whole and in chunks, through it", async (t) => {
    await t.run(() =>
      asyncio.asyncWith(new ClientSession({ baseUrl: server.base }), async (session) => {
        const size = 4 << 20;
        const whole = await session.put("/app/echo", { data: Buffer.alloc(size, 65) });
        assert.equal((await whole.json<{ length: number }>()).length, size);
        const pieces = async function* () {
          for (let i = 0; i < 64; i++) yield Buffer.alloc(size / 64, 66);
        };
        const streamed = await session.put("/app/echo", { data: pieces() });
        assert.equal((await streamed.json<{ length: number }>()).length, size);
      }),
    );
  });

  eachLoop("a response that its upstream does not finish in time", async (t) => {
    await t.run(() =>
      asyncio.asyncWith(new ClientSession({ baseUrl: server.base }), async (session) => {
        await assert.rejects(async () => await session.get("/app/slow", { timeout: { total: 0.1 } }), asyncio.TimeoutError);
        assert.equal((await (await session.get("/text.txt")).read()).length, TEXT.length);
      }),
    );
  });
});
