// The loop calls the methods of a protocol on the events of a connection. Both ends of an echo.
import * as asyncio from "uvio";

class EchoServer extends asyncio.Protocol {
  #transport!: asyncio.Transport;

  override connectionMade(transport: asyncio.Transport) {
    console.log("connection from", transport.getExtraInfo("peername") !== undefined);
    this.#transport = transport;
  }

  override dataReceived(data: Buffer) {
    console.log("server got", String(data));
    this.#transport.write(data);
    this.#transport.close();
  }
}

class EchoClient extends asyncio.Protocol {
  readonly closed = new asyncio.Future<void>();

  override connectionMade(transport: asyncio.Transport) {
    transport.write("hello");
  }

  override dataReceived(data: Buffer) {
    console.log("client got", String(data));
  }

  override connectionLost() {
    this.closed.setResult();
  }
}

await asyncio.run(async () => {
  const loop = asyncio.getRunningLoop();
  const server = await loop.createServer(() => new EchoServer(), "127.0.0.1", 0);
  await asyncio.asyncWith(server, async () => {
    const [, client] = await loop.createConnection(() => new EchoClient(), "127.0.0.1", server.sockets[0]!.getsockname().port);
    await client.closed;
  });
});

// prints:
//   connection from true
//   server got hello
//   client got hello
