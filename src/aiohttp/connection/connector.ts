/** The connections of a session: it limits their number, keeps idle ones and hands them to requests in order. */
import type { Socket } from "node:net";
// Its main file by name, since Bun has a replacement for the package that lacks most of it.
import { Client } from "undici/index.js";
import { RuntimeError, ValueError } from "../../core/errors.js";
import { getRunningLoop } from "../../core/running.js";
import { AsyncClosable, asyncWith } from "../../syntax/async-with.js";
import { coroutine, type Coroutine, type CoroutineGenerator } from "../../tasks/coroutine.js";
import { wrapFuture } from "../../combinators/ensure-future.js";
import { Future } from "../../tasks/future.js";
import { timeout } from "../../combinators/timeout.js";
import { describe } from "../../util/format.js";
import { checkCount } from "../../util/options.js";
import { dial, dialUnix, type DialOptions } from "./dial.js";
import { ClientConnectionError } from "../http/errors.js";
import type { Route, Ssl } from "./route.js";

/** The error of a connection that closed before anything was written to it. The request can be sent on another connection. */
export class StaleConnectionError extends Error {}

/** One connection, in use or idle. It speaks HTTP through an undici Client that owns this socket and never opens another. */
export class Connection {
  readonly route: Route;
  readonly socket: Socket;
  /** Whether it has carried an earlier request. */
  reused = false;
  readonly #connector: BaseConnector;
  #client: Client | null = null;
  #inUse = true;

  constructor(connector: BaseConnector, route: Route, socket: Socket) {
    this.#connector = connector;
    this.route = route;
    this.socket = socket;
    socket.once("close", () => connector.forget(this));
    socket.on("error", () => {}); // The user of the connection gets the error from undici or ws.
  }

  get usable(): boolean {
    return !this.socket.destroyed && this.socket.writable && !this.#connector.forceClose && !this.#connector.closed;
  }

