/** The heads of requests and responses: bytes beyond ASCII, control characters, statuses of 1xx, lengths, credentials. */
import assert from "node:assert/strict";
import { format, inspect } from "node:util";
import { test } from "vitest";
import * as asyncio from "uvio";
import { BasicAuth, ClientResponseError, ClientSession, CookieJar, InvalidURL, NonHttpUrlClientError, TCPConnector } from "uvio/aiohttp";
import { LAST, request, stage, type Stage } from "./stage.js";

/** Answers the next request with parts that arrive one after the other. Returns the request's head, as UTF-8. */
async function respond({ server }: Stage, ...parts: string[]): Promise<string> {
  const socket = await server.accept();
  const head = await request(socket);
  for (const part of parts) {
    socket.write(Buffer.from(part, "latin1"));
    await new Promise((resolve) => setTimeout(resolve, 5)); // The parts must not arrive together.
  }
  socket.end();
  return Buffer.from(head, "latin1").toString();
}

const utf8 = (text: string): string => Buffer.from(text).toString("latin1");
const OK = (headers = "", reason = "OK"): string => `HTTP/1.1 200 ${reason}\r\n${headers}Content-Length: 2\r\nConnection: close\r\n\r\nok`;

for (const [what, ...parts] of [
  ["100 Continue", `HTTP/1.1 100 Continue\r\n\r\n${OK()}`],
  ["100 Continue on its own", "HTTP/1.1 100 Continue\r\n\r\n", OK()],
  ["100 Continue in pieces", "HT", "TP/1.1 1", "00 Con", "tinue\r\nA: b\r\n\r", `\n${OK()}`],
  [
    "several",
    `HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.0 100 Continue\r\n\r\nHTTP/1.1 102 P\r\n\r\nHTTP/1.1 100 C\r\n\r\nHTTP`,
    OK().slice(4),
  ],
] as const) {
  // prettier-ignore
  stage(`responses of 1xx that were not asked for are skipped: ${what}`, async (it) => {
    for (const method of ["GET", "POST", "HEAD"]) {
      const served = respond(it, ...parts);
      const response = await it.http.request(method, it.url);
      assert.deepEqual([response.status, await response.text()], [200, method === "HEAD" ? "" : "ok"]);
      await served;
    }
  });
}

