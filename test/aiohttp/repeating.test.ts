/** Requests that are sent a second time: their bodies arrive whole, or the request fails. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import * as asyncio from "uvio";
import * as aiofiles from "uvio/aiofiles";
import { ClientConnectionError, ClientOSError, ClientPayloadError, FormData, ServerDisconnectedError, type Data } from "uvio/aiohttp";
import { LAST, OK, request, stage, type Stage } from "./stage.js";

const TEXT = "all of the data";
const PIECES = ["all ", "of ", "the data"];

/** Yields the pieces, with a turn of the loop between them. */
async function* pieces(): AsyncGenerator<string, void, undefined> {
  for (const piece of PIECES) {
    yield piece;
    await asyncio.sleep(0);
  }
}

/** It looks as if it started again. That it does not shows only when it is read. */
const SHARING = "iterators that share what is left";

/** Iterates over the same generator each time. */
class Shared {
  readonly #generator = pieces();
  async *[Symbol.asyncIterator](): AsyncGenerator<string, void, undefined> {
    yield* this.#generator;
  }
}

const REPEATABLE: Record<string, () => Data> = {
  "a string": () => TEXT,
  bytes: () => Buffer.from(TEXT),
  "a Blob": () => new Blob(PIECES),
  "an iterable that starts again": () => ({ [Symbol.asyncIterator]: pieces }),
  "a form with a Blob": () => new FormData().addField("file", new Blob(PIECES)),
  "a form with an iterable that starts again": () => new FormData().addField("file", { [Symbol.asyncIterator]: pieces }),
};

const SINGLE: Record<string, () => Data | Promise<Data>> = {
  "a generator": () => pieces(),
  "an iterable over one generator": () => {
    const generator = pieces();
    return { [Symbol.asyncIterator]: () => generator };
  },
  [SHARING]: () => new Shared(),
  "a stream of Node": () => Readable.from(pieces()),
  "a stream of the web": () => new Blob(PIECES).stream() as unknown as Data,
  "a StreamReader": () => asyncio.StreamReader.from(Readable.from(PIECES)),
  "a form with a generator": () => new FormData().addField("file", pieces()),
  "a queue": () => {
    const queue = new asyncio.Queue<string>();
    for (const piece of PIECES) queue.putNowait(piece);
    queue.shutdown();
    return queue;
  },
};

/** Reads a request and returns its body without the frames of chunks. Throws if the connection ends before. */
async function body(socket: Socket): Promise<string> {
  let text = "";
  for (;;) {
    const head = text.indexOf("\r\n\r\n");
    const length = /^content-length: (\d+)/im.exec(text)?.[1];
    if (head >= 0 && (length === undefined ? text.endsWith("\r\n0\r\n\r\n") : text.length === head + 4 + Number(length))) {
      const sent = text.slice(head + 4);
      return length === undefined ? sent.replace(/(^|\r\n)[\da-f]+\r\n/g, "").replace(/\r\n$/, "") : sent;
    }
    socket.resume();
    const [chunk] = (await once(socket, "data")) as [Buffer | undefined];
    text += chunk!.toString("latin1");
  }
}

const holds = (sent: string, what: string): void => assert.ok(sent.includes(TEXT), `${what} arrived as ${JSON.stringify(sent)}`);

/** Makes a request, so that the session has an idle connection. */
async function idle({ http, server, url }: Stage): Promise<Socket> {
  const accepted = server.accept().then(async (socket) => {
    await request(socket);
    socket.write(OK);
    return socket;
  });
  await (await http.get(url)).read();
  return await accepted;
}

stage("a body meets an idle connection that the server has closed: it goes to another one whole, whatever it is", async (it) => {
  for (const [what, make] of Object.entries({ ...REPEATABLE, ...SINGLE })) {
    for (const method of ["POST", "PUT"]) {
      (await idle(it)).end(); // The client has not noticed when it sends.
      const received = it.server.accept().then(async (socket) => {
        const sent = await body(socket);
        socket.end(LAST);
        return sent;
      });
      const response = await it.http.request(method, it.url, { data: await make() });
      assert.equal(response.status, 200);
      response.release();
      holds(await received, what);
    }
  }
});

