import type { Awaitable, ClientTls, ExtraInfo, ServerTls, StreamProtocol, Suspension, TlsTimeouts, Transport } from "../core/contracts.js";
import { getRunningLoop } from "../core/running.js";
import { coroutine, type Coroutine } from "../tasks/coroutine.js";
import { Immediate, NOT_YET } from "../tasks/immediate.js";
import type { Future } from "../tasks/future.js";
import { READY } from "../tasks/ready.js";
import { sleep } from "../tasks/sleep.js";
import type { StreamReader } from "./reader.js";

/** What a writer needs of its protocol. */
export interface WriterProtocol {
  mayWrite(): boolean;
  waitUntilWritable(): Generator<Suspension, void, unknown>;
  /** Done when the connection is gone. */
  readonly closed: Future<void>;
  readonly isServerSide: boolean;
  replaceTransport(transport: Transport): void;
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

  get transport(): Transport {
    return this.#transport;
  }

  /** Sends, or buffers what the system does not take; follow it by `drain()`. The caller may reuse `data`. */
  write(data: Uint8Array | string): void {
    this.#transport.write(data);
  }

  writelines(list: Iterable<Uint8Array | string>): void {
    this.#transport.writelines(list);
  }

  /** Waits until enough was sent to go on writing; at once if little is buffered. Fails if the connection is lost. */
  drain(): Awaitable<void> {
    return this.mayGoOn() ? READY : new Drain(this);
  }

  /** `write` and `drain` in one: back-pressure without having to think of it. Beyond asyncio. */
  send(data: Uint8Array | string): Coroutine<void> {
    return send(this, data);
  }

  /** Ends the sending side; the peer reads the end of the stream. */
  writeEof(): void {
    this.#transport.writeEof();
  }

  canWriteEof(): boolean {
    return this.#transport.canWriteEof();
  }

  /** Closes the connection after what is buffered was sent. */
  close(): void {
    this.#transport.close();
  }

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
class Drain extends Immediate<void> {
  readonly #writer: StreamWriter;

  constructor(writer: StreamWriter) {
    super();
    this.#writer = writer;
  }

  override attempt(): void | typeof NOT_YET {
    if (!this.#writer.mayGoOn()) return NOT_YET;
  }

  protected override wait(): Iterator<Suspension, void, unknown> {
    return this.#writer.waitUntilDrained();
  }
}
