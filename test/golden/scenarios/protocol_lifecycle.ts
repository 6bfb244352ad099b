/**
 * Protocol callbacks come in the order connection_made, data_received, eof_received, connection_lost, and eof_received returning True
 * keeps the write side open.
 */
import * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { text } from "../python.js";
import { runningLoop, scenario } from "../stage.js";

export default scenario(({ fn, log, run }) => {
  class Recorder extends asyncio.Protocol {
    readonly events: string[] = [];
    readonly done: asyncio.Future<void>;
    transport!: asyncio.Transport;
    data = "";

    constructor(done: asyncio.Future<void>) {
      super();
      this.done = done;
    }

    override connectionMade(transport: asyncio.Transport): void {
      this.transport = transport;
      this.events.push("made");
    }

    override dataReceived(data: Buffer): void {
      this.data += data.toString();
    }

    override connectionLost(error: Error | null): void {
      this.events.push(`lost ${text(error)}`);
      this.done.setResult();
    }
  }

  class Server extends Recorder {
    override eofReceived(): boolean {
      this.events.push(`eof after ${this.data}`);
      runningLoop().callLater(0.03, () => this.#answer());
      return true;
    }

    #answer(): void {
      log("server answers, closing:", this.transport.isClosing());
      this.transport.write("late answer");
      this.transport.close();
      log("server closing:", this.transport.isClosing());
    }
  }

  class Client extends Recorder {
    override connectionMade(transport: asyncio.Transport): void {
      super.connectionMade(transport);
      transport.write("question");
      transport.writeEof();
    }

    override eofReceived(): void {
      this.events.push(`eof after ${this.data}`);
    }
  }

  const main = fn(function* main() {
    const loop = runningLoop();
    const serverSide = new Server(loop.createFuture());
    const server = yield* on(loop.createServer(() => serverSide, "127.0.0.1", 0));
    const { port } = server.sockets[0]!.getsockname();
    const clientSide = new Client(loop.createFuture());
    const [transport, protocol] = yield* on(loop.createConnection(() => clientSide, "127.0.0.1", port));
    log("connected", ...protocol.events);
    yield* on(asyncio.gather(serverSide.done, clientSide.done));
    for (const event of serverSide.events) log("server", event);
    for (const event of clientSide.events) log("client", event);
    log("client closing:", transport.isClosing());
    transport.close();
    server.close();
  });
  return run(main.lazy());
});
