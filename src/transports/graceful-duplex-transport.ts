import type { Duplex } from "node:stream";
import { bytesOf } from "../util/bytes.js";
import { DuplexTransport } from "./duplex-transport.js";

/**
 * A transport over a Duplex that must be ended before it is destroyed. Node sockets still send their buffer and their end after
 * destroy(); other Duplexes, including TLS sockets, treat destroy() as an abort.
 */
export class GracefulDuplexTransport<D extends Duplex = Duplex> extends DuplexTransport<D> {
  /** True once `takeLeave` has ended the Duplex; never cleared. */
  #ending = false;

  /** Drops writes after `close()`, as asyncio's TLS transport does. */
  override write(data: Uint8Array | string): void {
    const bytes = bytesOf(data);
    if (!this.closing) super.write(bytes);
  }

  /** Ends the sending side. Returns whether the end was sent already. */
  protected override takeLeave(): boolean {
    if (!this.#ending) {
      this.#ending = true;
      this.duplex.end(() => this.receive(() => this.onDrained(0)));
      this.duplex.resume(); // Data that still arrives is dropped. Unread data could keep the Duplex from ending.
    }
    return this.duplex.writableFinished;
  }
}
