/** Datagrams arrive whole and in sending order, connected endpoints need no address, and closing calls connectionLost with null. */
import * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { runningLoop, scenario } from "../stage.js";

export default scenario(({ fn, log, run }) => {
  class Receiver extends asyncio.DatagramProtocol {
    readonly #name: string;
    #expected: number;
    readonly #done: asyncio.Future<void>;
    #transport!: asyncio.DatagramTransport;

    constructor(name: string, expected: number, done: asyncio.Future<void>) {
      super();
      this.#name = name;
      this.#expected = expected;
      this.#done = done;
    }

    override connectionMade(transport: asyncio.DatagramTransport): void {
      this.#transport = transport;
      log(this.#name, "made");
    }

    override datagramReceived(data: Buffer, addr: asyncio.Address): void {
      log(this.#name, "got", data.toString(), "from", addr.address);
      this.#expected--;
      if (this.#name === "server") this.#transport.sendto(data.toString().toUpperCase(), addr);
      if (this.#expected === 0) this.#done.setResult();
    }

    override connectionLost(error: Error | null): void {
      log(this.#name, "lost", error);
    }
  }

  const main = fn(function* main() {
    const loop = runningLoop();
    const done = loop.createFuture<void>();
    const [server] = yield* on(
      loop.createDatagramEndpoint(() => new Receiver("server", 3, loop.createFuture()), { localAddr: { address: "127.0.0.1", port: 0 } }),
    );
    const { port } = server.getExtraInfo("sockname") as asyncio.Address;
    const [client] = yield* on(
      loop.createDatagramEndpoint(() => new Receiver("client", 3, done), { remoteAddr: { address: "127.0.0.1", port } }),
    );
    client.sendto("one");
    yield* on(asyncio.sleep(0.05));
    client.sendto("two");
    yield* on(asyncio.sleep(0.05));
    client.sendto("three");
    yield* on(done);
    log("closing:", client.isClosing(), server.isClosing());
    client.close();
    log("closing:", client.isClosing());
    yield* on(asyncio.sleep(0.01));
    server.close();
    yield* on(asyncio.sleep(0.01));
    log("end");
  });
  return run(main.lazy());
});
