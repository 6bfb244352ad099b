// TLS below a protocol requires only the option `ssl`. This service sends a line to each client and closes the connection.
import * as asyncio from "uvio";
import { ca, server as ssl } from "../support/certificate.ts";

class Service extends asyncio.Protocol {
  #transport!: asyncio.Transport;

  override connectionMade(transport: asyncio.Transport) {
    this.#transport = transport; // The handshake has finished.
  }

  override dataReceived(data: Buffer) {
    this.#transport.write(`you said ${String(data)}`);
    this.#transport.close(); // Closes after the data has been sent.
  }
}

class Client extends asyncio.Protocol {
  readonly closed = new asyncio.Future<void>();

  override connectionMade(transport: asyncio.Transport) {
    console.log(transport.getExtraInfo("cipher")?.version, transport.getExtraInfo("peercert")?.subject.CN);
    transport.write("hello");
  }

  override dataReceived(data: Buffer) {
    console.log(String(data));
  }

  override connectionLost(error: Error | null) {
    console.log("closed:", error === null);
    this.closed.setResult();
  }
}

await asyncio.run(async () => {
  const loop = asyncio.getRunningLoop();
  const server = await loop.createServer(() => new Service(), "127.0.0.1", 0, { ssl });
  const { port } = server.sockets[0]!.getsockname();
  const [, client] = await loop.createConnection(() => new Client(), "localhost", port, { ssl: { ca } });
  await client.closed;
  server.close();
});

// prints (openssl):
//   TLSv1.3 localhost
//   you said hello
//   closed: true
