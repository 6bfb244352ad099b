// A buffered protocol gives the loop its own memory: data is received into it, and no Buffer is allocated.
import * as asyncio from "uvio";

class Collector extends asyncio.BufferedProtocol {
  readonly closed = new asyncio.Future<string>();
  readonly #memory = new Uint8Array(1024);
  #length = 0;

  override getBuffer() {
    return this.#memory.subarray(this.#length);
  }

  override bufferUpdated(length: number) {
    this.#length += length;
  }

  override connectionLost() {
    this.closed.setResult(new TextDecoder().decode(this.#memory.subarray(0, this.#length)));
  }
}

await asyncio.run(async () => {
  const loop = asyncio.getRunningLoop();
  const collector = new Collector();
  const server = await loop.createServer(() => collector, "127.0.0.1", 0);
  const [, writer] = await asyncio.openConnection("127.0.0.1", server.sockets[0]!.getsockname().port);
  writer.writelines(["in ", "several ", "pieces"]);
  writer.close();
  console.log(await collector.closed);
  server.close();
});

// prints:
//   in several pieces
