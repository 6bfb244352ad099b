/** An echo server on a borrowing protocol. */
import * as asyncio from "uvio";
import { serveTcp } from "./common.js";

/** Echoes without a copy, as a C server does: write() sends from the memory that the data was received in. */
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
