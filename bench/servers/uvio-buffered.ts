/** An echo server on a buffered protocol. */
import * as asyncio from "uvio";
import { serveTcp } from "./common.js";

/** All connections share one buffer. write() has sent or copied the data when it returns. */
const shared = new Uint8Array(256 * 1024);

class Echo extends asyncio.BufferedProtocol {
  transport!: asyncio.Transport;

  override connectionMade(transport: asyncio.Transport): void {
    this.transport = transport;
  }

  override getBuffer(_sizehint: number): Uint8Array {
    return shared;
  }

  override bufferUpdated(length: number): void {
    this.transport.write(shared.subarray(0, length));
  }
}

await serveTcp(() => new Echo());
