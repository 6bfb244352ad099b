/** A line echo server on streams, as async functions. */
import * as asyncio from "uvio";
import { announce, chooseLoop } from "./common.js";

async function echoLines(reader: asyncio.StreamReader, writer: asyncio.StreamWriter): Promise<void> {
  for (;;) {
    const line = await reader.readline();
    if (line.length === 0) break;
    writer.write(line);
    await writer.drain();
  }
  writer.close();
}

chooseLoop();
await asyncio.run(async () => {
  const server = await asyncio.startServer(echoLines, "127.0.0.1", 0, { backlog: 1024 });
  announce(server);
  await server.serveForever();
});
