/** toDuplex: a Node Duplex over a transport. */
import { Duplex } from "node:stream";
import type { Address, BaseProtocol, Protocol, Transport } from "../core/contracts.js";
import { connectionResetError } from "../core/errors.js";
import { describe } from "../util/format.js";

type Callback = (error?: Error | null) => void;

/**
 * A Duplex over a transport, whose protocol it is. It has the members of net.Socket that http, ws and undici use, so that they accept it
 * as a socket. Created by `toDuplex`. Beyond asyncio.
 */
export class TransportDuplex extends Duplex implements Protocol {
  /** The transport that carries the bytes. */
  readonly transport: Transport;
  /** Between pauseWriting and resumeWriting. */
  #writingPaused = false;
  /** The callback of a write that waits for resumeWriting. */
  #writeDone: Callback | null = null;
  /** True once the transport has delivered its last byte. */
  #ended = false;
  /** True once connectionLost was called. */
  #lost = false;
  /** Completes a destroy() that waits for connectionLost. */
  #destroyed: (() => void) | null = null;
  #idleTimer: NodeJS.Timeout | null = null;

  /** @internal */
  constructor(transport: Transport) {
    super({ allowHalfOpen: true, highWaterMark: transport.getWriteBufferLimits().high });
    this.transport = transport;
    transport.setProtocol(this as BaseProtocol);
  }

  // ---------------------------------------------------------------------------------------------- called by the transport

  dataReceived(data: Buffer): void {
    this.#idleTimer?.refresh();
    if (!this.push(data)) this.transport.pauseReading();
  }

  /** Keeps the sending side open if the transport supports half-close. */
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

  // ---------------------------------------------------------------------------------------------- called by node:stream

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
    // A transport without half-close, such as TLS, ends both sides at once. Destroying does that, once the other side has ended too.
    if (!this.#lost && this.transport.canWriteEof()) this.transport.writeEof();
    callback();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#clearTimeout();
    this.#settleWrite(error ?? connectionResetError());
    if (this.#lost) return callback(error);
    this.#destroyed = () => callback(error);
    // After a regular end the written bytes are still sent. Otherwise they are dropped, as a Node socket does.
    if (error === null && this.writableFinished) this.transport.close();
    else this.transport.abort();
  }

  // ---------------------------------------------------------------------------------------------- members of net.Socket

  /** The peer's IP address; undefined for a Unix socket. */
  get remoteAddress(): string | undefined {
    return this.#address("peername")?.address;
  }

  /** The peer's port; undefined for a Unix socket. */
  get remotePort(): number | undefined {
    return this.#address("peername")?.port;
  }

  /** "IPv4" or "IPv6"; undefined for a Unix socket. */
  get remoteFamily(): string | undefined {
    return this.#address("peername")?.family;
  }

  /** The local IP address; undefined for a Unix socket. */
  get localAddress(): string | undefined {
    return this.#address("sockname")?.address;
  }

  /** The local port; undefined for a Unix socket. */
  get localPort(): number | undefined {
    return this.#address("sockname")?.port;
  }

  /** Whether the transport uses TLS; Node's http reads this. */
  get encrypted(): boolean {
    return this.transport.getExtraInfo("sslcontext") !== undefined;
  }

  /** Emits "timeout" after so many milliseconds without traffic; 0 disables it. As net.Socket's, so not in seconds. */
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

  /** Has no effect: uvio's transports send immediately. */
  setNoDelay(): this {
    return this;
  }

  /** Has no effect: keep-alive is set when the transport is created. */
  setKeepAlive(): this {
    return this;
  }

  /** Has no effect: the running loop keeps the process alive, not its connections. */
  ref(): this {
    return this;
  }

  /** Has no effect, for the same reason as `ref`. */
  unref(): this {
    return this;
  }

  // ---------------------------------------------------------------------------------------------- private

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

  /** Destroys the Duplex once all received data was read. */
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
 * Returns a Duplex over a live transport, with back-pressure in both directions. The Duplex replaces the transport's protocol. With it
 * `ws`, `undici` and Node's `http.Server` (`server.emit("connection", duplex)`) run over either loop. Throws TypeError for anything but a
 * transport of bytes in both directions. Beyond asyncio.
 */
export function toDuplex(transport: Transport): TransportDuplex {
  if (typeof (transport as Partial<Transport> | null)?.setProtocol !== "function" || typeof transport.write !== "function") {
    throw new TypeError(`transport must be a transport in both directions, got ${describe(transport)}`);
  }
  return new TransportDuplex(transport);
}