stage("a kept connection stays usable after a response of 1xx", async ({ http, server, url }) => {
  const serving = server.accept().then(async (socket) => {
    for (let i = 0; i < 3; i++) {
      await request(socket);
      socket.write(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${i}`);
    }
    return socket;
  });
  for (let i = 0; i < 3; i++) assert.equal(await (await http.get(url)).text(), String(i));
  (await serving).destroy();
});

stage("a 304 or 204 has no body, whatever its Content-Length says", async (it) => {
  for (const [status, headers] of [
    [304, "Content-Length: 500\r\n"],
    [304, "Content-Length: 500\r\nContent-Encoding: gzip\r\n"],
    [304, "Transfer-Encoding: chunked\r\n"],
    [204, "Content-Length: 5\r\n"],
    [204, ""],
  ] as const) {
    // prettier-ignore
    const served = respond(it, `HTTP/1.1 ${status} X\r\n${headers}\r\n`);
    const response = await it.http.get(it.url);
    assert.deepEqual([response.status, await response.text()], [status, ""]);
    assert.equal(response.closed, true);
    await served;
  }
});

stage("a head that breaks the rules is a ClientResponseError with status 400, and the request is not repeated", async (it) => {
  const first = respond(it, OK().replace("close", "keep-alive"));
  await (await it.http.get(it.url)).text();
  await first;
  for (const [head, message] of [
    ["HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", /Content-Length is given twice/],
    ["HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n", /Content-Length is given twice, or together with Tr/],
    ["HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", /bad upgrade/],
    ["HTTP/1.1 101 Switching\r\n\r\n", /breaks the rules/],
    ["HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", /does not match/],
    ["HTTP/1.1 99 X\r\n\r\n", /does not match/],
  ] as const) {
    const served = respond(it, head);
    await assert.rejects(async () => await it.http.get(it.url), (error) => {
      assert.ok(error instanceof ClientResponseError && error.status === 400, String(error));
      assert.match(error.message, message);
      return true;
    }); // prettier-ignore
    await served;
  }
});

stage("received headers, reasons and cookies are UTF-8 where that is valid, else latin-1", async (it) => {
  for (const encode of [utf8, (text: string) => text]) {
    const served = respond(it, OK(`X-Name: ${encode("hé")}\r\nSet-Cookie: c=${encode("hé")}\r\n`, encode("Très bien")));
    const response = await it.http.get(it.url);
    assert.deepEqual([response.headers.get("X-Name"), response.cookies.get("c")?.value, response.reason], ["hé", "hé", "Très bien"]);
    await response.read();
    await served;
    const moved = respond(it, `HTTP/1.1 302 Found\r\nLocation: /${encode("hé")}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
    const asked = moved.then(() => respond(it, OK()));
    (await it.http.get(it.url)).release();
    assert.match(await asked, /^GET \/h%C3%A9 /);
  }
  const parts = respond(it, "HTTP/1.1 200 Tr", "\xe8", "s\r", "\nContent-Length: 0\r\n\r\n");
  assert.equal((await it.http.get(it.url)).reason, "Très");
  await parts;
});

stage("sent headers and cookies are UTF-8", async (it) => {
  const jar = new CookieJar({ unsafe: true });
  jar.updateFromHeaders(["c=hé"], new URL(it.url));
  const http = new ClientSession({ cookieJar: jar });
  const served = respond(it, OK());
  (await http.get(it.url, { headers: { "X-Name": "日本 hé", "X-Tab": "a\tb" } })).release();
  const head = await served;
  assert.ok(/^x-name: 日本 hé\r$/im.test(head) && /^x-tab: a\tb\r$/im.test(head) && /^cookie: c=hé\r$/im.test(head), head);
  await http.close();
});

stage("control characters cannot leave their header, request line or cookie", async (it) => {
  const { http, url } = it;
  const bad = ["a\r\nX-Evil: 1", "a\nb", "a\0b", "\x7f", "\u0001"];
  for (const value of bad) {
    const refusals = [
      () => http.get(url, { headers: { "X-Any": value } }),
      () => http.get(url, { headers: { [value]: "1" } }),
      () => http.get(url, { headers: { Host: value } }),
      () => http.get(url, { headers: { Cookie: value } }),
      () => http.get(url, { headers: { "Content-Type": value }, data: "x" }),
      () => http.request(`GET ${value}`, url),
      () => http.get(url, { proxy: url, proxyHeaders: { "X-Any": value } }),
      () => http.get(url.replace("http", "https"), { proxy: url, proxyHeaders: { [value]: "1" } }),
      () => http.wsConnect(url, { headers: { "X-Any": value } }),
      () => http.wsConnect(url, { origin: value }),
      () => http.wsConnect(url, { protocols: [value] }),
      () => http.wsConnect(url, { proxy: url, proxyHeaders: { "X-Any": value } }),
    ];
    for (const refused of refusals) {
      await assert.rejects(async () => await refused(), (error) => error instanceof asyncio.ValueError, `${String(refused)} of ${JSON.stringify(value)}`); // prettier-ignore
    }
    const served = respondAfterUnused(it);
    (await http.get(`${url}a`, { params: { q: value } })).release();
    assert.match(await served, /^GET \/a\?q=\S* HTTP\/1\.1\r\n/);
  }
  await assert.rejects(async () => await http.wsConnect(url, { protocols: ["a", "a"] }), { name: "ValueError", message: /^protocols must be/ }); // prettier-ignore
});

/** Answers the next request; connections that were opened and not used come first. */
async function respondAfterUnused({ server }: Stage): Promise<string> {
  for (;;) {
    const socket = await server.accept();
    const head = await Promise.race([request(socket), new Promise<null>((resolve) => void socket.once("end", () => resolve(null)))]);
    if (head === null) continue;
    socket.end(LAST);
    return head;
  }
}

const SECRET = "hunter2";
const URLS = [
  `ftp://user:${SECRET}@host/x`,
  `user:${SECRET}@host/x`,
  `//user:${SECRET}@host`,
  `http://user:${SECRET}@host:port/`,
  `http://user:${SECRET}@[bad/`,
  `http://user:${SECRET}/x@host:port/`,
  `http://user:${SECRET}#x@host:y/`,
  `http:user:${SECRET}@host:y`,
  `${SECRET}@host`,
];

stage("passwords in URLs stay out of messages", async ({ http, server, url }) => {
  const hidden = (error: unknown): boolean => {
    assert.ok(error instanceof Error);
    assert.ok(!inspect(error, { depth: 5 }).includes(SECRET), inspect(error));
    assert.ok(error.message.includes("***"), error.message);
    return true;
  };
  for (const text of URLS) {
    await assert.rejects(async () => await http.get(text), (error) => hidden(error) && (error instanceof InvalidURL || error instanceof NonHttpUrlClientError)); // prettier-ignore
    await assert.rejects(async () => await http.wsConnect(text), hidden);
    await assert.rejects(async () => await http.get(url, { proxy: text }), hidden);
    assert.throws(() => new ClientSession({ baseUrl: text }), hidden);
    const moved = server.accept().then(async (socket) => {
      await request(socket);
      socket.end(`HTTP/1.1 302 Found\r\nLocation: ${/^(ftp|http:\/\/.*\[)/.test(text) ? text : `ftp://u:${SECRET}@h/`}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`); // prettier-ignore
    });
    await assert.rejects(async () => await http.get(url), hidden);
    await moved;
  }
  for (const name of ["http_proxy", "HTTP_PROXY"]) {
    const before = process.env[name];
    process.env[name] = `http://user:${SECRET}@host:port`;
    const trusting = new ClientSession({ trustEnv: true });
    await assert.rejects(async () => await trusting.get("http://example.invalid/"), hidden);
    await trusting.close();
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  }
  const slow = new ClientSession({ connector: new TCPConnector({ limit: 1 }) });
  const accepted = server.accept();
  const holding = asyncio.createTask(slow.get(url));
  await request(await accepted);
  await assert.rejects(async () => await slow.get(url.replace("//", `//user:${SECRET}@`), { timeout: { connect: 0.01 } }), hidden);
  holding.cancel();
  await assert.rejects(async () => await holding, asyncio.CancelledError);
  await slow.close();
});

stage("the error of an invalid URL says what is wrong with it", async ({ http }) => {
  const based = new ClientSession({ baseUrl: "http://host/" });
  const invalid = "the host or the port is invalid";
  const relative = "a relative URL requires a session with a baseUrl";
  for (const [session, text, description] of [
    [http, "http://host:99999/", invalid],
    [http, "HTTPS://host:port/", invalid],
    [http, "  http://[1::2::3]/", invalid],
    [http, "http://a b/", invalid],
    [http, "http://", invalid],
    [http, "//host:99999/", relative],
    [http, "/path:x", relative],
    [http, "127.0.0.1:80/path", relative],
    [http, "", relative],
    [based, "http://host:99999/", invalid],
    [based, "//host:99999/", invalid],
  ] as const) {
    for (const call of [session.get(text), session.wsConnect(text)]) {
      await assert.rejects(async () => await call, { name: "InvalidUrlClientError", message: `${text} - ${description}` });
    }
  }
  await based.close();
});

stage("passwords stay out of a session that is printed", async () => {
  const credentials = new BasicAuth("user", SECRET);
  for (const proxy of [`http://user:${SECRET}@proxy/`, new URL(`http://user:${SECRET}@proxy/`)]) {
    const session = new ClientSession({
      baseUrl: `http://user:${SECRET}@host/path`,
      auth: credentials,
      headers: { Authorization: `Bearer ${SECRET}` },
      cookies: { name: SECRET },
      proxy,
      proxyAuth: credentials,
    });
    for (const printed of [
      inspect(session),
      inspect({ session }, { depth: 9, showHidden: true }),
      format("%o", session),
      JSON.stringify(session),
    ]) {
      assert.ok(!printed.includes(SECRET), printed);
      assert.ok(printed.includes("http://***@host/path") && printed.includes("http://***@proxy/"), printed);
    }
    await session.close();
  }
});

test("passwords stay out of what is printed, and of errors about credentials", () => {
  const auth = new BasicAuth("user", SECRET);
  assert.equal(auth.password, SECRET);
  assert.ok(!inspect(auth).includes(SECRET) && !JSON.stringify(auth).includes(SECRET));
  const encoded = Buffer.from(SECRET).toString("base64");
  for (const wrong of [
    () => BasicAuth.decode(`Bearer ${encoded}`),
    () => BasicAuth.decode(`Basic ${encoded}`),
    () => new ClientSession({ auth: `user:${SECRET}` as never }),
    () => new ClientSession({ proxyAuth: `user:${SECRET}` as never }),
    () => new BasicAuth("user", [SECRET] as never),
    () => new BasicAuth("user", `${SECRET}日`),
  ]) {
    assert.throws(wrong, (error) => error instanceof Error && !error.message.includes(SECRET) && !error.message.includes(encoded));
  }
  assert.equal(new BasicAuth("ü", "日", "utf8").encode(), `Basic ${Buffer.from("ü:日").toString("base64")}`);
});

stage("credentials of a URL beyond latin-1 are sent as UTF-8; a bare percent sign is one", async (it) => {
  for (const [userinfo, bytes] of [
    ["%E6%97%A5:p", Buffer.from("日:p")],
    ["%C3%A9:p", Buffer.from("é:p", "latin1")],
    ["100%:p%zz", Buffer.from("100%:p%zz")],
  ] as const) {
    // prettier-ignore
    const served = respond(it, OK());
    (await it.http.get(it.url.replace("//", `//${userinfo}@`))).release();
    assert.equal(/^authorization: (.*)\r$/im.exec(await served)?.[1], `Basic ${bytes.toString("base64")}`);
  }
});

stage("the session's credentials go to the origin of its baseUrl only", async (it) => {
  const auth = new BasicAuth("user", SECRET);
  for (const [baseUrl, expected] of [
    [undefined, true],
    [it.url, true],
    ["http://other.example/", false],
  ] as const) {
    const http = new ClientSession(baseUrl === undefined ? { auth } : { auth, baseUrl });
    const served = respond(it, OK());
    (await http.get(it.url)).release();
    assert.equal(/^authorization:/im.test(await served), expected);
    await http.close();
  }
});
