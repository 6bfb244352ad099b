// UDP without transports: `addReader` and `addWriter` report readiness, and futures make it awaitable.
import * as asyncio from "uvio";

type Datagram = [data: Buffer, sender: asyncio.Address];

/** Receives a datagram when one is available. */
async function receive(sock: asyncio.Socket) {
  const loop = asyncio.getRunningLoop();
  const datagram = loop.createFuture<Datagram>();
  loop.addReader(sock, () => {
    loop.removeReader(sock);
    datagram.setResult(sock.recvfrom(1024) as Datagram);
  });
  return await datagram;
}

/** Sends a datagram when the socket is writable. */
async function send(sock: asyncio.Socket, data: Uint8Array | string, to: asyncio.Address) {
  const loop = asyncio.getRunningLoop();
  const sent = loop.createFuture<number>();
  loop.addWriter(sock, () => {
    loop.removeWriter(sock);
    sent.setResult(sock.sendto(data, to));
  });
  return await sent;
}

async function serve(sock: asyncio.Socket) {
  for (;;) {
    const [data, sender] = await receive(sock);
    await send(sock, data, sender);
  }
}

function udpSocket() {
  const sock = new asyncio.Socket("IPv4", "dgram");
  sock.bind({ address: "127.0.0.1", port: 0 });
  return sock;
}

await asyncio.run(async () => {
  const [server, client] = [udpSocket(), udpSocket()];
  const serving = asyncio.createTask(() => serve(server));
  for (const text of ["hello", "goodbye"]) {
    console.log(await send(client, text, server.getsockname() as asyncio.Address), "bytes sent");
    const [data] = await receive(client);
    console.log("echo:", String(data));
  }
  serving.cancel();
  await asyncio.wait([serving]);
  server.close(); // Also removes its reader.
  client.close();
});

// prints (the native loop):
//   5 bytes sent
//   echo: hello
//   7 bytes sent
//   echo: goodbye
