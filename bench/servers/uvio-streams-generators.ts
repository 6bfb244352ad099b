/** An echo server on streams, as generator coroutines. */
import * as asyncio from "uvio";
import { announce, chooseLoop } from "./common.js";

const echo = asyncio.coroutine(function* (reader: asyncio.StreamReader, writer: asyncio.StreamWriter) {
  for (;;) {
    const data = yield* reader.read(65536);
    if (data.length === 0) break;
    writer.write(data);
    yield* writer.drain();
  }
  writer.close();
});

// Also a generator, so that no async function becomes a task in this process.
const main = asyncio.coroutine(function* () {
  const server = yield* asyncio.startServer(echo, "127.0.0.1", 0, { backlog: 1024 });
  announce(server);
  yield* server.serveForever();
});

chooseLoop();
await asyncio.run(main());
