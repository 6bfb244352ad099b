import * as asyncio from "uvio";
import { announce, chooseLoop } from "./common.js";

/** What a C server does: write() takes the bytes from where they were received. */
class Echo extends asyncio.BaseProtocol implements asyncio.BorrowingProtocol {
  transport!: asyncio.Transport;

  override connectionMade(transport: asyncio.Transport): void {
    this.transport = transport;
  }

  bytesBorrowed(bytes: Uint8Array): void {
    this.transport.write(bytes);
  }
}

chooseLoop();
await asyncio.run(async () => {
  const loop = asyncio.getRunningLoop();
  const server = await loop.createServer(() => new Echo(), "127.0.0.1", 0, { backlog: 1024 });
  announce(server);
  await server.serveForever();
});
