// A web server on sockets, on the native loop: it receives the requests of a browser and sends pages.
import * as asyncio from "uvio";

async function handle(connection: asyncio.SocketObject) {
  const loop = asyncio.getRunningLoop();
  let request = "";
  while (!request.includes("\r\n\r\n")) {
    const data = await loop.sockRecv(connection, 1024);
    if (data.length === 0) break; // The client closed the connection.
    request += String(data);
  }
  const path = request.split(" ", 2)[1];
  const body = `<h1>you are at ${path}</h1>`;
  await loop.sockSendall(connection, `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
  connection.close();
}

async function serve(listener: asyncio.Socket) {
  for (;;) {
    const [connection] = await asyncio.getRunningLoop().sockAccept(listener);
    asyncio.createTask(() => handle(connection));
  }
}

await asyncio.run(async () => {
  const listener = new asyncio.Socket();
  listener.bind({ address: "127.0.0.1", port: 0 });
  listener.listen();
  const serving = asyncio.createTask(() => serve(listener));

  const { port } = listener.getsockname() as asyncio.Address;
  for (const path of ["/", "/tower"]) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    console.log(response.status, await response.text());
  }
  serving.cancel();
  await asyncio.wait([serving]);
  listener.close();
});

// prints (the native loop):
//   200 <h1>you are at /</h1>
//   200 <h1>you are at /tower</h1>
