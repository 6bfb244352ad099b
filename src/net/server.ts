import type {
  Address,
  EventLoop,
  Server as ServerContract,
  ServerSocket,
  ShutdownOptions,
  StreamProtocol,
  TransportSocket,
} from "../core/contracts.js";
import { isCancelled, RuntimeError } from "../core/errors.js";
import { coroutine, type Coroutine } from "../tasks/coroutine.js";
import { Future } from "../tasks/future.js";
import { sleep } from "../combinators/sleep.js";
import { wait } from "../combinators/wait.js";
import { lazy } from "../syntax/async-with.js";
import { describe } from "../util/format.js";
import { LinkedList } from "../util/linked-list.js";
import { AbstractServer } from "../transports/abstract-server.js";
import { serverClose, serverListening, type ServerMessage } from "../transports/diagnostics.js";
import type { PendingTransport } from "../transports/attach-protocol.js";
import type { StreamTransport, TransportOwner } from "../transports/stream-transport.js";

/** A bound socket, as each loop has its own. */
export interface Listener<A = Address> {
  /** Begins to hand over connections. Throws Node's error where the system refuses. */
  accept(): void;
  /** `count`: connections it may hand over from now on, of `limit` in all; without a call, any number. The others wait, in the kernel's queue where possible. */
  permit(count: number, limit: number): void;
  close(): void;
  readonly socket: TransportSocket<A>;
  ref(): void;
  unref(): void;
}

/** A connection that has come; `begin` gives it its protocol. */
type Incoming = PendingTransport<StreamProtocol, StreamTransport>;

/** What `createServer` gives: its listening sockets and the connections they have accepted. Mirrors asyncio.Server. */
export class Server<A = Address> extends AbstractServer implements ServerContract<A>, TransportOwner {
  get [lazy](): true {
    return true;
  }

  readonly #loop: EventLoop;
  #listeners: readonly Listener<A>[] | null;
  readonly #clients = new LinkedList<StreamTransport>();
  #serving = false;
  /** Of serveForever(). */
  #forever: Future<never> | null = null;
  /** Of waitClosed(); null when closed and without clients. */
  #closeWaiters: Future<void>[] | null = [];
  readonly #begin: (connection: Incoming) => void;
  readonly #maxConnections: number;
  #connections = 0;
  /** Beyond the limit all the same: of another socket, or where accepting cannot be paused. */
  readonly #held: Incoming[] = [];

  /** @internal */
  constructor(loop: EventLoop, listeners: readonly Listener<A>[], begin: (connection: Incoming) => void, maxConnections: number) {
    super();
    this.#loop = loop;
    this.#listeners = listeners;
    this.#begin = begin;
    this.#maxConnections = maxConnections;
  }

