/** A line echo server on streams, as async functions. */
import type * as asyncio from "uvio";
import { serveStreams } from "./common.js";

async function echoLines(reader: asyncio.StreamReader, writer: asyncio.StreamWriter): Promise<void> {
  for (;;) {
    const line = await reader.readline();
    if (line.length === 0) break;
    writer.write(line);
    await writer.drain();
  }
  writer.close();
}

await serveStreams(echoLines);
