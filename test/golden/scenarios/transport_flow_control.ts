/**
 * Writing beyond the high-water mark pauses the protocol once and draining to the low-water mark resumes it once; set_write_buffer_limits
 * derives the missing mark.
 */
import * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { expectError } from "../python.js";
import { runningLoop, scenario } from "../stage.js";

export default scenario(({ fn, log, run }) => {
  const size = 32 * 1024 * 1024;

  class Sink extends asyncio.Protocol {
    readonly #all: asyncio.Future<number>;
    transport!: asyncio.Transport;
    #received = 0;

    constructor(all: asyncio.Future<number>) {
      super();
      this.#all = all;
    }

    override connectionMade(transport: asyncio.Transport): void {
      this.transport = transport;
    }

    override dataReceived(data: Buffer): void {
      this.#received += data.length;
      if (this.#received === size) this.#all.setResult(this.#received);
    }
  }

  class Source extends asyncio.Protocol {
    override pauseWriting(): void {
      log("pause_writing");
    }

    override resumeWriting(): void {
      log("resume_writing");
    }
  }

  const main = fn(function* main() {
    const loop = runningLoop();
    const all = loop.createFuture<number>();
    const sink = new Sink(all);
    const server = yield* on(loop.createServer(() => sink, "127.0.0.1", 0));
    const { port } = server.sockets[0]!.getsockname();
    const [transport] = yield* on(loop.createConnection(() => new Source(), "127.0.0.1", port));
    for (const limits of [{ high: 4000 }, { low: 1000 }, { high: 10, low: 5 }, { high: 0 }]) {
      transport.setWriteBufferLimits(limits);
      const { low, high } = transport.getWriteBufferLimits();
      log("limits", low, high);
    }
    try {
      transport.setWriteBufferLimits({ high: 1, low: 2 });
    } catch (error) {
      expectError(error, asyncio.ValueError);
      log("ValueError when low > high");
    }
    transport.setWriteBufferLimits({ high: 65536 });
    yield* on(asyncio.sleep(0.02));
    sink.transport.pauseReading();
    transport.write("x".repeat(size));
    yield* on(asyncio.sleep(0.05));
    log("buffered:", transport.getWriteBufferSize() > 65536);
    log("server reading:", sink.transport.isReading());
    sink.transport.resumeReading();
    log("received all:", (yield* on(all)) === size);
    yield* on(asyncio.sleep(0.05));
    log("buffered:", transport.getWriteBufferSize());
    transport.close();
    server.close();
  });
  return run(main.lazy());
});
