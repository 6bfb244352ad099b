import type { Duplex } from "node:stream";
import { bytesOf } from "./flow-control.js";
import { DuplexTransport } from "./duplex-transport.js";

/**
 * A transport over a Duplex that must be ended before it is destroyed. Node's sockets send what they have and their end all the same;
 * other Duplexes, TLS among them, take destroying for an abort.
 */
export class GracefulDuplexTransport<D extends Duplex = Duplex> extends DuplexTransport<D> {
  #ending = false;

  /** As in asyncio's TLS, nothing written after `close()` is sent. */
  override write(data: Uint8Array | string): void {
    const bytes = bytesOf(data);
    if (!this.closing) super.write(bytes);
  }

  /** Ends the sending side. Over when that has left. */
  protected override takeLeave(): boolean {
    if (!this.#ending) {
      this.#ending = true;
      this.duplex.end(() => this.receive(() => this.onDrained(0)));
      this.duplex.resume(); // What still comes is dropped, not to be in the way.
    }
    return this.duplex.writableFinished;
  }
}