stage("a reused connection is lost while a PUT is answered: its body is sent again from the start", async (it) => {
  for (const [what, make] of Object.entries(REPEATABLE)) {
    const first = await idle(it);
    const lost = body(first).then(() => first.destroy());
    const received = it.server.accept().then(async (socket) => {
      const sent = await body(socket);
      socket.end(LAST);
      return sent;
    });
    const response = await it.http.put(it.url, { data: make() });
    assert.equal(response.status, 200);
    response.release();
    await lost;
    holds(await received, what);
  }
});

stage("a reused connection is lost while a PUT is answered: a body that can be read once fails it", async (it) => {
  for (const [what, make] of Object.entries(SINGLE)) {
    const first = await idle(it);
    const lost = body(first).then(() => first.destroy());
    const second = what === SHARING ? it.server.accept() : null;
    await assert.rejects(async () => await it.http.put(it.url, { data: await make() }), (error) => {
      assert.ok(error instanceof ClientPayloadError, `${what}: ${String(error)}`);
      assert.match(error.message, /Use bytes, a Blob, or an object whose \[Symbol\.asyncIterator\]\(\) starts again/);
      if (second === null) {
        assert.match(error.message, /^The connection was lost, and the request cannot be repeated with a consumed request body\./);
        assert.ok(error.cause instanceof ServerDisconnectedError || error.cause instanceof ClientOSError);
      }
      return true;
    }); // prettier-ignore
    await lost;
    (await second)?.destroy();
  }
});

stage("a reused connection is lost under a POST: the request is never repeated", async (it) => {
  for (const make of [...Object.values(REPEATABLE), ...Object.values(SINGLE)]) {
    const first = await idle(it);
    const lost = body(first).then(() => first.destroy());
    await assert.rejects(async () => await it.http.post(it.url, { data: await make() }), ClientConnectionError);
    await lost;
  }
});

stage("a redirect that keeps the body sends it again from the start, or fails", async ({ http, server, url }) => {
  const moved = (status: number): string =>
    `HTTP/1.1 ${status} Moved\r\nLocation: /there\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`;
  for (const [status, method] of [
    [307, "POST"],
    [308, "POST"],
    [302, "PUT"],
  ] as const) {
    // prettier-ignore
    for (const [what, make] of Object.entries({ ...REPEATABLE, ...SINGLE })) {
      const bodies: string[] = [];
      const serve = async (text: string): Promise<void> => {
        const socket = await server.accept();
        bodies.push(await body(socket));
        socket.end(text);
      };
      const sending = async (): Promise<number> => (await http.request(method, url, { data: await make() })).status;
      const first = serve(moved(status));
      if (what in REPEATABLE) {
        const second = serve(LAST);
        assert.equal(await sending(), 200);
        await second;
      } else {
        const second = what === SHARING ? server.accept() : null;
        await assert.rejects(sending, (error) => {
          assert.ok(error instanceof ClientPayloadError, `${what}: ${String(error)}`);
          assert.match(error.message, /Use bytes, a Blob, or an object/);
          return true;
        }); // prettier-ignore
        (await second)?.destroy();
      }
      await first;
      for (const sent of bodies) holds(sent, what);
    }
  }
});

stage("data that an earlier request has read is refused before anything is sent", async ({ http, server, url }) => {
  for (const [what, make] of Object.entries({
    "a generator": pieces,
    "a stream of Node": () => Readable.from(pieces()),
    "a stream of the web": () => new Blob(PIECES).stream() as unknown as Data,
  })) {
    // prettier-ignore
    const data = make() as Data;
    const dropped = server.accept().then(async (socket) => {
      await body(socket);
      socket.destroy();
    });
    await assert.rejects(async () => await http.post(url, { data }), ClientConnectionError);
    await dropped;
    for (const again of [data, new FormData().addField("file", data as AsyncIterable<Uint8Array>)]) {
      await assert.rejects(async () => await http.post(url, { data: again }), (error) => {
        assert.ok(error instanceof ClientPayloadError, `${what}: ${String(error)}`);
        assert.match(error.message, /^data was read by an earlier request/);
        return true;
      }); // prettier-ignore
    }
  }
});

stage("a file is sent from its position, and again after a seek()", async ({ http, server, url }) => {
  const file = await aiofiles.tempfile.TemporaryFile("w+");
  await file.write(TEXT);
  for (let i = 0; i < 2; i++) {
    await file.seek(0);
    const received = server.accept().then(async (socket) => {
      const sent = await body(socket);
      socket.end(LAST);
      return sent;
    });
    assert.equal((await http.post(url, { data: file })).status, 200);
    assert.equal(await received, TEXT);
  }
  await file.close();
});
