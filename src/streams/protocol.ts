/** The protocol that connects a transport to a reader and a writer. */
import { currentContext } from "../core/contextvars.js";
import type { BorrowingProtocol, EventLoop, Transport } from "../core/contracts.js";
import { Task, type TaskSource } from "../tasks/task.js";
import type { CoroutineGenerator } from "../tasks/coroutine.js";
import { runningOrCurrentLoop } from "../core/running.js";
import { describe } from "../util/format.js";
import { copyOf } from "../util/slab.js";
import { DrainProtocol } from "./drain-protocol.js";
import { StreamReader } from "./reader.js";
import { StreamWriter, type WriterProtocol } from "./writer.js";

const EMPTY = Buffer.alloc(0);

/** The function that `startServer()` calls for each connection: an async function, or a coroutine function. */
export type ClientConnected = (reader: StreamReader, writer: StreamWriter) => PromiseLike<unknown> | CoroutineGenerator<unknown> | void;

/**
 * Connects a transport to a StreamReader, and its flow control to `drain()`: for `createConnection`, `connectReadPipe` and so on. Mirrors
 * asyncio.StreamReaderProtocol.
 *
 * ```ts
 * import { duplexPair } from "node:stream";
 * import * as asyncio from "uvio";
 *
 * await asyncio.run(async () => {
 *   const [near, far] = duplexPair();
 *   near.write("a line\n");
 *   const reader = new asyncio.StreamReader();
 *   const [transport, protocol] = await asyncio.fromDuplex(far, () => new asyncio.StreamReaderProtocol(reader));
 *   const writer = new asyncio.StreamWriter(transport, protocol, reader);
 *   console.log(String(await reader.readline()).trim()); // a line
 *   writer.close();
 * });
 * ```
 */
export class StreamReaderProtocol extends DrainProtocol<Transport> implements BorrowingProtocol, WriterProtocol {
  readonly reader: StreamReader | null;
  readonly #clientConnected: ClientConnected | null;
  /** Whether the sending side can stay open after the receiving side ended. With TLS it cannot. */
  #canHalfClose = true;

  /**
   * `reader` gets the data; with null it is dropped. As in asyncio, it may be another object with the methods of a StreamReader, such as a
   * mock, unless there is a `clientConnected`: a StreamWriter refuses it. `clientConnected(reader, writer)` is called when the connection is made, as by
   * `startServer()`. `loop` is the running loop by default.
   */
  constructor(reader: StreamReader | null, clientConnected: ClientConnected | null = null, loop: EventLoop = runningOrCurrentLoop()) {
    super(loop);
    if (reader !== null && typeof (reader as Partial<StreamReader> | undefined)?.feedData !== "function") {
      throw new TypeError(`reader must be a StreamReader or null, got ${describe(reader)}`);
    }
    if (clientConnected !== null && typeof clientConnected !== "function") {
      throw new TypeError(`clientConnected must be a function or null, got ${describe(clientConnected)}`);
    }
    this.reader = reader;
    this.#clientConnected = clientConnected;
  }

  override connectionMade(transport: Transport): void {
    this.reader?.setTransport(transport);
    this.#canHalfClose = transport.getExtraInfo("sslcontext") === undefined;
    const clientConnected = this.#clientConnected;
    if (clientConnected === null) return;
    const writer = new StreamWriter(transport, this, this.reader);
    void new ServedTask(clientConnected, this.reader as StreamReader, writer, this.loop);
  }

  bytesBorrowed(bytes: Uint8Array, lasting = false): void {
    const { reader } = this;
    if (reader === null) return;
    if (reader.feedData !== StreamReader.prototype.feedData) {
      reader.feedData(lasting ? bytes : copyOf(bytes)); // Another reader, or a method of a subclass, may keep what it gets.
    } else if (lasting) {
      reader.feedLasting(bytes as Buffer);
    } else {
      reader.feedData(bytes);
    }
  }

  /** @internal */
  get keepsBytes(): boolean {
    return true;
  }

  /** Keeps the sending side open; the user's coroutine closes it. */
  eofReceived(): boolean {
    this.reader?.feedEof();
    return this.#canHalfClose;
  }

  /** @internal */
  override get isServerSide(): boolean {
    return this.#clientConnected !== null;
  }

  /** Removes and returns the bytes that were not read yet. startTls() passes them to the handshake. @internal */
  takeBuffered(): Buffer {
    return this.reader instanceof StreamReader ? this.reader.takeBuffered() : EMPTY;
  }

  /** @internal */
  override replaceTransport(transport: Transport): void {
    if (this.reader instanceof StreamReader) this.reader.replaceTransport(transport);
    this.#canHalfClose = transport.getExtraInfo("sslcontext") === undefined;
  }

  override connectionLost(error: Error | null): void {
    if (error === null) this.reader?.feedEof();
    else this.reader?.setException(error);
    super.connectionLost(error);
  }
}

/**
 * The task of a client. An idle connection keeps it, so it holds what a closure and a done callback would hold, in less memory.
 */
class ServedTask extends Task<unknown> {
  readonly #reader: StreamReader;
  readonly #writer: StreamWriter;

  constructor(clientConnected: ClientConnected, reader: StreamReader, writer: StreamWriter, loop: EventLoop) {
    super(clientConnected as TaskSource<unknown>, { loop, context: currentContext().copy() });
    this.#reader = reader;
    this.#writer = writer;
  }

  override kind(): string {
    return "Task";
  }

  protected override call(clientConnected: () => unknown): unknown {
    return (clientConnected as ClientConnected)(this.#reader, this.#writer) ?? Promise.resolve();
  }

  /** One turn after the task has finished, what asyncio's done callback does, which is the first. */
  override schedule(): void {
    this.loop.enqueue({ run: () => this.context.run(() => this.#end()) });
    super.schedule();
  }

  #end(): void {
    const { transport } = this.#writer;
    if (!this.cancelled()) {
      if (!this.failed()) return;
      this.loop.callExceptionHandler({
        message: `Unhandled exception in client_connected_cb of ${describePeer(transport)}`,
        exception: this.exception(),
        transport,
      });
    }
    transport.close();
  }
}

function describePeer(transport: Transport): string {
  const peer = transport.getExtraInfo("peername");
  return peer === undefined ? String(transport) : typeof peer === "string" ? peer : `${peer.address}:${peer.port}`;
}
