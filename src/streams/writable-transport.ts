import { finished, Writable } from "node:stream";
import type { WritableStream as WebWritable } from "node:stream/web";
import type { BaseProtocol } from "../core/contracts.js";
import { bytesOf } from "../util/bytes.js";
import { copyOf } from "../util/slab.js";
import { oneWay, Transport, WriteTransport } from "../transports/transports.js";
import { describe } from "../util/format.js";

/** The transport of a StreamWriter that writes to a Node Writable, with that stream's buffer and high-water mark. */
export class WritableTransport extends Transport {
  readonly #writable: Writable;
  readonly #protocol: BaseProtocol;
  #aborted = false;

  get [oneWay](): unknown {
    return WriteTransport;
  }

  constructor(sink: Writable | WebWritable, protocol: BaseProtocol) {
    super();
    const writable = (this.#writable = nodeWritable(sink));
    this.#protocol = protocol;
    writable.on("drain", () => protocol.resumeWriting?.());
    finished(writable, { readable: false }, (error) => protocol.connectionLost?.(this.#aborted ? null : (error ?? null)));
  }

  override write(data: Uint8Array | string): void {
    const bytes = copyOf(bytesOf(data)); // A copy: the caller may reuse its buffer.
    if (bytes.length > 0 && !this.isClosing() && !this.#writable.write(bytes)) this.#protocol.pauseWriting?.();
  }

  override writeEof(): void {
    this.#writable.end();
  }

  override canWriteEof(): boolean {
    return true;
  }

  override close(): void {
    this.#writable.end();
  }

  override abort(): void {
    this.#aborted = true;
    this.#writable.destroy();
  }

  override isClosing(): boolean {
    return !this.#writable.writable;
  }

  override getProtocol(): BaseProtocol {
    return this.#protocol;
  }

  override getWriteBufferSize(): number {
    return this.#writable.writableLength;
  }

  override getWriteBufferLimits(): { low: number; high: number } {
    return { low: 0, high: this.#writable.writableHighWaterMark };
  }
}

function nodeWritable(sink: Writable | WebWritable): Writable {
  if (sink instanceof WritableStream) return Writable.fromWeb(sink);
  if (typeof (sink as Partial<Writable> | null)?.write === "function" && typeof (sink as Partial<Writable>).end === "function") return sink;
  throw new TypeError(`sink must be a Node Writable or a WritableStream, got ${describe(sink)}`);
}
