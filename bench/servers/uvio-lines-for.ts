/** A line echo server on streams, with `for await`. */
import * as asyncio from "uvio";
import { announce, chooseLoop } from "./common.js";

async function echoLines(reader: asyncio.StreamReader, writer: asyncio.StreamWriter): Promise<void> {
  for await (const line of reader) {
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