  /** The listening sockets; empty once closed. */
  get sockets(): readonly ServerSocket<A>[] {
    return (this.#listeners ?? []).map(({ socket }) => socket);
  }

  override getLoop(): EventLoop {
    return this.#loop;
  }

  override isServing(): boolean {
    return this.#serving;
  }

  /** Begins to accept connections; without effect if it does already. */
  override startServing(): Coroutine<void> {
    return startServing(this);
  }

  /** Accepts connections until it is cancelled or the server closed; then CancelledError, with the server closed. */
  override serveForever(): Coroutine<never> {
    return serveForever(this);
  }

  /**
   * Ends the server gracefully: stops listening, waits up to `graceSeconds` (default 10) for clients to finish, closes those that are
   * left after what is buffered for them, and aborts those that have not taken it `flushSeconds` (default 1) later. Beyond asyncio.
   */
  shutdown(options: ShutdownOptions = {}): Coroutine<void> {
    for (const [name, value] of Object.entries(options)) {
      if (typeof value !== "number" || !(value >= 0)) throw new TypeError(`${name} must be seconds, 0 or more, got ${describe(value)}`);
    }
    return shutdown(this, options);
  }

  /** Resolves when the server is closed and its last connection is gone. */
  override waitClosed(): Coroutine<void> {
    return waitClosed(this);
  }

  /** @internal */
  listen(): void {
    if (this.#serving) return;
    if (this.#listeners === null) throw new RuntimeError(`${this.toString()} is closed; make a new one with createServer()`);
    this.#permit();
    for (const listener of this.#listeners) listener.accept();
    this.#serving = true;
    if (serverListening.hasSubscribers) serverListening.publish({ server: this } satisfies ServerMessage);
  }

  /** Stops listening. Connections stay; see closeClients() and abortClients(). Idempotent. */
  override close(): void {
    const listeners = this.#listeners;
    if (listeners === null) return;
    this.#listeners = null;
    if (this.#serving && serverClose.hasSubscribers) serverClose.publish({ server: this } satisfies ServerMessage);
    this.#serving = false;
    for (const listener of listeners) listener.close();
    for (const connection of this.#held.splice(0)) connection.close();
    if (this.#forever !== null && !this.#forever.done()) this.#forever.cancel();
    this.#forever = null;
    if (this.#clients.empty) this.#wakeCloseWaiters();
  }

  /** Closes every connection after what it has buffered was sent. */
  override closeClients(): void {
    for (const transport of this.#clients) transport.close();
  }

  /** Closes every connection at once. */
  override abortClients(): void {
    for (const transport of this.#clients) transport.abort();
  }

  /** Listening keeps the process alive; the default. */
  ref(): void {
    for (const listener of this.#listeners ?? []) listener.ref();
  }

  /** Listening alone does not keep the process alive. */
  unref(): void {
    for (const listener of this.#listeners ?? []) listener.unref();
  }

  override toString(): string {
    return `<Server ${this.#listeners === null ? "closed" : this.#serving ? "serving" : "not serving"} sockets=${this.sockets.length}>`;
  }

  /** A connection has come. @internal */
  admit(connection: Incoming): void {
    if (this.#connections < this.#maxConnections) this.#begin(connection);
    else if (this.#listeners !== null) this.#held.push(connection);
    else connection.close(); // Accepted just before the server was closed.
  }

  /** @internal */
  attach(transport: StreamTransport): void {
    this.#clients.append(transport);
    this.#connections++;
    this.#permit();
  }

  /** @internal */
  detach(transport: StreamTransport): void {
    this.#clients.remove(transport);
    this.#connections--;
    // In a turn of its own: a connection begins in nobody's context.
    if (this.#held.length > 0) this.#loop.enqueue({ run: () => this.#admitHeld() });
    else this.#permit();
    if (this.#clients.empty && this.#listeners === null) this.#wakeCloseWaiters();
  }

  /** The future of a serveForever() that begins. @internal */
  beginForever(): Future<never> {
    if (this.#forever !== null) throw new RuntimeError(`${this.toString()} is already being awaited on serveForever()`);
    if (this.#listeners === null) throw new RuntimeError(`${this.toString()} is closed; make a new one with createServer()`);
    this.listen();
    return (this.#forever = new Future<never>({ loop: this.#loop }));
  }

  /** @internal */
  endForever(): void {
    this.#forever = null;
  }

  /** A future for the closing, or null if there is nothing left to wait for. @internal */
  closeWaiter(): Future<void> | null {
    if (this.#closeWaiters === null) return null;
    const waiter = new Future<void>({ loop: this.#loop });
    this.#closeWaiters.push(waiter);
    return waiter;
  }

  #admitHeld(): void {
    if (this.#connections < this.#maxConnections && this.#held.length > 0) this.#begin(this.#held.shift()!);
    this.#permit();
  }

  #permit(): void {
    const limit = this.#maxConnections;
    if (limit === Infinity || this.#listeners === null) return;
    const free = Math.max(0, limit - this.#connections - this.#held.length);
    for (const listener of this.#listeners) listener.permit(free, limit);
  }

  #wakeCloseWaiters(): void {
    const waiters = this.#closeWaiters;
    this.#closeWaiters = null;
    for (const waiter of waiters ?? []) if (!waiter.done()) waiter.setResult(undefined);
  }
}

const startServing = coroutine(function* startServing(server: Server<unknown>) {
  server.listen();
  yield* sleep(0);
});

const serveForever = coroutine(function* serveForever(server: Server<unknown>) {
  const forever = server.beginForever();
  try {
    return yield* forever;
  } catch (error) {
    if (isCancelled(error)) {
      try {
        server.close();
        yield* waitClosed(server);
      } finally {
        throw error; // eslint-disable-line no-unsafe-finally -- as in asyncio, the cancellation wins over what happens while closing
      }
    }
    throw error;
  } finally {
    server.endForever();
  }
});

const waitClosed = coroutine(function* waitClosed(server: Server<unknown>) {
  const waiter = server.closeWaiter();
  if (waiter !== null) yield* waiter;
});

const shutdown = coroutine(function* shutdown(server: Server<unknown>, { graceSeconds = 10, flushSeconds = 1 }: ShutdownOptions) {
  server.close();
  const steps = [
    { seconds: graceSeconds, end: () => server.closeClients() },
    { seconds: flushSeconds, end: () => server.abortClients() },
  ];
  for (const { seconds, end } of steps) {
    const waiter = server.closeWaiter();
    if (waiter === null) return;
    yield* wait([waiter], { timeout: seconds });
    if (!waiter.done()) end();
  }
  yield* waitClosed(server);
});
