/** Requests and responses against an aiohttp.web application. */
import assert from "node:assert/strict";
import { afterAll, beforeAll, describe } from "vitest";
import * as asyncio from "uvio";
import {
  BasicAuth,
  ClientSession,
  ContentTypeError,
  CookieJar,
  FormData,
  ClientResponseError,
  ClientError,
  RedirectClientError,
  TooManyRedirects,
  InvalidURL,
} from "uvio/aiohttp";
import { eachLoop } from "../support/loops.js";
import { on, SPELLINGS, Writer } from "../support/spellings.js";
import { unless } from "../support/unless.js";
import { aiohttpMissing, startAiohttp, type TestServer } from "./servers.js";

interface Echo {
  method: string;
  path: string;
  query: [string, string][];
  headers: [string, string][];
  chunked: boolean;
  cookies: Record<string, string>;
  length: number;
  body: string;
}

describe("a session against aiohttp.web", unless(aiohttpMissing), () => {
  let server: TestServer;
  beforeAll(async () => (server = await startAiohttp()));
  afterAll(() => server.stop());

  /** Returns a header of the request as the server received it. */
  const header = (echo: Echo, name: string): string | undefined => echo.headers.find(([key]) => key.toLowerCase() === name)?.[1];

  for (const spelling of SPELLINGS) {
    const write = new Writer(spelling);
    eachLoop(`a request is awaited, or a block holds its response, ${spelling}`, async (t) => {
      const main = write.fn(function* main() {
        const block = write.block(function* (session: ClientSession) {
          const response = yield* on(session.get(`${server.base}/echo`));
          assert.equal(response.status, 200);
          const echo = yield* on(response.json<Echo>());
          assert.equal(echo.method, "GET");
          const inner = write.block(function* (held: typeof response) {
            return yield* on(held.text());
          });
          const text = yield* on(asyncio.asyncWith(session.post(`${server.base}/echo`, { data: "hello" }), inner));
          assert.equal((JSON.parse(text) as Echo).body, "hello");
          return session;
        });
        return yield* on(asyncio.asyncWith(new ClientSession(), block));
      });
      const session = await t.run(main.lazy());
      assert.equal(session.closed, true);
    });
  }

  /** A session for one test. */
  function session(
    name: string,
    body: (session: ClientSession) => Promise<void>,
    make = () => new ClientSession({ baseUrl: server.base }),
  ): void {
    eachLoop(name, (t) => t.run(() => asyncio.asyncWith(make(), body)));
  }

  async function echo(request: ReturnType<ClientSession["get"]>): Promise<Echo> {
    return await asyncio.asyncWith(request, (response) => response.json<Echo>());
  }

  session("every method says its name", async (http) => {
    for (const method of ["get", "post", "put", "patch", "delete", "options"] as const) {
      assert.equal((await echo(http[method]("/echo"))).method, method.toUpperCase());
    }
    assert.equal((await echo(http.request("propfind", "/echo"))).method, "PROPFIND");
    const head = await http.head("/echo");
    assert.equal(head.status, 200);
    assert.equal((await head.read()).length, 0);
  });

  session("params are added to the URL's query", async (http) => {
    const { query } = await echo(http.get("/echo?a=1", { params: { b: "x y", c: [1, 2], d: true } }));
    assert.deepEqual(query, [["a", "1"], ["b", "x y"], ["c", "1"], ["c", "2"], ["d", "true"]]); // prettier-ignore
    assert.deepEqual((await echo(http.get("/echo", { params: [["k", "1"], ["k", "2"]] }))).query, [["k", "1"], ["k", "2"]]); // prettier-ignore
    assert.deepEqual((await echo(http.get("/echo", { params: "q=%2F" }))).query, [["q", "/"]]);
    await assert.rejects(async () => await http.get("/echo", { params: { a: null as never } }), {
      name: "TypeError",
      message: /params\.a must be/,
    });
  });

  session(
    "headers of the session and of the request; those of the request win",
    async (http) => {
      const seen = await echo(http.get("/echo", { headers: { "x-two": "mine", "X-Three": "3" } }));
      assert.deepEqual([header(seen, "x-one"), header(seen, "x-two"), header(seen, "x-three")], ["1", "mine", "3"]);
      assert.equal(header(seen, "accept"), "*/*");
      assert.match(header(seen, "user-agent")!, /^uvio /);
      const bare = await echo(http.get("/echo", { skipAutoHeaders: ["user-agent"] }));
      assert.equal(header(bare, "user-agent"), undefined);
      await assert.rejects(async () => await http.get("/echo", { headers: { "X-Bad": "a\r\nb: c" } }), asyncio.ValueError);
    },
    () => new ClientSession({ baseUrl: server.base, headers: { "X-One": "1", "X-Two": "2" } }),
  );

  session("a body is what data says", async (http) => {
    const post = (data: unknown) => echo(http.post("/echo", { data: data as string }));
    const text = await post("Größe");
    assert.deepEqual([Buffer.from(text.body, "latin1").toString(), header(text, "content-type")], ["Größe", "text/plain; charset=utf-8"]);
    const bytes = await post(new Uint8Array([0, 255]));
    assert.deepEqual([bytes.body, header(bytes, "content-type")], ["\x00\xff", "application/octet-stream"]);
    assert.equal((await post({ a: "1", b: "x y" })).body, "a=1&b=x+y");
    assert.equal((await post(new URLSearchParams({ a: "ä" }))).body, "a=%C3%A4");
    const blob = await post(new Blob(["of a blob"], { type: "text/x-blob" }));
    assert.deepEqual([blob.body, header(blob, "content-type"), blob.chunked], ["of a blob", "text/x-blob", false]);
    const none = await echo(http.post("/echo"));
    assert.deepEqual([none.length, header(none, "content-length")], [0, "0"]);
    for (const wrong of [5, true, [1, 2]]) await assert.rejects(() => post(wrong), TypeError);
  });

  session("json is serialised, and excludes data", async (http) => {
    const seen = await echo(http.post("/echo", { json: { a: [1, null] } }));
    assert.deepEqual([seen.body, header(seen, "content-type")], ['{"a":[1,null]}', "application/json"]);
    await assert.rejects(async () => await http.post("/echo", { json: 1, data: "x" }), asyncio.ValueError);
  });

  session("an async iterable is sent piece by piece, and may await", async (http) => {
    const pieces = async function* () {
      for (let i = 0; i < 50; i++) {
        yield "x".repeat(1000);
        await asyncio.sleep(0);
      }
    };
    const seen = await echo(http.post("/echo", { data: pieces() }));
    assert.deepEqual([seen.length, seen.chunked], [50_000, true]);
    const failing = async function* () {
      yield "begin";
      throw new RangeError("of the source");
    };
    await assert.rejects(async () => await http.post("/echo", { data: failing() }), (error: Error) => {
      assert.equal(error.name, "ClientConnectionError");
      assert.match(error.message, /request body.*of the source/);
      return true;
    }); // prettier-ignore
  });

  session("a form with files is multipart", async (http) => {
    const form = new FormData({ name: "tower" });
    form.addField("levels", Buffer.from("one\ntwo"), { filename: "levels.txt", contentType: "text/plain" });
    form.addField("blob", new Blob(["ten"]), { filename: 'qu"ote' });
    const parts = await asyncio.asyncWith(http.post("/upload", { data: form }), (response) => response.json());
    assert.deepEqual(parts, [
      ["name", null, null, "tower"],
      ["levels", "levels.txt", "text/plain", "one\ntwo"],
      ["blob", "qu%22ote", "application/octet-stream", "ten"],
    ]);
    const streamed = new FormData().addField("big", (async function* () { yield Buffer.alloc(100_000, 65); })(), { filename: "a" }); // prettier-ignore
    const [[, , , content]] = await asyncio.asyncWith(http.post("/upload", { data: streamed }), (response) => response.json<string[][]>()) as [string[]]; // prettier-ignore
    assert.equal(content!.length, 100_000);
    const plain = await asyncio.asyncWith(http.post("/form", { data: new FormData([["a", "1"], ["a", 2]]) }), (response) => response.json()); // prettier-ignore
    assert.deepEqual(plain, [["a", "1"], ["a", "2"]]); // prettier-ignore
  });

  session("status, reason, headers and raiseForStatus", async (http) => {
    const response = await http.get("/status/404?reason=Lost");
    assert.deepEqual(
      [response.status, response.reason, response.ok, response.contentType, response.charset],
      [404, "Lost", false, "text/plain", "utf-8"],
    );
    assert.equal(response.headers.get("CONTENT-length"), "10");
    assert.equal(response.headers.get("none"), null);
    assert.equal(await response.text(), "body of it");
    assert.equal(await response.text(), "body of it");
    assert.throws(() => response.raiseForStatus(), {
      name: "ClientResponseError",
      status: 404,
      reason: "Lost",
      message: /^404, message='Lost', url='http/,
    });
    await assert.rejects(async () => await http.get("/status/500", { raiseForStatus: true }), ClientResponseError);
    const looked: number[] = [];
    await asyncio.asyncWith(http.get("/status/500", { raiseForStatus: async (it) => void looked.push(it.status) }), async () => {});
    assert.deepEqual(looked, [500]);
  });

  session("chunked bodies are read by line, by piece, or whole", async (http) => {
    await asyncio.asyncWith(http.get("/chunked/1000"), async ({ content }) => {
      let count = 0;
      for await (const line of content) assert.equal(line.toString(), `line ${count++}\n`);
      assert.equal(count, 1000);
    });
    await asyncio.asyncWith(http.get("/chunked/1000"), async ({ content }) => {
      let length = 0;
      for await (const piece of content.iterChunked(100)) {
        assert.ok(piece.length <= 100);
        length += piece.length;
      }
      assert.equal(length, 8890);
    });
    assert.equal(await (await http.get("/chunked/3")).text(), "line 0\nline 1\nline 2\n");
  });

  session("compressed bodies are decoded, unless told otherwise", async (http) => {
    for (const kind of ["gzip", "deflate", "raw"]) {
      const text = await asyncio.asyncWith(http.get(`/compressed/${kind}`), (response) => response.text());
      assert.equal(text, "level ten\n".repeat(20_000));
    }
    const raw = await asyncio.asyncWith(http.get("/compressed/gzip", { autoDecompress: false }), (response) => response.read());
    assert.deepEqual([...raw.subarray(0, 2)], [0x1f, 0x8b]);
  });

  session("a reader that does not read holds the server back, and loses nothing", async (http) => {
    await asyncio.asyncWith(http.get("/big/16", { readBufsize: 1000 }), async (response) => {
      await asyncio.sleep(0.05);
      assert.equal(response.closed, false);
      assert.equal(
        (await response.content.readexactly(300)).equals(Buffer.concat([Buffer.from(range()), Buffer.from(range()).subarray(0, 44)])),
        true,
      );
      assert.equal((await response.content.read()).length, (16 << 20) - 300);
    });
  });

  session("text is decoded as the server says, or as told", async (http) => {
    const response = await http.get("/charset");
    assert.equal(await response.text(), "Größe");
    await assert.rejects(async () => await response.text("utf-8"), asyncio.ValueError);
    assert.equal(await response.text("utf-8", "replace"), "Gr\ufffd\ufffde");
    await assert.rejects(async () => await response.text("none-such"), asyncio.ValueError);
  });

  session("json checks the content type and the text", async (http) => {
    const response = await http.get("/status/200");
    await assert.rejects(async () => await response.json(), (error) => error instanceof ContentTypeError && error.status === 200); // prettier-ignore
    await assert.rejects(async () => await response.json({ contentType: null }), { name: "ValueError", message: /the body is not JSON/ });
  });

  session(
    "cookies are kept and sent again, and forgotten when cleared",
    async (http) => {
      const response = await http.get("/cookie?level=10&tower=async");
      response.release();
      const level = response.cookies.get("level")!;
      assert.deepEqual([level.value, level.httpOnly, level.maxAge], ["10", true, 100]);
      assert.deepEqual((await echo(http.get("/echo"))).cookies, { level: "10", tower: "async" });
      assert.deepEqual((await echo(http.get("/echo", { cookies: { own: "1", level: "9" } }))).cookies, {
        level: "9",
        tower: "async",
        own: "1",
      });
      const jar = http.cookieJar as CookieJar;
      assert.equal(jar.size, 2);
      jar.clear(({ key }) => key === "level");
      assert.deepEqual((await echo(http.get("/echo"))).cookies, { tower: "async" });
      jar.clear();
      assert.deepEqual((await echo(http.get("/echo"))).cookies, {});
    },
    () => new ClientSession({ baseUrl: server.base, cookieJar: new CookieJar({ unsafe: true }) }),
  );

  session("a server named by its address sets no cookies, unless the jar is unsafe", async (http) => {
    (await http.get("/cookie?a=1")).release();
    assert.deepEqual((await echo(http.get("/echo"))).cookies, {});
  });

  session(
    "credentials of the session, of the request and of the URL",
    async (http) => {
      const authorization = async (request: ReturnType<ClientSession["get"]>) => header(await echo(request), "authorization");
      assert.equal(await authorization(http.get("/echo")), new BasicAuth("one", "1").encode());
      assert.equal(await authorization(http.get("/echo", { auth: new BasicAuth("two", "2") })), new BasicAuth("two", "2").encode());
      assert.equal(
        await authorization(http.get(server.base.replace("//", "//three:3%40@") + "/echo")),
        new BasicAuth("three", "3@").encode(),
      );
      await assert.rejects(async () => await http.get("/echo", { headers: { Authorization: "x" } }), asyncio.ValueError);
    },
    () => new ClientSession({ baseUrl: server.base, auth: new BasicAuth("one", "1") }),
  );

  session("redirects are followed, with their history", async (http) => {
    const response = await http.get("/redirect/302?to=/redirect/301%3Fto%3D/echo");
    assert.deepEqual([response.status, response.url.pathname, response.history.map(({ status }) => status)], [200, "/echo", [302, 301]]);
    response.release();
    const stopped = await http.get("/redirect/302?to=/echo", { allowRedirects: false });
    assert.deepEqual([stopped.status, stopped.headers.get("Location")], [302, "/echo"]);
    stopped.release();
  });

  session("a redirect keeps the method and the body, or makes it a GET, by its status", async (http) => {
    const via = async (status: number, method: string): Promise<[string, string]> => {
      const seen = await echo(http.request(method, `/redirect/${status}?to=/echo`, { data: "body" }));
      return [seen.method, seen.body];
    };
    assert.deepEqual(await via(301, "POST"), ["GET", ""]);
    assert.deepEqual(await via(302, "POST"), ["GET", ""]);
    assert.deepEqual(await via(303, "PUT"), ["GET", ""]);
    assert.deepEqual(await via(302, "PUT"), ["PUT", "body"]);
    assert.deepEqual(await via(307, "POST"), ["POST", "body"]);
    assert.deepEqual(await via(308, "POST"), ["POST", "body"]);
  });

  session("redirects have a limit, and must lead to HTTP", async (http) => {
    await assert.rejects(async () => await http.get("/redirect/302?to=/redirect/302%3Fto%3D/echo", { maxRedirects: 2 }), (error) => {
      assert.ok(error instanceof TooManyRedirects);
      assert.deepEqual([error.status, error.history.length], [302, 2]);
      return true;
    }); // prettier-ignore
    await assert.rejects(async () => await http.get("/redirect/302?to=ftp://example/"), { name: "NonHttpUrlRedirectClientError" });
    await assert.rejects(async () => await http.get("/redirect/302?to=http://[/"), (error) => error instanceof InvalidURL && error instanceof RedirectClientError && error instanceof ClientError); // prettier-ignore
  });

  session("a redirect to another origin takes no credentials along", async (http) => {
    const other = `http://localhost:${server.port}/echo`;
    const seen = await echo(
      http.get(`/redirect/302?to=${encodeURIComponent(other)}`, { auth: new BasicAuth("a", "b"), cookies: { secret: "1" } }),
    );
    assert.deepEqual([header(seen, "authorization"), seen.cookies], [undefined, {}]);
  });

  session("fifty requests at once share the connections that the limit allows", async (http) => {
    const all = await asyncio.gather(
      ...Array.from({ length: 50 }, (_, i) => async () => (await echo(http.get("/echo", { params: { i } }))).query[0]![1]),
    );
    assert.deepEqual(
      all,
      Array.from({ length: 50 }, (_, i) => String(i)),
    );
  });
});

function range(): number[] {
  return Array.from({ length: 256 }, (_, i) => i);
}
