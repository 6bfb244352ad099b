import type { Address, EventLoop, Server as ServerContract, ServerSocket } from "../core/contracts.js";
import { isCancelled, RuntimeError } from "../core/errors.js";
import { coroutine, type Coroutine } from "../tasks/coroutine.js";
import { Future } from "../tasks/future.js";
import { sleep } from "../tasks/sleep.js";
import { lazy } from "../tasks/with.js";
import { LinkedList } from "../util/linked-list.js";
import type { StreamTransport, TransportOwner } from "./stream-transport.js";

/** A bound socket, as each loop has its own. */
export interface Listener<A = Address> {
  /** Begins to hand over connections. Throws Node's error where the system refuses. */
  accept(): void;
  close(): void;
  getsockname(): A;
  ref(): void;
  unref(): void;
}

/** What `createServer` gives: its listening sockets and the connections they have accepted. Mirrors asyncio.Server. */
export class Server<A = Address> implements ServerContract<A>, TransportOwner {
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

  /** @internal */
  constructor(loop: EventLoop, listeners: readonly Listener<A>[]) {
    this.#loop = loop;
    this.#listeners = listeners;
  }

  /** The listening sockets; empty once closed. */
  get sockets(): readonly ServerSocket<A>[] {
    return this.#listeners ?? [];
  }

  getLoop(): EventLoop {
    return this.#loop;
  }

  isServing(): boolean {
    return this.#serving;
  }

  /** Begins to accept connections; without effect if it does already. */
  startServing(): Coroutine<void> {
    return startServing(this);
  }

  /** Accepts connections until it is cancelled or the server closed; then CancelledError, with the server closed. */
  serveForever(): Coroutine<never> {
    return serveForever(this);
  }

  /** Resolves when the server is closed and its last connection is gone. */
  waitClosed(): Coroutine<void> {
    return waitClosed(this);
  }

  /** @internal */
  listen(): void {
    if (this.#serving) return;
    if (this.#listeners === null) throw new RuntimeError(`${this.toString()} is closed; make a new one with createServer()`);
    for (const listener of this.#listeners) listener.accept();
    this.#serving = true;
  }

  /** Stops listening. Connections stay; see closeClients() and abortClients(). Idempotent. */
  close(): void {
    const listeners = this.#listeners;
    if (listeners === null) return;
    this.#listeners = null;
    this.#serving = false;
    for (const listener of listeners) listener.close();
    if (this.#forever !== null && !this.#forever.done()) this.#forever.cancel();
    this.#forever = null;
    if (this.#clients.empty) this.#wakeCloseWaiters();
  }

  /** Closes every connection after what it has buffered was sent. */
  closeClients(): void {
    for (const transport of this.#clients) transport.close();
  }

  /** Closes every connection at once. */
  abortClients(): void {
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

  /** Of `asyncWith(server, ...)`. */
  aenter(): Coroutine<this> {
    return enter(this) as Coroutine<this>;
  }

  /** Of `asyncWith(server, ...)`: closes, and waits until the last connection is gone. */
  aexit(): Coroutine<void> {
    return closeAndWait(this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closeAndWait(this);
  }

  toString(): string {
    return `<Server ${this.#listeners === null ? "closed" : this.#serving ? "serving" : "not serving"} sockets=${this.sockets.length}>`;
  }

  /** @internal */
  attach(transport: StreamTransport): void {
    this.#clients.append(transport);
  }

  /** @internal */
  detach(transport: StreamTransport): void {
    this.#clients.remove(transport);
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

// eslint-disable-next-line require-yield -- a coroutine that needs not wait
const enter = coroutine(function* enter(server: Server<unknown>) {
  return server;
});

const closeAndWait = coroutine(function* closeAndWait(server: Server<unknown>) {
  server.close();
  yield* waitClosed(server);
});
