/** `StreamWriter`, the sending side of a connection. */
import { Writable } from "node:stream";
import type { WritableStream as WebWritable } from "node:stream/web";
import type {
  Awaitable,
  ClientTls,
  EventLoop,
  ExtraInfo,
  ServerTls,
  StreamProtocol,
  Suspension,
  TlsTimeouts,
  Transport,
} from "../core/contracts.js";
import { NotImplementedError, RuntimeError } from "../core/errors.js";
import { getRunningLoop, runningOrCurrentLoop } from "../core/running.js";
import { coroutine, type Coroutine } from "../tasks/coroutine.js";
import { FastPathAwaitable, WOULD_BLOCK } from "../tasks/fast-path.js";
import type { Future } from "../tasks/future.js";
import { COMPLETED } from "../tasks/completed.js";
import { sleep } from "../combinators/sleep.js";
import { toDuplex, type TransportDuplex } from "../transports/to-duplex.js";
import { describe } from "../util/format.js";
import { flattened } from "../util/options.js";
import { DrainProtocol } from "./drain-protocol.js";
import { StreamReader } from "./reader.js";
import { WritableTransport } from "./writable-transport.js";
import { WriterWritable } from "./writer-writable.js";

/** The members of its protocol that a writer uses. */
export interface WriterProtocol {
  /** @internal */ mayWrite(): boolean;
  /** @internal */ waitUntilWritable(): Generator<Suspension, void, unknown>;
  /** Completes when the connection is closed. @internal */
  readonly closed: Future<void>;
  /** @internal */ readonly isServerSide: boolean;
  /** @internal */ readonly isWritingPaused: boolean;
  connectionLost(error: Error | null): void;
  /** @internal */ replaceTransport(transport: Transport): void;
}

/** Sends data on a connection. Mirrors asyncio.StreamWriter. */
export class StreamWriter {
  #transport: Transport;
  readonly #protocol: WriterProtocol;
  readonly #reader: StreamReader | null;

  /**
   * `protocol` is the transport's, a StreamReaderProtocol; `reader` is its reader, whose error `drain()` throws. `loop` is there because
   * asyncio has it: the protocol's loop is used.
   */
  constructor(transport: Transport, protocol: WriterProtocol, reader: StreamReader | null = null, _loop?: EventLoop | null) {
    if (typeof (protocol as Partial<WriterProtocol> | null)?.mayWrite !== "function") {
      throw new TypeError(`protocol must be a StreamReaderProtocol, got ${describe(protocol)}`);
    }
    if (reader !== null && !(reader instanceof StreamReader)) {
      throw new TypeError(`reader must be a StreamReader or null, got ${describe(reader)}`);
    }
    this.#transport = transport;
    this.#protocol = protocol;
    this.#reader = reader;
  }

  /**
   * Creates a writer for a Node Writable or a web stream. `drain()` waits while the stream is full, `close()` ends it, and `waitClosed()`
   * rejects with its error. Throws TypeError for anything but such a stream. Not part of asyncio.
   *
   * ```ts
   * import { createGzip, gunzipSync } from "node:zlib";
   * import { buffer } from "node:stream/consumers";
   * import * as asyncio from "uvio";
   *
   * await asyncio.run(async () => {
   *   const gzip = createGzip();
   *   const zipped = buffer(gzip);
   *   const writer = asyncio.StreamWriter.from(gzip);
   *   await writer.send("hello");
   *   writer.close();
   *   console.log(gunzipSync(await zipped).toString()); // hello
   * });
   * ```
   */
  static from(sink: Writable | WebWritable): StreamWriter {
    const protocol = new DrainProtocol<Transport>(runningOrCurrentLoop());
    return new StreamWriter(new WritableTransport(sink, protocol), protocol, null);
  }

  /** The transport that it writes to. */
  get transport(): Transport {
    return this.#transport;
  }

  /** Sends data. Buffers the part that the system does not accept; call `drain()` afterwards. The caller may reuse `data`. */
  write(data: Uint8Array | string): void {
    this.#transport.write(data);
  }

  /** Writes several pieces of data; call `drain()` afterwards. */
  writelines(list: Iterable<Uint8Array | string>): void {
    this.#transport.writelines(list);
  }

  /** Waits while too much data is buffered; completes immediately otherwise. Rejects if the connection was lost. */
  drain(): Awaitable<void> {
    return this.mayGoOn() ? COMPLETED : new Drain(this);
  }

  /** Combines `write()` and `drain()`. Not part of asyncio. */
  send(data: Uint8Array | string): Coroutine<void> {
    return send(this, data);
  }

  /** Ends the sending side: the peer reads the end of the stream. */
  writeEof(): void {
    this.#transport.writeEof();
  }

  /** Whether writeEof() is supported. It is not with TLS. */
  canWriteEof(): boolean {
    return this.#transport.canWriteEof();
  }

