// Adding TLS to an open connection: `startTls` keeps the protocol and returns a new transport.
import * as asyncio from "uvio";
import { ca, server as ssl } from "../support/certificate.ts";

class Upgrading extends asyncio.Protocol {
  transport!: asyncio.Transport;
  readonly #lines = new asyncio.Queue<string>();

  override connectionMade(transport: asyncio.Transport) {
    this.transport = transport;
  }

  override dataReceived(data: Buffer) {
    this.#lines.putNowait(String(data));
  }

  received() {
    return this.#lines.get();
  }

  async secure(sslContext: asyncio.ClientTls | asyncio.ServerTls, options: asyncio.StartTlsOptions) {
    this.transport = await asyncio.getRunningLoop().startTls(this.transport, this, sslContext, options);
  }
}

class Service extends Upgrading {
  override connectionMade(transport: asyncio.Transport) {
    super.connectionMade(transport);
    asyncio.createTask(() => this.#serve());
  }

  async #serve() {
    if ((await this.received()) !== "STARTTLS") return this.transport.close();
    this.transport.write("go on");
    await this.secure(ssl, { serverSide: true });
    this.transport.write(`you said ${await this.received()}`);
  }
}

await asyncio.run(async () => {
  const loop = asyncio.getRunningLoop();
  const server = await loop.createServer(() => new Service(), "127.0.0.1", 0);
  const [, client] = await loop.createConnection(() => new Upgrading(), "127.0.0.1", server.sockets[0]!.getsockname().port);
  client.transport.write("STARTTLS");
  console.log(await client.received());

  await client.secure({ ca }, { serverHostname: "localhost" });
  console.log("secure:", client.transport.getExtraInfo("peercert")?.subject.CN);
  client.transport.write("a secret");
  console.log(await client.received());

  client.transport.close();
  server.close();
  await server.waitClosed();
});

// prints (openssl):
//   go on
//   secure: localhost
//   you said a secret
