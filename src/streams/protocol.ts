import { currentContext } from "../core/contextvars.js";
import type { BorrowingProtocol, EventLoop, Suspension, Transport } from "../core/contracts.js";
import { connectionResetError } from "../core/errors.js";
import { Future } from "../tasks/future.js";
import { Task, type TaskSource } from "../tasks/task.js";
import { BaseProtocol } from "../transports/protocols.js";
import type { CoroutineGenerator } from "../tasks/coroutine.js";
import type { StreamReader } from "./reader.js";
import { StreamWriter } from "./writer.js";

/** What `startServer` calls for each connection: an async function, or what `coroutine()` made of a generator function. */
export type ClientConnected = (reader: StreamReader, writer: StreamWriter) => PromiseLike<unknown> | CoroutineGenerator<unknown> | void;

/** Joins a transport to a StreamReader, and its flow control to `drain()`. Mirrors asyncio.StreamReaderProtocol. */
export class StreamReaderProtocol extends BaseProtocol implements BorrowingProtocol {
  readonly #loop: EventLoop;
  readonly reader: StreamReader;
  readonly #clientConnected: ClientConnected | null;
  #paused = false;
  #connectionLost = false;
  readonly #drainWaiters: Future<void>[] = [];
  #closed: Future<void> | null = null;
  #lostTo: Error | null = null;

  constructor(reader: StreamReader, clientConnected: ClientConnected | null, loop: EventLoop) {
    super();
    this.#loop = loop;
    this.reader = reader;
    this.#clientConnected = clientConnected;
  }

  override connectionMade(transport: Transport): void {
    this.reader.setTransport(transport);
    const clientConnected = this.#clientConnected;
    if (clientConnected === null) return;
    const writer = new StreamWriter(transport, this, this.reader);
    const source = (() => clientConnected(this.reader, writer) ?? Promise.resolve()) as TaskSource<unknown>;
    const task = new Task<unknown>(source, { loop: this.#loop, context: currentContext().copy() });
    task.addDoneCallback((done) => {
      if (done.cancelled()) return transport.close();
      const exception = done.exception();
      if (exception === null) return;
      this.#loop.callExceptionHandler({
        message: `Unhandled exception in client_connected_cb of ${describePeer(transport)}`,
        exception,
        transport,
      });
      transport.close();
    });
  }

  bytesBorrowed(bytes: Uint8Array): void {
    this.reader.feedData(bytes);
  }

  /** Keeps the sending side open: the coroutine decides when to close. */
  eofReceived(): boolean {
    this.reader.feedEof();
    return true;
  }

  override connectionLost(error: Error | null): void {
    this.#connectionLost = true;
    this.#lostTo = error;
    if (error === null) this.reader.feedEof();
    else this.reader.setException(error);
    const closed = this.#closed;
    if (closed !== null && !closed.done()) settle(closed, error);
    for (const waiter of this.#drainWaiters.splice(0)) {
      if (waiter.done()) continue;
      if (error === null) waiter.setException(connectionResetError());
      else waiter.setException(error);
    }
  }

  override pauseWriting(): void {
    this.#paused = true;
  }

  override resumeWriting(): void {
    this.#paused = false;
    for (const waiter of this.#drainWaiters.splice(0)) if (!waiter.done()) waiter.setResult(undefined);
  }

  /** @internal */
  mayWrite(): boolean {
    return !this.#paused && !this.#connectionLost;
  }

  /** @internal */
  *waitUntilWritable(): Generator<Suspension, void, unknown> {
    if (this.#connectionLost) throw connectionResetError();
    if (!this.#paused) return;
    const waiter = new Future<void>({ loop: this.#loop });
    this.#drainWaiters.push(waiter);
    yield* waiter;
  }

  /** Done when the connection is gone. Made when somebody asks, so that an error nobody waits for is not reported as lost. @internal */
  get closed(): Future<void> {
    if (this.#closed === null) {
      this.#closed = new Future<void>({ loop: this.#loop });
      if (this.#connectionLost) settle(this.#closed, this.#lostTo);
    }
    return this.#closed;
  }
}

function settle(future: Future<void>, error: Error | null): void {
  if (error === null) future.setResult(undefined);
  else future.setException(error);
}

function describePeer(transport: Transport): string {
  const peer = transport.getExtraInfo("peername");
  return peer === undefined ? String(transport) : typeof peer === "string" ? peer : `${peer.address}:${peer.port}`;
}
