// A client on streams, here as a generator coroutine: `readexactly`, `readuntil`, and `read` until the end.
import * as asyncio from "uvio";

const client = asyncio.coroutine(function* (port: number) {
  const [reader, writer] = yield* asyncio.openConnection("127.0.0.1", port);
  writer.write("GREET\n");
  yield* writer.drain();
  console.log(String(yield* reader.readexactly(5)));
  console.log(String(yield* reader.readuntil("!")).trim());
  console.log(String(yield* reader.read()).trim());
  writer.close();
  yield* writer.waitClosed();
});

await asyncio.run(async () => {
  const server = await asyncio.startServer(
    async (reader, writer) => {
      await reader.readline();
      writer.write("hello, world! and goodbye");
      writer.close();
    },
    "127.0.0.1",
    0,
  );
  await client(server.sockets[0]!.getsockname().port);
  server.close();
});

// prints:
//   hello
//   , world!
//   and goodbye
