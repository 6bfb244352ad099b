// A worker thread has its own modules and therefore its own loop. It serves until a message stops it.
import { once } from "node:events";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import * as asyncio from "uvio";

async function echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) {
  for await (const line of reader) await writer.send(line);
  writer.close();
}

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url));
  const [port] = (await once(worker, "message")) as [number];
  await asyncio.run(async () => {
    const [reader, writer] = await asyncio.openConnection("127.0.0.1", port);
    writer.write("hello, thread\n");
    console.log(String(await reader.readline()).trim());
    writer.close();
  });
  worker.postMessage("stop");
  console.log("the thread ended with", ...((await once(worker, "exit")) as [number]));
} else {
  await asyncio.run(async () => {
    const server = await asyncio.startServer(echo, "127.0.0.1", 0);
    parentPort!.postMessage(server.sockets[0]!.getsockname().port);
    await once(parentPort!, "message");
    server.close();
  });
}

// prints:
//   hello, thread
//   the thread ended with 0
