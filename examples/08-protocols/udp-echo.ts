// A datagram protocol gets each datagram with the address of its sender.
import * as asyncio from "uvio";

class EchoServer extends asyncio.DatagramProtocol {
  #transport!: asyncio.DatagramTransport;

  override connectionMade(transport: asyncio.DatagramTransport) {
    this.#transport = transport;
  }

  override datagramReceived(data: Buffer, addr: asyncio.Address) {
    console.log("server got", String(data));
    this.#transport.sendto(data, addr);
  }
}

class EchoClient extends asyncio.DatagramProtocol {
  readonly reply = new asyncio.Future<string>();

  override connectionMade(transport: asyncio.DatagramTransport) {
    transport.sendto("hello");
  }

  override datagramReceived(data: Buffer) {
    this.reply.setResult(String(data));
  }
}

await asyncio.run(async () => {
  const loop = asyncio.getRunningLoop();
  const [server] = await loop.createDatagramEndpoint(() => new EchoServer(), { localAddr: { address: "127.0.0.1", port: 0 } });
  const remoteAddr = server.getExtraInfo("sockname") as asyncio.Address;
  const [client, protocol] = await loop.createDatagramEndpoint(() => new EchoClient(), { remoteAddr });
  console.log("client got", await protocol.reply);
  client.close();
  server.close();
});

// prints:
//   server got hello
//   client got hello
