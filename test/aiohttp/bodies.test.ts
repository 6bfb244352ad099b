/** The bodies of responses: their text, and the limit of their size. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import * as asyncio from "uvio";
import { ClientPayloadError, ClientSession } from "uvio/aiohttp";
import { gone, request, stage } from "./stage.js";

/** Encodings, bytes, and what CPython 3.13 decodes them to. */
const DECODED: readonly (readonly [string, string, string])[] = [
  ["latin-1", "80e9", "\u0080\u00e9"],
  ["iso8859_1", "80e9", "\u0080\u00e9"],
  ["L1", "e9", "\u00e9"],
  ["cp819", "e9", "\u00e9"],
  ["utf_8", "efbbbf61", "\ufeffa"],
  ["U8", "c3a9", "\u00e9"],
  ["utf-8-sig", "efbbbf61", "a"],
  ["utf_8_sig", "61", "a"],
  ["us-ascii", "61", "a"],
  ["646", "61", "a"],
  ["cp1252", "80e9", "\u20ac\u00e9"],
  ["windows_1252", "80", "\u20ac"],
  ["cp1251", "c4e3", "\u0414\u0433"],
  ["iso8859_2", "c4e3", "\u00c4\u0103"],
  ["iso8859-15", "a4", "\u20ac"],
  ["koi8_r", "c4e3", "\u0434\u0426"],
  ["cp932", "82a0", "\u3042"],
  ["shift_jis", "82a0", "\u3042"],
  ["s_jis", "82a0", "\u3042"],
  ["euc_jp", "a4a2", "\u3042"],
  ["gbk", "c4e3", "\u4f60"],
  ["cp936", "c4e3", "\u4f60"],
  ["gb18030", "c4e3", "\u4f60"],
  ["cp949", "b0a1", "\uac00"],
  ["euc_kr", "b0a1", "\uac00"],
  ["big5", "a440", "\u4e00"],
  ["utf_16", "feff0061", "a"],
  ["utf-16", "fffe6100", "a"],
  ["utf16", "6100", "a"],
  ["utf_16_be", "0061", "a"],
  ["UTF-16LE", "6100", "a"],
  ["utf_16_le", "fffe6100", "\ufeffa"],
  ["cp874", "a1", "\u0e01"],
  ["mac_roman", "8e", "\u00e9"],
  ["cp866", "80", "\u0410"],
];

/** Encodings and bytes that CPython 3.13 refuses. */
const REFUSED = [["us-ascii", "80"], ["ascii", "61e9"], ["utf-8", "c3"], ["utf-8", "ff"], ["utf-16", "6100d8"], ["shift_jis", "82"]] as const; // prettier-ignore

stage("text() has Python's names of encodings, given by the caller or by the server", async ({ http, server, url }) => {
  for (const [encoding, hex, text] of DECODED) {
    const body = Buffer.from(hex, "hex");
    for (const [charset, named] of [
      [`; charset=${encoding}`, null],
      ["", encoding],
    ] as const) {
      // prettier-ignore
      const serving = respond(`Content-Type: text/plain${charset}\r\n`, body);
      assert.equal(await (await http.get(url)).text(named), text, encoding);
      (await serving).destroy();
    }
  }
  for (const [encoding, hex] of REFUSED) {
    const serving = respond("", Buffer.from(hex, "hex"));
    const response = await http.get(url);
    await assert.rejects(async () => await response.text(encoding), { name: "ValueError", message: /^the body is not / });
    assert.match(await response.text(encoding, "replace"), /\ufffd/);
    await assert.rejects(async () => await response.text("klingon"), { name: "ValueError", message: /^unknown encoding "klingon"/ });
    await assert.rejects(async () => await response.text("utf-8", "ignore" as never), { name: "ValueError", message: /^errors must be/ });
    (await serving).destroy();
  }
  const serving = respond("Content-Type: text/plain; charset=klingon\r\n", Buffer.from("é"));
  assert.equal(await (await http.get(url)).text(), "é");
  (await serving).destroy();
  const marked = respond("Content-Type: application/json\r\n", Buffer.from("\ufeff[1]"));
  assert.deepEqual(await (await http.get(url)).json(), [1]);
  (await marked).destroy();

  async function respond(headers: string, body: Buffer): Promise<import("node:net").Socket> {
    const socket = await server.accept();
    await request(socket);
    socket.end(
      Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nConnection: close\r\n${headers}Content-Length: ${body.length}\r\n\r\n`), body]),
    );
    return socket;
  }
});

const plain = Buffer.alloc(1000, 65);
const BODIES: readonly (readonly [string, Buffer])[] = [
  ["with a length", Buffer.concat([Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"), plain])],
  ["in chunks", Buffer.concat([Buffer.from("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n"), plain, Buffer.from("\r\n0\r\n\r\n")])],
  ["until the end", Buffer.concat([Buffer.from("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"), plain])],
  ["compressed", Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${gzipSync(plain).length}\r\n\r\n`), gzipSync(plain)])],
]; // prettier-ignore

