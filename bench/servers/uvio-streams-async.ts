/** An echo server on streams, as async functions. */
import type * as asyncio from "uvio";
import { serveStreams } from "./common.js";

async function echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter): Promise<void> {
  for (;;) {
    const data = await reader.read(65536);
    if (data.length === 0) break;
    writer.write(data);
    await writer.drain();
  }
  writer.close();
}

await serveStreams(echo);
