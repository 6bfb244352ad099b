import * as asyncio from "uvio";

/** Sends back whatever comes: what every server of connections here runs. */
export class Echo extends asyncio.Protocol {
  transport!: asyncio.Transport;

  override connectionMade(transport: asyncio.Transport): void {
    this.transport = transport;
  }

  override dataReceived(data: Buffer): void {
    this.transport.write(data);
  }
}
