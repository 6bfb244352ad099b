/** An echo server over UDP. */
import * as asyncio from "uvio";
import { chooseLoop } from "./common.js";

class Echo extends asyncio.DatagramProtocol {
  transport!: asyncio.DatagramTransport;

  override connectionMade(transport: asyncio.DatagramTransport): void {
    this.transport = transport;
  }

  override datagramReceived(data: Buffer, addr: asyncio.Address): void {
    this.transport.sendto(data, addr);
  }
}

chooseLoop();
await asyncio.run(async () => {
  const loop = asyncio.getRunningLoop();
  const [transport] = await loop.createDatagramEndpoint(() => new Echo(), { localAddr: { address: "127.0.0.1", port: 0 } });
  console.log(`PORT ${(transport.getExtraInfo("sockname") as asyncio.Address).port}`);
  await loop.createFuture<never>();
});
