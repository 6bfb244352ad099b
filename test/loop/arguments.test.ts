/** Every method that takes options refuses wrong ones by name, before anything is opened. */
import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import * as asyncio from "uvio";
import { eachLoop } from "../support/loops.js";
import { Recorder } from "../support/protocols.js";

const typeError = (message: RegExp) => ({ name: "TypeError", message });
const client = async (): Promise<void> => {};

eachLoop("what is no object of options", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const make = (): Recorder => new Recorder();
    const calls: ((options: object) => PromiseLike<unknown>)[] = [
      (options) => loop.createServer(make, "127.0.0.1", 0, options),
      (options) => loop.createConnection(make, "127.0.0.1", 9, options),
      (options) => loop.createUnixServer(make, "/nowhere", options),
      (options) => loop.createUnixConnection(make, "/nowhere", options),
      (options) => loop.connectAcceptedSocket(make, 0 as never, options),
      (options) => loop.createDatagramEndpoint(make as never, options as never),
      (options) => asyncio.startServer(client, "127.0.0.1", 0, options),
      (options) => asyncio.startUnixServer(client, "/nowhere", options),
      (options) => asyncio.openConnection("127.0.0.1", 9, options),
      (options) => asyncio.openUnixConnection("/nowhere", options),
      (options) => asyncio.openDuplex(new PassThrough(), options),
    ];
    for (const call of calls) {
      for (const options of [null, 5, "ssl", true]) {
        await assert.rejects(async () => call(options as never), typeError(/^options must be an object.*, got /), String(call));
      }
    }
  });
});

eachLoop("localAddr, cleanupSocket and a factory that gives a promise", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const make = (): Recorder => new Recorder();
    for (const localAddr of [5, "127.0.0.1", ["127.0.0.1", 0], {}, { port: 5 }]) {
      const refused = typeError(/^localAddr must be \{ address, port \}, got /);
      await assert.rejects(async () => loop.createConnection(make, "127.0.0.1", 9, { localAddr: localAddr as never }), refused);
    }
    for (const port of ["5", null, 1.5]) {
      const localAddr = { address: "127.0.0.1", port: port as never };
      await assert.rejects(
        async () => loop.createConnection(make, "127.0.0.1", 9, { localAddr }),
        typeError(/^port must be an integer, got /),
      );
    }
    for (const cleanupSocket of [1, "no"]) {
      const refused = typeError(/^cleanupSocket must be a boolean, got /);
      await assert.rejects(async () => loop.createUnixServer(make, "/nowhere", { cleanupSocket: cleanupSocket as never }), refused);
    }
    const server = await loop.createServer(make, "127.0.0.1", 0);
    const { port } = server.sockets[0]!.getsockname();
    const refused = typeError(/^the protocol factory must return a protocol, but returned an object of class Promise/);
    await assert.rejects(async () => loop.createConnection((async () => make()) as never, "127.0.0.1", port), refused);
    server.close();
    await server.waitClosed();
  });
});