  /** Closes the connection after the buffered data has been sent. */
  close(): void {
    this.#transport.close();
  }

  /** Whether the connection is closed or closing. */
  isClosing(): boolean {
    return this.#transport.isClosing();
  }

  /** Waits until the connection is closed. Rejects with the error that the connection was lost with. */
  waitClosed(): Coroutine<void> {
    return waitClosed(this.#protocol);
  }

  /**
   * Adds TLS to the connection: as the server on connections that a server accepted, otherwise as the client, which requires
   * `serverHostname`. Data written before is sent unencrypted first. If the handshake fails, it rejects with the error and the connection
   * is closed. Mirrors StreamWriter.start_tls.
   */
  startTls(sslContext: ClientTls | ServerTls, options: TlsTimeouts & { serverHostname?: string | null } = {}): Coroutine<void> {
    return startTls(this, this.#protocol, sslContext, options);
  }

  /**
   * Returns a Node Writable whose writes wait for `drain()`. Ending it ends the sending side, or closes a connection that cannot be half
   * closed, such as TLS. Destroying it earlier aborts the connection. Not part of asyncio.
   */
  toWritable(): Writable {
    return new WriterWritable(this, this.#protocol);
  }

  /** Like `toWritable()`, as a web stream. */
  toWeb(): WebWritable<Uint8Array> {
    return Writable.toWeb(this.toWritable());
  }

  /**
   * Converts the whole connection to a Node Duplex, including the data that the reader has buffered: for `ws` or an `http.Server` after the
   * first lines were read. Reader and writer cannot be used afterwards, but `waitClosed()` waits for the end of the Duplex. Throws
   * RuntimeError if the connection is closed. Not part of asyncio.
   */
  toDuplex(): TransportDuplex {
    if (this.#reader === null) throw new NotImplementedError("toDuplex() is available on connections only; use toWritable()");
    this.#reader.checkError();
    if (this.isClosing()) throw new RuntimeError("the connection is closed and cannot be converted to a Duplex");
    const duplex = toDuplex(this.#transport);
    this.#reader.handOver(duplex);
    duplex.once("close", () => this.#protocol.connectionLost(duplex.errored));
    return duplex;
  }

  /** Whether drain() can complete immediately: there is no error, and the transport is not full. @internal */
  mayGoOn(): boolean {
    return (this.#reader === null || this.#reader.exception() === null) && !this.#transport.isClosing() && this.#protocol.mayWrite();
  }

  /** @internal */
  *waitUntilDrained(): Generator<Suspension, void, unknown> {
    this.#reader?.checkError();
    // Lets connectionLost() run, so that a loop of write() and drain() notices the end of the connection.
    if (this.#transport.isClosing()) yield* sleep(0);
    yield* this.#protocol.waitUntilWritable();
  }

  /** @internal */
  replaceTransport(transport: Transport): void {
    this.#transport = transport;
    this.#protocol.replaceTransport(transport);
  }

  /** Returns information of the transport: `peername`, `sockname`, `sslObject` ... Mirrors StreamWriter.get_extra_info. */
  getExtraInfo<K extends keyof ExtraInfo>(name: K): ExtraInfo[K];
  getExtraInfo(name: string, fallback?: unknown): unknown;
  getExtraInfo(name: string, fallback?: unknown): unknown {
    return this.#transport.getExtraInfo(name, fallback);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.waitClosed();
  }

  toString(): string {
    return `<StreamWriter transport=${String(this.transport)}${this.#reader === null ? "" : ` reader=${this.#reader.toString()}`}>`;
  }
}

const send = coroutine(function* send(writer: StreamWriter, data: Uint8Array | string) {
  writer.write(data);
  yield* writer.drain();
});

const startTls = coroutine(function* startTls(
  writer: StreamWriter,
  { isServerSide: serverSide }: WriterProtocol,
  sslContext: ClientTls | ServerTls,
  options: TlsTimeouts & { serverHostname?: string | null },
) {
  yield* writer.drain();
  const { transport } = writer;
  const protocol = transport.getProtocol() as StreamProtocol;
  writer.replaceTransport(yield* getRunningLoop().startTls(transport, protocol, sslContext, { ...flattened(options), serverSide }));
});

const waitClosed = coroutine(function* waitClosed(protocol: WriterProtocol) {
  yield* protocol.closed;
});

/** The `drain()` of a writer that cannot continue immediately. */
class Drain extends FastPathAwaitable<void> {
  readonly #writer: StreamWriter;

  constructor(writer: StreamWriter) {
    super();
    this.#writer = writer;
  }

  override tryNow(): void | typeof WOULD_BLOCK {
    if (!this.#writer.mayGoOn()) return WOULD_BLOCK;
  }

  protected override slowPath(): Iterator<Suspension, void, unknown> {
    return this.#writer.waitUntilDrained();
  }
}
