import * as asyncio from "uvio";
import { serveTcp } from "./common.js";

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

await serveTcp(() => new Echo());
