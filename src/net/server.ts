/** The Server, shared by both loops, and the interface of its listeners. */
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
import { flattened } from "../util/options.js";
import { AbstractServer } from "../transports/abstract-server.js";
import { serverClose, serverListening, type ServerMessage } from "../transports/diagnostics.js";
import type { PendingTransport } from "../transports/attach-protocol.js";
import type { StreamTransport, TransportOwner } from "../transports/stream-transport.js";

/** A bound socket. Each loop implements its own. */
export interface Listener<A = Address> {
  /** Starts to hand over connections. Throws the system's error if it cannot listen. */
  accept(): void;
  /**
   * Allows `count` further connections, out of `limit` in total; without a call, any number. Other clients wait, in the kernel's queue if
   * possible.
   */
  permit(count: number, limit: number): void;
  close(): void;
  readonly socket: TransportSocket<A>;
  ref(): void;
  unref(): void;
}

/** An accepted connection without a protocol. */
type Incoming = PendingTransport<StreamProtocol, StreamTransport>;

/**
 * A set of listening sockets and the connections that they have accepted; `createServer` creates it. Mirrors asyncio.Server.
 *
 * The states, in their order:
 *
 * - bound: the sockets have addresses, but no connection is started.
 * - serving (`#serving`): connections are accepted. Set by `listen`.
 * - closed (`#listeners` is null): the sockets are closed, and accepted connections live on. Set by `close`, from either state.
 * - over (`#closeWaiters` is null): closed, and the last connection is gone. Set by `close` or the last `detach`; ends `waitClosed`.
 */
export class Server<A = Address> extends AbstractServer implements ServerContract<A>, TransportOwner {
  get [lazy](): true {
    return true;
  }

  readonly #loop: EventLoop;
  #listeners: readonly Listener<A>[] | null;
  readonly #clients = new LinkedList<StreamTransport>();
  #serving = false;
  /** The future of a running serveForever(), else null. */
  #forever: Future<never> | null = null;
  /** The futures of running waitClosed() calls. */
  #closeWaiters: Future<void>[] | null = [];
  readonly #begin: (connection: Incoming) => void;
  readonly #maxConnections: number;
  /** The number of transports in `#clients`. */
  #connections = 0;
  /** Connections accepted beyond the limit: by another socket at the same time, or because the loop cannot pause accepting. */
  readonly #held: Incoming[] = [];

  /** @internal */
  constructor(loop: EventLoop, listeners: readonly Listener<A>[], begin: (connection: Incoming) => void, maxConnections: number) {
    super();
    this.#loop = loop;
    this.#listeners = listeners;
    this.#begin = begin;
    this.#maxConnections = maxConnections;
  }

  /** The listening sockets; empty once the server is closed. */
  get sockets(): readonly ServerSocket<A>[] {
    return (this.#listeners ?? []).map(({ socket }) => socket);
  }

  /** Returns the server's loop. Mirrors Server.get_loop. */
  override getLoop(): EventLoop {
    return this.#loop;
  }

  /** Whether the server accepts connections. Mirrors Server.is_serving. */
  override isServing(): boolean {
    return this.#serving;
  }

  /** Starts to accept connections. Idempotent. Rejects with RuntimeError if the server is closed. Mirrors Server.start_serving. */
  override startServing(): Coroutine<void> {
    return startServing(this);
  }

  /**
   * Accepts connections until this call is cancelled or the server is closed; then closes the server and rejects with CancelledError.
   * Rejects with RuntimeError if the server is closed already, or another call is running. Mirrors Server.serve_forever.
   */
  override serveForever(): Coroutine<never> {
    return serveForever(this);
  }

  /**
   * Closes the server gracefully. Stops listening, and waits up to `graceSeconds` (default 10) for clients to finish on their own. Then
   * closes the remaining connections, which still sends their write buffers, and after `flushSeconds` (default 1) aborts those that are
   * left. Throws TypeError unless both are numbers of 0 or more. Beyond asyncio.
   */
  shutdown(options: ShutdownOptions = {}): Coroutine<void> {
    for (const [name, value] of Object.entries(flattened(options))) {
      if (typeof value !== "number" || !(value >= 0))
        throw new TypeError(`${name} must be a number of seconds, 0 or more, got ${describe(value)}`);
    }
    return shutdown(this, options);
  }

  /** Waits until the server is closed and its last connection is gone. Mirrors Server.wait_closed. */
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

  /** Stops listening. Accepted connections stay open; see closeClients() and abortClients(). Idempotent. */
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

  /** Closes every connection once its write buffer is sent. Mirrors Server.close_clients. */
  override closeClients(): void {
    for (const transport of this.#clients) transport.close();
  }

  /** Closes every connection immediately and drops its write buffer. Mirrors Server.abort_clients. */
  override abortClients(): void {
    for (const transport of this.#clients) transport.abort();
  }

  /** Lets the listening sockets keep the process alive, which is the default. Beyond asyncio. */
  ref(): void {
    for (const listener of this.#listeners ?? []) listener.ref();
  }

  /** Lets the process exit even if the sockets are listening. Beyond asyncio. */
  unref(): void {
    for (const listener of this.#listeners ?? []) listener.unref();
  }

  override toString(): string {
    return `<Server ${this.#listeners === null ? "closed" : this.#serving ? "serving" : "not serving"} sockets=${this.sockets.length}>`;
  }

  /** Called for each accepted connection: starts it, or holds it back while the limit is reached. @internal */
  admit(connection: Incoming): void {
    if (this.#connections < this.#maxConnections) this.#begin(connection);
    else if (this.#listeners !== null) this.#held.push(connection);
    else connection.close(); // It was accepted just before the server was closed.
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
    // A held connection starts in its own turn of the loop, so that it does not inherit the context of the closing one.
    if (this.#held.length > 0) this.#loop.enqueue({ run: () => this.#admitHeld() });
    else this.#permit();
    if (this.#clients.empty && this.#listeners === null) this.#wakeCloseWaiters();
  }

  /** Starts serving for serveForever() and returns the future that it waits for. @internal */
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

  /** Returns a future that completes when the server is over, or null if it is over already. @internal */
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
