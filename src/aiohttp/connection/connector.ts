/** The connections of a session: who may have one, which are idle, and how many there may be. */
import type { Socket } from "node:net";
import { Client } from "undici";
import { RuntimeError, ValueError } from "../../core/errors.js";
import { getRunningLoop } from "../../core/running.js";
import { AsyncClosable, asyncWith } from "../../syntax/async-with.js";
import { coroutine, type Coroutine, type CoroutineGenerator } from "../../tasks/coroutine.js";
import { wrapFuture } from "../../combinators/ensure-future.js";
import { Future } from "../../tasks/future.js";
import { timeout } from "../../combinators/timeout.js";
import { describe } from "../../util/format.js";
import { dial, dialUnix, type DialOptions } from "./dial.js";
import { ClientConnectionError } from "../http/errors.js";
import type { Route, Ssl } from "./route.js";

/** What a connection fails with that is gone before anything was written to it: the request can go to another one. */
export class StaleConnectionError extends Error {}

/** One connection, in use or idle. Speaks HTTP through an undici Client that has this socket and no other. */
export class Connection {
  readonly route: Route;
  readonly socket: Socket;
  /** Whether it has carried a request already. */
  reused = false;
  readonly #connector: BaseConnector;
  #client: Client | null = null;
  #inUse = true;

  constructor(connector: BaseConnector, route: Route, socket: Socket) {
    this.#connector = connector;
    this.route = route;
    this.socket = socket;
    socket.once("close", () => connector.forget(this));
    socket.on("error", () => {}); // Who uses the connection is told otherwise.
  }

  get usable(): boolean {
    return !this.socket.destroyed && this.socket.writable && !this.#connector.forceClose && !this.#connector.closed;
  }

  get client(): Client {
    return (this.#client ??= this.#open());
  }

  /** Gives the connection back to its connector. The second time does nothing. */
  release(reusable: boolean): void {
    if (!this.#inUse) return;
    this.#inUse = false;
    const keep = reusable && this.usable;
    if (!keep) void this.#close(closedError());
    this.#connector.takeBack(this, keep);
  }

  /** Marks an idle connection as used again. */
  lend(): this {
    this.#inUse = true;
    this.reused = true;
    return this;
  }

  /** Closes the connection at once; what is under way on it fails with `error`. */
  destroy(error: Error): Promise<void> {
    const closed = this.#close(error);
    this.release(false);
    return closed;
  }

  #close(error: Error): Promise<void> {
    const closed = this.socket.closed ? Promise.resolve() : new Promise<void>((resolve) => void this.socket.once("close", () => resolve()));
    if (this.#client !== null) this.#client.destroy(error, () => {});
    this.socket.destroy();
    return closed;
  }

  #open(): Client {
    let given = false;
    const { proxy, isSsl, origin } = this.route;
    return new Client(proxy === null || isSsl ? origin : proxy.url.origin, {
      // What comes when, and how long to wait for it, is decided by exchange.ts.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: this.#connector.keepaliveTimeout * 1000,
      pipelining: 1,
      connect: (_options, callback) => {
        const first = !given;
        given = true;
        // Later: undici does not expect to be called back from inside the call.
        queueMicrotask(() => {
          if (first) callback(null, this.socket);
          else callback(new StaleConnectionError("the connection was closed while it was idle"), null);
        });
      },
    });
  }
}

interface Waiter {
  readonly route: Route;
  readonly future: Future<void>;
}

/** Options of every connector. */
export interface ConnectorOptions {
  /** Connections in use at a time, default 100; 0 for any number. */
  limit?: number;
  /** The same for one host, default 0. */
  limitPerHost?: number;
  /** Seconds that an idle connection is kept, default 15. */
  keepaliveTimeout?: number;
  /** Closes every connection after its request. */
  forceClose?: boolean;
}

/** What TCPConnector has in common with others. Mirrors aiohttp.BaseConnector. */
export abstract class BaseConnector extends AsyncClosable {
  readonly limit: number;
  readonly limitPerHost: number;
  readonly forceClose: boolean;
  /** Seconds. */
  readonly keepaliveTimeout: number;
  /** How `https:` is spoken where the request does not say. @internal */
  abstract readonly ssl: Ssl;
  #closed = false;
  #inUse = 0;
  readonly #inUsePerHost = new Map<string, number>();
  readonly #idle = new Map<string, Connection[]>();
  readonly #all = new Set<Connection>();
  /** Oldest first. */
  readonly #waiters: Waiter[] = [];

