import * as asyncio from "uvio";
import { chooseLoop } from "./common.js";

class Echo extends asyncio.Protocol {
  transport!: asyncio.Transport;

  override connectionMade(transport: asyncio.Transport): void {
    this.transport = transport;
  }

  override dataReceived(data: Buffer): void {
    this.transport.write(data);
  }
}

const path = process.env.SOCKET_PATH;
if (path === undefined) throw new Error("SOCKET_PATH must say where the socket is to be");
chooseLoop();
await asyncio.run(async () => {
  const server = await asyncio.getRunningLoop().createUnixServer(() => new Echo(), path, { backlog: 1024 });
  console.log(`PATH ${path}`);
  await server.serveForever();
});
