/** The cookie jar, and cookies as options. */
import assert from "node:assert/strict";
import { test } from "vitest";
import { ClientSession, CookieJar, InvalidURL, type AbstractCookieJar } from "uvio/aiohttp";
import { LAST, request, stage, type Stage } from "./stage.js";

/** Values, and how CPython 3.13's http.cookies writes them. */
const QUOTED: Record<string, string> = {
  plain: "plain",
  "~!#$%&'*+-.^_`|:": "~!#$%&'*+-.^_`|:",
  "": '""',
  "1; admin=true": '"1\\073 admin=true"',
  "a b": '"a b"',
  "a=b": '"a=b"',
  "a,b": '"a\\054b"',
  'say "x"': '"say \\"x\\""',
  "back\\slash": '"back\\\\slash"',
  "(x)/<y>": '"(x)/<y>"',
  "caf\u00e9": '"caf\\351"',
  "\u65e5\u672c": '"\u65e5\u672c"',
  "line\r\nX: 1": '"line\\015\\012X: 1"',
  "tab\t": '"tab\\011"',
  "\0": '"\\000"',
};
/** Names that http.cookies refuses. */
const ILLEGAL = ["a=1", "a;b", "a b", "", "\u00e9", "a\r\n", "a,b", 'a"', "a/b"];

/** Makes a request and returns the Cookie header that the server received. */
async function sent({ http, server, url }: Stage, options: Parameters<ClientSession["get"]>[1] = {}, session = http): Promise<string> {
  const head = server.accept().then(async (socket) => {
    const text = await request(socket);
    socket.end(LAST);
    return Buffer.from(text, "latin1").toString();
  });
  (await session.get(url, options)).release();
  return /^cookie: (.*)\r$/im.exec(await head)?.[1] ?? "";
}

stage("cookies given as options are quoted as Python's, and bad names are refused", async (it) => {
  for (const [value, wire] of Object.entries(QUOTED)) {
    assert.equal(await sent(it, { cookies: { a: value } }), `a=${wire}`);
    const shared = new ClientSession({ cookies: { a: value } });
    assert.equal(await sent(it, {}, shared), `a=${wire}`);
    await shared.close();
    const jar = new CookieJar({ unsafe: true });
    jar.updateCookies({ a: value }, it.url);
    const own = new ClientSession({ cookieJar: jar });
    assert.equal(await sent(it, {}, own), `a=${wire}`);
    await own.close();
  }
  for (const name of ILLEGAL) {
    const message = /^Illegal key /;
    await assert.rejects(async () => await it.http.get(it.url, { cookies: { [name]: "1" } }), { name: "ValueError", message });
    assert.throws(() => new ClientSession({ cookies: { [name]: "1" } }), { name: "ValueError", message });
    assert.throws(() => new CookieJar().updateCookies([[name, "1"]], "http://a.example/"), { name: "ValueError", message });
  }
});

stage("what another jar returns cannot add a cookie or a header", async (it) => {
  let cookies = new Map([["a", "1; admin=true"], ["b", "x\r\nX: 1"], ["c", "as it was"]]); // prettier-ignore
  const jar: AbstractCookieJar = { updateCookies() {}, updateFromHeaders() {}, filterCookies: () => cookies, clear() {} };
  const session = new ClientSession({ cookieJar: jar });
  assert.equal(await sent(it, {}, session), 'a="1\\073 admin=true"; b="x\\015\\012X: 1"; c=as it was');
  cookies = new Map([["a=1; b", "2"]]);
  await assert.rejects(async () => await session.get(it.url), { name: "ValueError", message: /^Illegal key/ });
  await session.close();
});

function jarOf(...lines: (readonly [string, string])[]): CookieJar {
  const jar = new CookieJar();
  for (const [url, line] of lines) jar.updateFromHeaders([line], new URL(url));
  return jar;
}

