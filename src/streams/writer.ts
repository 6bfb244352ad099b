import { Writable } from "node:stream";
import type { WritableStream as WebWritable } from "node:stream/web";
import type { Awaitable, ClientTls, ExtraInfo, ServerTls, StreamProtocol, Suspension, TlsTimeouts, Transport } from "../core/contracts.js";
import { NotImplementedError, RuntimeError } from "../core/errors.js";
import { getRunningLoop, runningOrCurrentLoop } from "../core/running.js";
import { coroutine, type Coroutine } from "../tasks/coroutine.js";
import { FastPathAwaitable, WOULD_BLOCK } from "../tasks/fast-path.js";
import type { Future } from "../tasks/future.js";
import { COMPLETED } from "../tasks/completed.js";
import { sleep } from "../combinators/sleep.js";
import { toDuplex, type TransportDuplex } from "../transports/to-duplex.js";
import { DrainProtocol } from "./drain-protocol.js";
import type { StreamReader } from "./reader.js";
import { WritableTransport } from "./writable-transport.js";
import { WriterWritable } from "./writer-writable.js";

/** What a writer needs of its protocol. */
export interface WriterProtocol {
  /** @internal */ mayWrite(): boolean;
  /** @internal */ waitUntilWritable(): Generator<Suspension, void, unknown>;
  /** Done when the connection is gone. @internal */
  readonly closed: Future<void>;
  /** @internal */ readonly isServerSide: boolean;
  connectionLost(error: Error | null): void;
  /** @internal */ replaceTransport(transport: Transport): void;
}

/** The sending side of a connection. Mirrors asyncio.StreamWriter. */
export class StreamWriter {
  #transport: Transport;
  readonly #protocol: WriterProtocol;
  readonly #reader: StreamReader | null;

  constructor(transport: Transport, protocol: WriterProtocol, reader: StreamReader | null) {
    this.#transport = transport;
    this.#protocol = protocol;
    this.#reader = reader;
  }

  /**
   * Writes to a Writable of Node's or a web stream. `drain()` waits while it is full, `close()` ends it, and its error is what `waitClosed()`
   * fails with. TypeError for what is no such stream. Beyond asyncio.
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

  /** What it writes to. */
  get transport(): Transport {
    return this.#transport;
  }

  /** Sends, or buffers what the system does not take; follow it by `drain()`. The caller may reuse `data`. */
  write(data: Uint8Array | string): void {
    this.#transport.write(data);
  }

  /** Writes one after the other; follow it by `drain()`. */
  writelines(list: Iterable<Uint8Array | string>): void {
    this.#transport.writelines(list);
  }

  /** Waits until enough was sent to go on writing; at once if little is buffered. Fails if the connection is lost. */
  drain(): Awaitable<void> {
    return this.mayGoOn() ? COMPLETED : new Drain(this);
  }

  /** `write` and `drain` in one: back-pressure without having to think of it. Beyond asyncio. */
  send(data: Uint8Array | string): Coroutine<void> {
    return send(this, data);
  }

  /** Ends the sending side; the peer reads the end of the stream. */
  writeEof(): void {
    this.#transport.writeEof();
  }

  /** Whether writeEof() can be used: not where there is TLS. */
  canWriteEof(): boolean {
    return this.#transport.canWriteEof();
  }

  /** Closes the connection after what is buffered was sent. */
  close(): void {
    this.#transport.close();
  }

  /** Whether it is closed, or will be when what is buffered was sent. */
  isClosing(): boolean {
    return this.#transport.isClosing();
  }

  /** Waits until the connection is closed; fails with what it was lost to. */
  waitClosed(): Coroutine<void> {
    return waitClosed(this.#protocol);
  }

  /**
   * Makes the connection secure, as the server if `startServer` has accepted it; a client must say `serverHostname`. What was written before
   * leaves before. Rejects with the error of the handshake, the connection closed. Mirrors StreamWriter.start_tls.
   */
  startTls(sslContext: ClientTls | ServerTls, options: TlsTimeouts & { serverHostname?: string | null } = {}): Coroutine<void> {
    return startTls(this, this.#protocol, sslContext, options);
  }

  /**
   * As a Writable of Node's, each of whose writes waits for `drain()`. Ending it ends the sending side, or the connection where it cannot be
   * half closed (TLS); destroying it before drops the connection. Beyond asyncio.
   */
  toWritable(): Writable {
    return new WriterWritable(this, this.#protocol.closed);
  }

  /** The same as a stream of the web's. */
  toWeb(): WebWritable<Uint8Array> {
    return Writable.toWeb(this.toWritable());
  }

  /**
   * The whole connection as a Duplex of Node's, with what the reader has buffered: for `ws` or an `http.Server` after the first lines were
   * read here. Reader and writer are out of use then; `waitClosed()` waits for the end of the Duplex. RuntimeError for a connection that is closed.
   * Beyond asyncio.
   */
  toDuplex(): TransportDuplex {
    if (this.#reader === null) throw new NotImplementedError("toDuplex() is there on connections only; use toWritable()");
    this.#reader.checkError();
    if (this.isClosing()) throw new RuntimeError("the connection is closed: it can be no Duplex any more");
    const duplex = toDuplex(this.#transport);
    this.#reader.handOver(duplex);
    duplex.once("close", () => this.#protocol.connectionLost(duplex.errored));
    return duplex;
  }

  /** Nothing is wrong, and little is buffered. @internal */
  mayGoOn(): boolean {
    return (this.#reader === null || this.#reader.exception() === null) && !this.#transport.isClosing() && this.#protocol.mayWrite();
  }

  /** @internal */
  *waitUntilDrained(): Generator<Suspension, void, unknown> {
    this.#reader?.checkError();
    // Gives connectionLost() its turn, so that a loop of write and drain notices the end of the connection.
    if (this.#transport.isClosing()) yield* sleep(0);
    yield* this.#protocol.waitUntilWritable();
  }

  /** @internal */
  replaceTransport(transport: Transport): void {
    this.#transport = transport;
    this.#protocol.replaceTransport(transport);
  }

  /** What the transport knows: `peername`, `sockname`, `sslObject` ... Mirrors StreamWriter.get_extra_info. */
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
  writer.replaceTransport(yield* getRunningLoop().startTls(transport, protocol, sslContext, { ...options, serverSide }));
});

const waitClosed = coroutine(function* waitClosed(protocol: WriterProtocol) {
  yield* protocol.closed;
});

/** `drain()` of a writer that may not go on at once. */
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
