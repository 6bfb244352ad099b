/** An echo server on streams, as async functions. */
import * as asyncio from "uvio";
import { announce, chooseLoop } from "./common.js";

async function echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter): Promise<void> {
  for (;;) {
    const data = await reader.read(65536);
    if (data.length === 0) break;
    writer.write(data);
    await writer.drain();
  }
  writer.close();
}

chooseLoop();
await asyncio.run(async () => {
  const server = await asyncio.startServer(echo, "127.0.0.1", 0, { backlog: 1024 });
  announce(server);
  await server.serveForever();
});
