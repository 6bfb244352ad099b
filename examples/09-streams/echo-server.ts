// An echo server on streams: one coroutine per client, which reads, writes, and waits while the client is slow.
import * as asyncio from "uvio";

async function handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) {
  const { address } = writer.getExtraInfo("peername") as asyncio.Address;
  for await (const line of reader) {
    console.log(`${address} says ${String(line).trim()}`);
    writer.write(line);
    await writer.drain();
  }
  writer.close();
  await writer.waitClosed();
}

await asyncio.run(async () => {
  const server = await asyncio.startServer(handle, "127.0.0.1", 0);
  const serving = asyncio.createTask(server.serveForever());

  const [reader, writer] = await asyncio.openConnection("127.0.0.1", server.sockets[0]!.getsockname().port);
  for (const line of ["hello\n", "goodbye\n"]) {
    writer.write(line);
    console.log("echo:", String(await reader.readline()).trim());
  }
  writer.close();
  await writer.waitClosed();
  serving.cancel(); // Like SIGINT. Python's `async with server` is asyncio.asyncWith(server, ...).
});

// prints:
//   127.0.0.1 says hello
//   echo: hello
//   127.0.0.1 says goodbye
//   echo: goodbye
