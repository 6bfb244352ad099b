// `sendfile` sends a file over a connection, with sendfile(2) if possible: the data does not pass through the program.
import { open } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as asyncio from "uvio";

const path = fileURLToPath(import.meta.url);

async function handle(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    writer.write(`${size} bytes\n`);
    await writer.drain();
    const sent = await asyncio.getRunningLoop().sendfile(writer.transport, file);
    console.log("sent all:", sent === size);
  } finally {
    await file.close();
  }
  writer.close();
}

await asyncio.run(async () => {
  const server = await asyncio.startServer(handle, "127.0.0.1", 0);
  const [reader, writer] = await asyncio.openConnection("127.0.0.1", server.sockets[0]!.getsockname().port);
  const announced = parseInt(String(await reader.readline()));
  const content = await reader.read();
  console.log("received all:", content.length === announced);
  console.log(content.subarray(0, content.indexOf("\n")).toString());
  writer.close();
  await writer.waitClosed();
  server.close();
  await server.waitClosed();
});

// prints:
//   sent all: true
//   received all: true
//   // `sendfile` sends a file over a connection, with sendfile(2) if possible: the data does not pass through the program.