  constructor(options: ConnectorOptions = {}) {
    super();
    this.limit = count("limit", options.limit ?? 100);
    this.limitPerHost = count("limitPerHost", options.limitPerHost ?? 0);
    this.keepaliveTimeout = options.keepaliveTimeout ?? 15;
    if (typeof this.keepaliveTimeout !== "number" || !(this.keepaliveTimeout > 0))
      throw new TypeError(`keepaliveTimeout must be a number of seconds above 0, got ${describe(options.keepaliveTimeout)}`);
    this.forceClose = options.forceClose ?? false;
  }

  /** Whether it was closed; then whatever asks for a connection fails. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Closes every connection, in use or idle, and waits until they are gone. */
  override close(): Coroutine<void> {
    return closeConnector(this);
  }

  /** A connected socket. */
  protected abstract open(route: Route): Coroutine<Socket>;

  /** An idle connection, if there is one that may be used now. @internal */
  takeIdle(route: Route): Connection | null {
    this.#checkOpen();
    if (this.#waiters.length > 0 || !this.#hasRoom(route)) return null;
    return this.#popIdle(route);
  }

  /**
   * A connection, idle or new; waits where the limits are reached. `sockConnect`: seconds for making a new one. `fresh`: not an idle one.
   * Whoever waits first gets the first that is free.
   * @internal
   */
  *acquire(route: Route, sockConnect: number | null, fresh = false): CoroutineGenerator<Connection> {
    this.#checkOpen();
    if (this.#waiters.length > 0 || !this.#hasRoom(route)) {
      const waiter: Waiter = { route, future: new Future<void>({ loop: getRunningLoop() }) };
      this.#waiters.push(waiter);
      try {
        yield* waiter.future;
      } catch (error) {
        const at = this.#waiters.indexOf(waiter);
        if (at >= 0) this.#waiters.splice(at, 1);
        else if (waiter.future.done() && !waiter.future.cancelled() && !this.#closed) this.#returnPlace(route); // Given, and not wanted any more.
        throw error;
      }
      // Whoever woke this one has taken the place for it.
    } else {
      this.#takePlace(route);
    }
    const idle = fresh ? null : this.#popIdle(route, false);
    if (idle !== null) return idle;
    let socket: Socket | null = null;
    try {
      const opening = this.open(route);
      socket = sockConnect === null ? yield* opening : yield* asyncWith(timeout(sockConnect), () => opening);
    } finally {
      if (socket === null) this.#returnPlace(route);
    }
    const connection = new Connection(this, route, socket!);
    this.#all.add(connection);
    if (this.#closed) {
      void connection.destroy(closedError());
      throw closedError();
    }
    return connection;
  }

  /** A connection is no longer used; `keep`: others may use it. @internal */
  takeBack(connection: Connection, keep: boolean): void {
    const { route } = connection;
    if (keep) {
      const list = this.#idle.get(route.key);
      if (list === undefined) this.#idle.set(route.key, [connection]);
      else list.push(connection);
    }
    this.#returnPlace(route);
  }

  /** Its socket is closed. @internal */
  forget(connection: Connection): void {
    this.#all.delete(connection);
    const { key } = connection.route;
    const list = this.#idle.get(key);
    const at = list?.indexOf(connection) ?? -1;
    if (at < 0) return;
    if (list!.length === 1) this.#idle.delete(key);
    else list!.splice(at, 1);
  }

  /** @internal */
  closeAll(): Promise<unknown> {
    this.#closed = true;
    for (const { future } of this.#waiters.splice(0)) if (!future.done()) future.setException(closedError());
    return Promise.all([...this.#all].map((connection) => connection.destroy(closedError())));
  }

  #checkOpen(): void {
    if (this.#closed) throw new RuntimeError("Connector is closed; make a new one");
  }

  #hasRoom(route: Route): boolean {
    if (this.limit > 0 && this.#inUse >= this.limit) return false;
    return this.limitPerHost === 0 || (this.#inUsePerHost.get(route.key) ?? 0) < this.limitPerHost;
  }

  #takePlace(route: Route): void {
    this.#inUse++;
    if (this.limitPerHost > 0) this.#inUsePerHost.set(route.key, (this.#inUsePerHost.get(route.key) ?? 0) + 1);
  }

  #returnPlace(route: Route): void {
    this.#inUse--;
    if (this.limitPerHost > 0) {
      const left = this.#inUsePerHost.get(route.key)! - 1;
      if (left === 0) this.#inUsePerHost.delete(route.key);
      else this.#inUsePerHost.set(route.key, left);
    }
    // The place goes to the first who waits for a host that has room, and was not cancelled meanwhile.
    const next = this.#waiters.findIndex((waiter) => !waiter.future.done() && this.#hasRoom(waiter.route));
    if (next < 0) return;
    const [waiter] = this.#waiters.splice(next, 1);
    this.#takePlace(waiter!.route);
    waiter!.future.setResult(undefined);
  }

  #popIdle(route: Route, takePlace = true): Connection | null {
    const list = this.#idle.get(route.key);
    if (list === undefined) return null;
    for (let connection = list.pop(); connection !== undefined; connection = list.pop()) {
      if (list.length === 0) this.#idle.delete(route.key);
      if (!connection.usable) continue;
      if (takePlace) this.#takePlace(route);
      return connection.lend();
    }
    return null;
  }
}

/** Options of a TCPConnector. */
export interface TCPConnectorOptions extends ConnectorOptions {
  /** True, the default, verifies the servers' certificates; false does not; a Fingerprint knows them; an object holds options of node:tls. */
  ssl?: Ssl;
  /** 4 or 6 for addresses of one kind only. */
  family?: 0 | 4 | 6;
  /** Which of this machine's addresses to connect from. */
  localAddr?: string;
}

/** Connections over TCP and TLS, to servers or proxies. Mirrors aiohttp.TCPConnector. */
export class TCPConnector extends BaseConnector {
  override readonly ssl: Ssl;
  readonly #options: DialOptions;

  constructor(options: TCPConnectorOptions = {}) {
    super(options);
    this.ssl = checkSsl(options.ssl ?? true);
    this.#options = { family: options.family ?? 0, localAddress: options.localAddr };
  }

  protected override open(route: Route): Coroutine<Socket> {
    return dial(route, this.#options);
  }
}

/**
 * Connections to a Unix socket, wherever URLs lead: their host is what the server is told. Not through proxies: those are a ValueError.
 * Mirrors aiohttp.UnixConnector.
 *
 * ```ts
 * import * as asyncio from "uvio";
 * import { ClientSession, UnixClientConnectorError, UnixConnector } from "uvio/aiohttp";
 *
 * await asyncio.run(async () => {
 *   await using session = new ClientSession({ connector: new UnixConnector("/nowhere/docker.sock") });
 *   try {
 *     await session.get("http://localhost/info");
 *   } catch (error) {
 *     if (error instanceof UnixClientConnectorError) console.log(error.code, error.path); // ENOENT /nowhere/docker.sock
 *   }
 * });
 * ```
 */
export class UnixConnector extends BaseConnector {
  /** @internal */
  override readonly ssl: Ssl = true;
  /** Of the socket. */
  readonly path: string;

  constructor(path: string, options: ConnectorOptions = {}) {
    super(options);
    if (typeof path !== "string" || path === "") throw new TypeError(`path must be that of a Unix socket, got ${describe(path)}`);
    this.path = path;
  }

  protected override open(route: Route): Coroutine<Socket> {
    if (route.proxy !== null) throw new ValueError("a UnixConnector cannot go through a proxy: use a TCPConnector");
    return dialUnix(route, this.path);
  }
}

/** TypeError for an `ssl` option that is none. */
export function checkSsl(ssl: Ssl): Ssl {
  if (typeof ssl === "boolean" || (typeof ssl === "object" && ssl !== null)) return ssl;
  throw new TypeError(`ssl must be true, false, a Fingerprint or an object of node:tls's options, got ${describe(ssl)}`);
}

const closeConnector = coroutine(function* close(connector: BaseConnector) {
  yield* wrapFuture(connector.closeAll());
});

function closedError(): ClientConnectionError {
  return new ClientConnectionError("Connector is closed");
}

function count(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 0) return value;
  throw new TypeError(`${name} must be a number of connections, or 0 for any number, got ${describe(value)}`);
}
