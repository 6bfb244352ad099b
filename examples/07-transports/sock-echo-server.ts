// Sockets without transports, on the native loop: accept, receive and send.
import * as asyncio from "uvio";

async function echo(connection: asyncio.SocketObject) {
  const loop = asyncio.getRunningLoop();
  for (;;) {
    const data = await loop.sockRecv(connection, 1024);
    if (data.length === 0) break;
    await loop.sockSendall(connection, data);
  }
  connection.close();
}

async function serve(listener: asyncio.Socket) {
  for (;;) {
    const [connection] = await asyncio.getRunningLoop().sockAccept(listener);
    asyncio.createTask(() => echo(connection));
  }
}

await asyncio.run(async () => {
  const loop = asyncio.getRunningLoop();
  const listener = new asyncio.Socket();
  listener.bind({ address: "127.0.0.1", port: 0 });
  listener.listen();
  const serving = asyncio.createTask(() => serve(listener));

  const client = new asyncio.Socket();
  await loop.sockConnect(client, listener.getsockname() as asyncio.Address);
  await loop.sockSendall(client, "by hand");
  console.log(String(await loop.sockRecv(client, 1024)));
  client.close();
  serving.cancel();
  await asyncio.wait([serving]);
  listener.close();
});

// prints (the native loop):
//   by hand
