/** A line echo server on streams, with `for await`. */
import type * as asyncio from "uvio";
import { serveStreams } from "./common.js";

async function echoLines(reader: asyncio.StreamReader, writer: asyncio.StreamWriter): Promise<void> {
  for await (const line of reader) {
    writer.write(line);
    await writer.drain();
  }
  writer.close();
}

await serveStreams(echoLines);