test("of cookies with one name the most specific is sent, in whichever order they came", () => {
  const root = ["http://shop.example.com/", "sid=root; Path=/"] as const;
  const shop = ["http://shop.example.com/", "sid=shop; Path=/shop"] as const;
  const parent = ["http://shop.example.com/", "sid=parent; Domain=example.com; Path=/"] as const;
  const deepParent = ["http://shop.example.com/", "sid=deep; Domain=example.com; Path=/shop/x"] as const;
  const sub = ["http://shop.example.com/", "sid=sub; Domain=shop.example.com; Path=/"] as const;
  for (const [path, value, ...lines] of [
    ["/shop/x", "shop", root, shop],
    ["/shop/x", "shop", shop, root],
    ["/", "root", root, shop],
    ["/", "root", root, parent],
    ["/", "root", parent, root],
    ["/", "sub", parent, sub],
    ["/", "sub", sub, parent],
    ["/shop/x", "deep", deepParent, shop, root],
    ["/shop/x", "deep", shop, root, deepParent],
  ] as const) {
    assert.equal(
      jarOf(...lines)
        .filterCookies(`http://shop.example.com${path}`)
        .get("sid"),
      value,
    );
  }
  const jar = jarOf(root);
  jar.updateCookies({ sid: "shared", other: "1" });
  assert.deepEqual([...jar.filterCookies("http://shop.example.com/")], [["sid", "root"], ["other", "1"]]); // prettier-ignore
  assert.deepEqual([...jar.filterCookies("http://other.example/")], [["sid", "shared"], ["other", "1"]]); // prettier-ignore
});

test("a jar keeps so many cookies of a host: the one that was not used for the longest time leaves", () => {
  const url = new URL("http://a.example.com/");
  const fill = (jar: CookieJar, from: number, to: number): void => {
    for (let i = from; i < to; i++) jar.updateFromHeaders([`c${i}=${i}; Path=/${i}`], url);
  };
  const jar = new CookieJar();
  fill(jar, 0, 2000);
  assert.equal(jar.size, 180);
  const names = [...jar].map(({ key }) => Number(key.slice(1)));
  assert.deepEqual([Math.min(...names), Math.max(...names)], [1820, 1999]);

  const few = new CookieJar({ limitPerHost: 3 });
  fill(few, 0, 3);
  assert.equal(few.filterCookies("http://a.example.com/0").size, 1); // Used, so it stays.
  fill(few, 2, 3); // Stored again.
  fill(few, 3, 4);
  assert.deepEqual([...few].map(({ key }) => key).sort(), ["c0", "c2", "c3"]);
  few.updateFromHeaders(["p=1; Domain=example.com", "q=1; Domain=example.com"], url); // The parent has its own limit.
  few.updateFromHeaders(["r=1"], new URL("http://b.example.com/"));
  assert.equal(few.size, 6);
  few.updateFromHeaders(["c0=; Max-Age=0; Path=/0"], url); // Expired cookies do not count.
  fill(few, 4, 5);
  assert.deepEqual([...few].map(({ key }) => key).sort(), ["c2", "c3", "c4", "p", "q", "r"]);
  few.clear(({ key }) => key.startsWith("c"));
  few.clearDomain("b.example.com");
  assert.deepEqual([...few].map(({ key }) => key), ["p", "q"]); // prettier-ignore
  few.clear();
  assert.equal(few.size, 0);
  fill(few, 0, 10);
  assert.equal(few.size, 3);
  const open = new CookieJar({ limitPerHost: 0 });
  fill(open, 0, 500);
  assert.equal(open.size, 500);
  for (const limitPerHost of [-1, 1.5, "3" as never]) assert.throws(() => new CookieJar({ limitPerHost }), { name: "TypeError", message: /^limitPerHost must be/ }); // prettier-ignore
  assert.throws(() => open.filterCookies("http://user:hunter2@[bad/"), (error) => error instanceof InvalidURL && !error.message.includes("hunter2")); // prettier-ignore
});
