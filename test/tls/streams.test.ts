/** TLS under streams: what most programs do. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { ca, local, opensslSkipped } from "../support/certificates.js";
import { eachLoop } from "../support/loops.js";
import { pattern } from "../support/protocols.js";

const generatorEcho = asyncio.coroutine(function* (reader: asyncio.StreamReader, writer: asyncio.StreamWriter) {
  for (;;) {
    const data = yield* reader.read(65536);
    if (data.length === 0) break;
    writer.write(data);
    yield* writer.drain();
  }
  writer.close();
  yield* writer.waitClosed();
});

const asyncEcho = async (reader: asyncio.StreamReader, writer: asyncio.StreamWriter): Promise<void> => {
  for (;;) {
    const data = await reader.read(65536);
    if (data.length === 0) break;
    writer.write(data);
    await writer.drain();
  }
  writer.close();
  await writer.waitClosed();
};

for (const [spelling, echo] of [
  ["generator", generatorEcho],
  ["async", asyncEcho],
] as const) {
  eachLoop(
    `an echo over TLS streams, ${spelling}`,
    async (t) => {
      await t.run(async () => {
        const { key, cert } = local();
        const server = await asyncio.startServer(echo, "127.0.0.1", 0, { ssl: { key, cert } });
        const { port } = server.sockets[0]!.getsockname();
        const clients = Array.from({ length: 5 }, (_, i) => async () => {
          const [reader, writer] = await asyncio.openConnection("127.0.0.1", port, { ssl: { ca } });
          const sent = pattern(300_000 + i, i);
          const [, received] = await asyncio.gather(writer.send(sent), reader.readexactly(sent.length));
          assert.ok(received.equals(sent));
          writer.close();
          await writer.waitClosed();
        });
        await asyncio.gather(...clients);
        server.close();
        await server.waitClosed();
      });
    },
    { skip: opensslSkipped },
  );
}
