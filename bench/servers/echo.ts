import * as asyncio from "uvio";

/** Sends received data back. The protocol of all stream servers here. */
export class Echo extends asyncio.Protocol {
  transport!: asyncio.Transport;

  override connectionMade(transport: asyncio.Transport): void {
    this.transport = transport;
  }

  override dataReceived(data: Buffer): void {
    this.transport.write(data);
  }
}