  get client(): Client {
    return (this.#client ??= this.#open());
  }

  /** Returns the connection to its connector. A second call has no effect. */
  release(reusable: boolean): void {
    if (!this.#inUse) return;
    this.#inUse = false;
    const keep = reusable && this.usable;
    if (!keep) void this.#close(closedError());
    this.#connector.takeBack(this, keep);
  }

  /** Marks an idle connection as in use again. */
  lend(): this {
    this.#inUse = true;
    this.reused = true;
    return this;
  }

  /** Polls the system once, which notices that the server has closed the connection. Releases it and returns false if it has. */
  *isAlive(): CoroutineGenerator<boolean> {
    const polled = new Future<void>({ loop: getRunningLoop() });
    // The native loop's turn is in the check phase, in which the first callback runs as well. A poll is before the second one.
    setImmediate(() => setImmediate(() => void (polled.canSettle() && polled.setResult(undefined))));
    try {
      yield* polled;
    } catch (error) {
      this.release(true);
      throw error;
    }
    if (this.usable) return true;
    this.release(false);
    return false;
  }

  /** Closes the connection immediately. A request that is in progress fails with `error`. */
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
      // exchange.ts has the timeouts of a response.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: this.#connector.keepaliveTimeout * 1000,
      pipelining: 1,
      connect: (_options, callback) => {
        const first = !given;
        given = true;
        // Deferred: undici does not expect the callback to run inside this call.
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
  /** Maximum number of connections in use; default 100, 0 for no limit. */
  limit?: number;
  /** Maximum number of connections in use to one host; default 0, no limit. */
  limitPerHost?: number;
  /** Seconds for which an idle connection is kept; default 15. */
  keepaliveTimeout?: number;
  /** Closes each connection after one request. */
  forceClose?: boolean;
}

/** The base class of connectors: limits, idle connections and waiters. Mirrors aiohttp.BaseConnector. */
export abstract class BaseConnector extends AsyncClosable {
  readonly limit: number;
  readonly limitPerHost: number;
  readonly forceClose: boolean;
  /** In seconds. */
  readonly keepaliveTimeout: number;
  /** The TLS options of requests that do not have their own. @internal */
  abstract readonly ssl: Ssl;
  #closed = false;
  #inUse = 0;
  readonly #inUsePerHost = new Map<string, number>();
  readonly #idle = new Map<string, Connection[]>();
  readonly #all = new Set<Connection>();
  /** Requests that wait for a free slot, oldest first. */
  #waiters: Waiter[] = [];

  constructor(options: ConnectorOptions = {}) {
    super();
    this.limit = checkCount("limit", options.limit ?? 100);
    this.limitPerHost = checkCount("limitPerHost", options.limitPerHost ?? 0);
    this.keepaliveTimeout = options.keepaliveTimeout ?? 15;
    if (typeof this.keepaliveTimeout !== "number" || !(this.keepaliveTimeout > 0))
      throw new TypeError(`keepaliveTimeout must be a positive number of seconds, got ${describe(options.keepaliveTimeout)}`);
    this.forceClose = options.forceClose ?? false;
  }

  /** Whether the connector was closed. A closed connector rejects every request with RuntimeError. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Closes all connections, in use or idle, and waits until their sockets are closed. */
  override close(): Coroutine<void> {
    return closeConnector(this);
  }

  /** Opens a connected socket. */
  protected abstract open(route: Route): Coroutine<Socket>;

  /** Returns an idle connection, or null if there is none or the limits are reached. @internal */
  takeIdle(route: Route): Connection | null {
    this.#checkOpen();
    if (this.#mustWait(route)) return null;
    return this.#popIdle(route);
  }

  /**
   * Returns an idle or a new connection; waits while the limits are reached. Waiting requests are served first come, first served.
   * `sockConnect`: seconds for opening a new connection. `fresh`: do not use an idle one.
   * @internal
   */
  *acquire(route: Route, sockConnect: number | null, fresh = false): CoroutineGenerator<Connection> {
    this.#checkOpen();
    if (this.#mustWait(route)) {
      const waiter: Waiter = { route, future: new Future<void>({ loop: getRunningLoop() }) };
      this.#waiters.push(waiter);
      try {
        yield* waiter.future;
      } catch (error) {
        const at = this.#waiters.indexOf(waiter);
        if (at >= 0) this.#waiters.splice(at, 1);
        // If the future is done, the slot was already given to this request, which was cancelled afterwards.
        else if (waiter.future.done() && !waiter.future.cancelled() && !this.#closed) this.#returnPlace(route);
        throw error;
      }
      // #returnPlace() has already taken the slot for this request.
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

  /** Ends the use of a connection. If `keep` is true, it becomes idle. @internal */
  takeBack(connection: Connection, keep: boolean): void {
    const { route } = connection;
    if (keep) {
      const list = this.#idle.get(route.key);
      if (list === undefined) this.#idle.set(route.key, [connection]);
      else list.push(connection);
    }
    this.#returnPlace(route);
  }

  /** Called when the connection's socket is closed. @internal */
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
    for (const { future } of this.#waiters.splice(0)) if (future.canSettle()) future.setException(closedError());
    return Promise.all([...this.#all].map((connection) => connection.destroy(closedError())));
  }

  #checkOpen(): void {
    if (this.#closed) throw new RuntimeError("Connector is closed; create a new one");
  }

  /** Whether older requests wait, or the limits are reached. */
  #mustWait(route: Route): boolean {
    return this.#waiters.some(({ future }) => future.canSettle()) || !this.#hasRoom(route);
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
    // A request of a closed loop never runs again to remove itself.
    if (this.#waiters.length > 0) this.#waiters = this.#waiters.filter(({ future }) => future.canSettle());
    // The slot goes to the oldest waiter whose host is below its limit.
    const next = this.#waiters.findIndex((waiter) => this.#hasRoom(waiter.route));
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

/** Options of TCPConnector. */
export interface TCPConnectorOptions extends ConnectorOptions {
  /**
   * True, the default, verifies the servers' certificates; false does not. A Fingerprint accepts one certificate only. An object holds
   * options of node:tls.
   */
  ssl?: Ssl;
  /** 4 or 6 to use addresses of one IP version only. */
  family?: 0 | 4 | 6;
  /** The local address to connect from. */
  localAddr?: string;
}

/** Opens connections over TCP and TLS, to servers or proxies. Mirrors aiohttp.TCPConnector. */
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
 * Opens connections to a Unix socket, whatever the host of the URL is; the host is only sent in the Host header. A request with a proxy
 * fails with ValueError. Mirrors aiohttp.UnixConnector.
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
  /** The path of the socket. */
  readonly path: string;

  constructor(path: string, options: ConnectorOptions = {}) {
    super(options);
    if (typeof path !== "string" || path === "") throw new TypeError(`path must be the path of a Unix socket, got ${describe(path)}`);
    this.path = path;
  }

  protected override open(route: Route): Coroutine<Socket> {
    if (route.proxy !== null) throw new ValueError("UnixConnector does not support proxies; use TCPConnector");
    return dialUnix(route, this.path);
  }
}

/** Throws TypeError unless `ssl` is a valid option. */
export function checkSsl(ssl: Ssl): Ssl {
  if (typeof ssl === "boolean" || (typeof ssl === "object" && ssl !== null)) return ssl;
  throw new TypeError(`ssl must be true, false, a Fingerprint or an object with options of node:tls, got ${describe(ssl)}`);
}

const closeConnector = coroutine(function* close(connector: BaseConnector) {
  yield* wrapFuture(connector.closeAll());
});

function closedError(): ClientConnectionError {
  return new ClientConnectionError("Connector is closed");
}
