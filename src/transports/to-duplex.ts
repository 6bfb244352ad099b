import { Duplex } from "node:stream";
import type { Address, BaseProtocol, Protocol, Transport } from "../core/contracts.js";
import { connectionResetError } from "../core/errors.js";
import { describe } from "../util/format.js";

type Callback = (error?: Error | null) => void;

/**
 * A transport as a Duplex: the protocol by which it is told of everything. It answers to what Node's own modules ask of a socket, so that
 * http, ws and undici take it for one.
 */
export class TransportDuplex extends Duplex implements Protocol {
  /** What carries the bytes. */
  readonly transport: Transport;
  #writingPaused = false;
  /** Of a write that waits for resumeWriting. */
  #writeDone: Callback | null = null;
  /** The transport has sent its last bytes to us. */
  #ended = false;
  #lost = false;
  /** Of a destroy that waits for connectionLost. */
  #destroyed: (() => void) | null = null;
  #idleTimer: NodeJS.Timeout | null = null;

  /** @internal */
  constructor(transport: Transport) {
    super({ allowHalfOpen: true, highWaterMark: transport.getWriteBufferLimits().high });
    this.transport = transport;
    transport.setProtocol(this as BaseProtocol);
  }

  // ---------------------------------------------------------------------------------------------- from the transport

  dataReceived(data: Buffer): void {
    this.#idleTimer?.refresh();
    if (!this.push(data)) this.transport.pauseReading();
  }

  /** The sending side stays open where a transport can be half closed. */
  eofReceived(): boolean {
    this.#ended = true;
    this.push(null);
    return this.transport.canWriteEof();
  }

  connectionLost(error: Error | null): void {
    this.#lost = true;
    this.#clearTimeout();
    const destroyed = this.#destroyed;
    if (destroyed !== null) return destroyed();
    this.#settleWrite(error ?? connectionResetError());
    if (error !== null) this.destroy(error);
    else this.#endReading();
  }

  pauseWriting(): void {
    this.#writingPaused = true;
  }

  resumeWriting(): void {
    this.#writingPaused = false;
    this.#settleWrite(null);
  }

  // ---------------------------------------------------------------------------------------------- from whoever uses the Duplex

  override _read(): void {
    if (!this.#lost) this.transport.resumeReading();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: Callback): void {
    this.#send([chunk], callback);
  }

  override _writev(chunks: readonly { chunk: Buffer }[], callback: Callback): void {
    this.#send(
      chunks.map(({ chunk }) => chunk),
      callback,
    );
  }

  override _final(callback: Callback): void {
    // A transport that cannot be half closed (TLS) ends both sides, which destroying does once the other side has ended.
    if (!this.#lost && this.transport.canWriteEof()) this.transport.writeEof();
    callback();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#clearTimeout();
    this.#settleWrite(error ?? connectionResetError());
    if (this.#lost) return callback(error);
    this.#destroyed = () => callback(error);
    // After an orderly end what was written still leaves; otherwise nobody waits for it, as with Node's sockets.
    if (error === null && this.writableFinished) this.transport.close();
    else this.transport.abort();
  }

  // ---------------------------------------------------------------------------------------------- what a net.Socket has

  get remoteAddress(): string | undefined {
    return this.#address("peername")?.address;
  }

  get remotePort(): number | undefined {
    return this.#address("peername")?.port;
  }

  get remoteFamily(): string | undefined {
    return this.#address("peername")?.family;
  }

  get localAddress(): string | undefined {
    return this.#address("sockname")?.address;
  }

  get localPort(): number | undefined {
    return this.#address("sockname")?.port;
  }

  /** Whether the bytes travel over TLS; Node's http asks. */
  get encrypted(): boolean {
    return this.transport.getExtraInfo("sslcontext") !== undefined;
  }

  /** As net.Socket's: milliseconds without traffic after which "timeout" is emitted; 0 for never. */
  setTimeout(milliseconds: number, callback?: () => void): this {
    this.#clearTimeout();
    if (milliseconds > 0) {
      this.#idleTimer = setTimeout(() => this.emit("timeout"), milliseconds).unref();
      if (callback !== undefined) this.once("timeout", callback);
    } else if (callback !== undefined) {
      this.off("timeout", callback);
    }
    return this;
  }

  /** Without effect: every transport of uvio sends at once. */
  setNoDelay(): this {
    return this;
  }

  /** Without effect: keep-alive is an option of whoever made the transport. */
  setKeepAlive(): this {
    return this;
  }

  /** Without effect: the run of the loop keeps the process alive, not its connections. */
  ref(): this {
    return this;
  }

  /** Without effect, as ref(). */
  unref(): this {
    return this;
  }

  // ---------------------------------------------------------------------------------------------- inside

  #send(chunks: readonly Buffer[], callback: Callback): void {
    this.#idleTimer?.refresh();
    if (this.#lost || this.transport.isClosing()) return callback(connectionResetError());
    this.transport.writelines(chunks);
    if (this.#writingPaused) this.#writeDone = callback;
    else callback();
  }

  #settleWrite(error: Error | null): void {
    const done = this.#writeDone;
    this.#writeDone = null;
    done?.(error);
  }

  /** What was received can still be read; then both sides are over. */
  #endReading(): void {
    if (this.readableEnded) {
      this.destroy();
      return;
    }
    this.once("end", () => this.destroy());
    if (!this.#ended) this.push(null);
  }

  #clearTimeout(): void {
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer);
    this.#idleTimer = null;
  }

  #address(name: "peername" | "sockname"): Address | undefined {
    const address = this.transport.getExtraInfo(name);
    return typeof address === "string" ? undefined : address;
  }
}

/**
 * A live transport as a Duplex of Node's, with back-pressure in both directions. The Duplex replaces the transport's protocol. This is how
 * `ws`, `undici` and Node's own `http.Server` (`server.emit("connection", duplex)`) run over either loop. Beyond asyncio.
 */
export function toDuplex(transport: Transport): TransportDuplex {
  if (typeof (transport as Partial<Transport> | null)?.setProtocol !== "function" || typeof transport.write !== "function") {
    throw new TypeError(`transport must be a transport in both directions, got ${describe(transport)}`);
  }
  return new TransportDuplex(transport);
}
