import * as asyncio from "uvio";
import { announce, chooseLoop } from "./common.js";

class Echo extends asyncio.Protocol {
  transport!: asyncio.Transport;

  override connectionMade(transport: asyncio.Transport): void {
    this.transport = transport;
  }

  override dataReceived(data: Buffer): void {
    this.transport.write(data);
  }
}

chooseLoop();
await asyncio.run(async () => {
  const loop = asyncio.getRunningLoop();
  const server = await loop.createServer(() => new Echo(), "127.0.0.1", 0, { backlog: 1024 });
  announce(server);
  await server.serveForever();
});
