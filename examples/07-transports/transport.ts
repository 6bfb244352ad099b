// A transport has two addresses, writes without waiting, counts the unsent bytes, and closes after they are sent.
import * as asyncio from "uvio";

await asyncio.run(async () => {
  const loop = asyncio.getRunningLoop();
  const received = loop.createFuture<string>();
  class Receiver extends asyncio.Protocol {
    #text = "";

    override dataReceived(data: Buffer) {
      this.#text += String(data);
    }

    override eofReceived() {
      received.setResult(this.#text);
    }
  }
  const server = await loop.createServer(() => new Receiver(), "127.0.0.1", 0);
  const { port } = server.sockets[0]!.getsockname();
  const [transport] = await loop.createConnection(() => new Receiver(), "127.0.0.1", port);
  console.log(transport.getExtraInfo("peername")?.toString() !== "", transport.isClosing(), transport.canWriteEof());

  transport.write("one, ");
  transport.writelines(["two, ", "three"]);
  transport.writeEof();
  console.log(await received);
  transport.close();
  console.log(transport.isClosing(), transport.getWriteBufferSize());
  server.close();
});

// prints:
//   true false true
//   one, two, three
//   true 0
