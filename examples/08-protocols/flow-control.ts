// Flow control: the loop pauses and resumes a protocol's writing. Without it, a slow peer fills the memory.
import * as asyncio from "uvio";

class Sender extends asyncio.Protocol {
  readonly finished = new asyncio.Future<void>();
  #paused = false;
  #left = 64;
  #transport!: asyncio.Transport;

  override connectionMade(transport: asyncio.Transport) {
    this.#transport = transport;
    transport.setWriteBufferLimits({ high: 65536 });
    this.#send();
  }

  override pauseWriting() {
    this.#paused = true;
  }

  override resumeWriting() {
    this.#paused = false;
    this.#send();
  }

  #send() {
    while (!this.#paused && this.#left > 0) {
      this.#left--;
      this.#transport.write(Buffer.alloc(65536));
    }
    if (this.#left === 0) this.#transport.close();
  }

  override connectionLost() {
    this.finished.setResult();
  }
}

await asyncio.run(async () => {
  const loop = asyncio.getRunningLoop();
  const sender = new Sender();
  const server = await loop.createServer(() => sender, "127.0.0.1", 0);
  const [reader, writer] = await asyncio.openConnection("127.0.0.1", server.sockets[0]!.getsockname().port);
  await asyncio.sleep(0.01); // The reader is slow.
  console.log((await reader.read()).length);
  await sender.finished;
  writer.close();
  server.close();
});

// prints:
//   4194304