for (const [what, bytes] of BODIES) {
  stage(`maxBodySize limits a body ${what}`, async ({ http, server, url }) => {
    const small = new ClientSession({ maxBodySize: 999 });
    const get = async (session: ClientSession, maxBodySize?: number | null) => {
      const accepted = server.accept().then(async (socket) => {
        await request(socket);
        socket.end(bytes);
        return socket;
      });
      const response = await session.get(url, maxBodySize === undefined ? {} : { maxBodySize });
      return [response, await accepted] as const;
    };
    for (const [session, limit] of [[small], [http, 999], [http, 0]] as const) {
      for (const method of ["read", "text", "json"] as const) {
        const [response, socket] = await get(session, limit);
        await assert.rejects(async () => await (response[method] as () => PromiseLike<unknown>).call(response), (error) => {
          assert.ok(error instanceof ClientPayloadError);
          assert.match(error.message, /^the body is larger than maxBodySize, (999|0) bytes; raise it, or read response\.content in pieces/);
          return true;
        }); // prettier-ignore
        assert.equal(response.closed, true);
        await gone(socket);
      }
    }
    for (const [session, limit] of [[http], [http, 1000], [small, 1000], [small, null]] as const) {
      const [response, socket] = await get(session, limit);
      assert.equal((await response.read()).length, 1000);
      assert.equal((await response.text()).length, 1000);
      socket.destroy();
    }
    const [response, socket] = await get(small);
    let length = 0;
    for await (const piece of response.content.iterAny()) length += piece.length; // Is not limited.
    assert.equal(length, 1000);
    socket.destroy();
    await small.close();
  });
}

stage("maxBodySize is a number of bytes; the length of a body that does not come is not one", async ({ http, server, url }) => {
  for (const wrong of [-1, 1.5, Number.NaN, "5" as never]) {
    assert.throws(() => new ClientSession({ maxBodySize: wrong }), { name: "TypeError", message: /^maxBodySize must be/ });
    await assert.rejects(async () => await http.get(url, { maxBodySize: wrong }), { name: "TypeError", message: /^maxBodySize must be/ });
  }
  for (const [method, status] of [
    ["HEAD", 200],
    ["GET", 304],
  ] as const) {
    const serving = server.accept().then(async (socket) => {
      await request(socket);
      socket.end(`HTTP/1.1 ${status} X\r\nContent-Length: 500\r\n\r\n`);
      return socket;
    });
    const response = await http.request(method, url, { maxBodySize: 10 });
    assert.deepEqual([response.status, await response.text()], [status, ""]);
    (await serving).destroy();
  }
});

stage("maxBodySize allows a body that is small only after decompression", async ({ http, server, url }) => {
  const packed = gzipSync("hello"); // Longer than what it stands for.
  const serving = server.accept().then(async (socket) => {
    await request(socket);
    socket.end(
      Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${packed.length}\r\n\r\n`), packed]),
    );
    return socket;
  });
  const response = await http.get(url, { maxBodySize: 5 });
  assert.equal(await response.text(), "hello");
  (await serving).destroy();
});

stage("a decompression bomb stays small under maxBodySize", async ({ http, server, url }) => {
  const bomb = gzipSync(Buffer.alloc(64 << 20));
  const serving = server.accept().then(async (socket) => {
    await request(socket);
    socket.end(Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`), bomb]));
    return socket;
  });
  const response = await http.get(url, { maxBodySize: 1 << 20 });
  await assert.rejects(async () => await response.read(), ClientPayloadError);
  await gone(await serving);
  await asyncio.sleep(0);
});
