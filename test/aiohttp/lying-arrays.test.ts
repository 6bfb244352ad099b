/** Requests and WebSockets send the bytes that an array has, whatever its properties say. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import { ClientSession, Fingerprint, FormData, type Data } from "uvio/aiohttp";
import { test } from "vitest";
import { FAKES, LIES } from "../support/lying-arrays.js";
import { eachLoop, type LoopTest } from "../support/loops.js";

const TRUE = Buffer.from("the bytes that it has");
/** Not a typed array, but good data: a form with these fields. */
const FORMS = ["an array-like object"];

/** A session and a server that answers a request with its body, and a WebSocket's message with the message. */
async function withEcho(t: LoopTest, body: (session: ClientSession, url: string) => Promise<void>): Promise<void> {
  const server = createServer((request, response) => request.pipe(response.writeHead(200)));
  new WebSocketServer({ server }).on("connection", (socket) => {
    socket.on("message", (data, binary) => socket.send(data, { binary }));
    socket.on("ping", (data) => socket.send(`ping ${data.toString()}`));
    socket.on("pong", (data) => socket.send(`pong ${data.toString()}`));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  await t.run(async () => {
    const session = new ClientSession();
    await body(session, `127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await session.close();
  });
  server.close();
  await once(server, "close");
}

eachLoop("bodies and forms of lying arrays have the bytes that those have", async (t) => {
  await withEcho(t, async (session, url) => {
    const echo = async (data: Data): Promise<string> => {
      const response = await session.post(`http://${url}`, { data });
      return await response.text();
    };
    for (const [what, lie] of Object.entries(LIES)) {
      assert.equal(await echo(lie(TRUE)), String(TRUE), what);
      const source = async function* () {
        yield lie(TRUE);
        yield lie(TRUE);
      };
      assert.equal(await echo(source()), `${TRUE.toString()}${TRUE.toString()}`, what);
      const parts = (await echo(new FormData().addField("field", lie(TRUE), { filename: "a" }))).split("\r\n");
      assert.equal(parts.at(-3), String(TRUE), what);
    }
    const { memory } = { memory: Object.defineProperty(new Uint8Array(TRUE).buffer, "byteLength", { value: 4 }) };
    assert.equal(await echo(memory), String(TRUE));
  });
});

eachLoop("what only looks like a Uint8Array is no body", async (t) => {
  await withEcho(t, async (session, url) => {
    for (const [what, fake] of Object.entries(FAKES)) {
      if (what === "a proxy that throws" || FORMS.includes(what)) continue;
      if (!(fake() instanceof Uint8Array)) continue;
      await assert.rejects(
        async () => await session.post(`http://${url}`, { data: fake() as Uint8Array }),
        /^TypeError: data must be bytes, /,
        what,
      );
      const source = async function* () {
        yield fake() as Uint8Array;
      };
      await assert.rejects(async () => await session.post(`http://${url}`, { data: source() }), Error, what);
      assert.throws(() => new FormData().addField("f", fake() as Uint8Array), /^TypeError: field f must be a string, bytes/, what);
    }
  });
});

eachLoop("WebSockets send the bytes that a lying array has", async (t) => {
  await withEcho(t, async (session, url) => {
    const ws = await session.wsConnect(`ws://${url}`);
    for (const [what, lie] of Object.entries(LIES)) {
      await ws.sendBytes(lie(TRUE));
      assert.equal(String(await ws.receiveBytes()), String(TRUE), what);
      await ws.ping(lie(TRUE));
      assert.equal(await ws.receiveStr(), `ping ${TRUE.toString()}`, what);
      await ws.pong(lie(TRUE));
      assert.equal(await ws.receiveStr(), `pong ${TRUE.toString()}`, what);
    }
    for (const [what, fake] of Object.entries(FAKES)) {
      assert.throws(() => void ws.sendBytes(fake() as Uint8Array), /^TypeError: data must be a Uint8Array, got /, what);
      assert.throws(() => void ws.ping(fake() as Uint8Array), /^TypeError: message must be a Uint8Array or a string, got /, what);
      assert.throws(() => void ws.pong(fake() as Uint8Array), /^TypeError: message must be a Uint8Array or a string, got /, what);
    }
    await ws.close();
  });
});

test("a Fingerprint is of the bytes that a lying array has", () => {
  const digest = Buffer.alloc(32, 7);
  for (const [what, lie] of Object.entries(LIES)) assert.ok(new Fingerprint(lie(digest)).digest.equals(digest), what);
});
