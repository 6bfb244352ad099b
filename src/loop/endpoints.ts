/** createServer and createConnection, as far as they are the same on both loops. */
import type { ConnectionOptions, EventLoop, ProtocolFactory, ServerOptions, StreamProtocol } from "../core/contracts.js";
import { coroutine, type CoroutineGenerator } from "../tasks/coroutine.js";
import { sleep } from "../tasks/sleep.js";
import type { Awaitable } from "../tasks/awaitable.js";
import { describe } from "../util/format.js";
import { establish, makeProtocol, type Opened } from "./establish.js";
import { checkEndpoint, resolveHost, resolveListen, type HostAddress } from "./resolve.js";
import { Server, type Listener } from "./server.js";
import type { StreamTransport } from "./stream-transport.js";

export interface BindRequest extends HostAddress {
  port: number;
  backlog: number;
  reusePort: boolean;
  keepAlive: boolean;
}

/** What a listener does with a connection. */
export type OnConnection = (connection: Connected) => void;

/** Binds one socket; no connection is handed over before `accept()`. */
export type Bind = (request: BindRequest, onConnection: OnConnection) => Awaitable<Listener>;

/** A connection that no transport owns yet. */
export type Connected = Opened<StreamProtocol, StreamTransport>;

/** Connects to one address. */
export type Connect = (address: HostAddress, port: number, options: ConnectionOptions) => Awaitable<Connected>;

export const openServer = coroutine(function* openServer(
  loop: EventLoop,
  bind: Bind,
  factory: ProtocolFactory,
  host: string | readonly string[] | null,
  port: number,
  options: ServerOptions,
) {
  const { family, backlog = 100, reusePort = false, keepAlive = false, startServing = true } = options;
  const addresses = yield* resolveListen(host, family);
  if (addresses.length === 0) throw new TypeError(`host ${describe(host)} has no address of family ${describe(family)}`);
  const binds = addresses.map(
    (address) => (onConnection: OnConnection) => bind({ ...address, port, backlog, reusePort, keepAlive }, onConnection),
  );
  return yield* serve(loop, binds, factory, startServing);
});

/** The server of all sockets that can be bound. */
export function* serve<A>(
  loop: EventLoop,
  binds: readonly ((onConnection: OnConnection) => Awaitable<Listener<A>>)[],
  factory: ProtocolFactory,
  startServing: boolean,
): CoroutineGenerator<Server<A>> {
  const listeners: Listener<A>[] = [];
  const onConnection: OnConnection = (connection) => {
    let protocol: StreamProtocol;
    try {
      protocol = makeProtocol(connection, factory);
    } catch (exception) {
      loop.callExceptionHandler({ message: "Error on transport creation for incoming connection", exception });
      return;
    }
    connection.makeTransport(protocol, server).begin(null);
  };
  const server = new Server<A>(loop, listeners);
  try {
    for (const bind of binds) listeners.push(yield* bind(onConnection));
    if (startServing) server.listen();
  } catch (error) {
    server.close();
    throw error;
  }
  if (startServing) yield* sleep(0);
  return server;
}

export const openConnectionTo = coroutine(function* openConnectionTo(
  loop: EventLoop,
  connect: Connect,
  factory: ProtocolFactory,
  host: string,
  port: number,
  options: ConnectionOptions,
) {
  const addresses = yield* resolveHost(host, options.family);
  const errors: unknown[] = [];
  for (const address of addresses) {
    let connected: Connected;
    try {
      connected = yield* connect(address, port, options);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      errors.push(error);
      continue;
    }
    return yield* establish(loop, connected, factory);
  }
  throw errors.length === 1
    ? errors[0]
    : new AggregateError(errors, `connecting to ${host}:${port} failed at each of its addresses: ${errors.map(String).join("; ")}`);
});

export function checkServerArguments(factory: unknown, host: unknown, port: unknown, options: ServerOptions): void {
  checkFactory(factory);
  checkEndpoint(host, port, options.family);
  checkBacklog(options.backlog);
}

export function checkBacklog(backlog: unknown): void {
  if (backlog !== undefined && !(Number.isInteger(backlog) && (backlog as number) >= 0)) {
    throw new TypeError(`backlog must be an integer of 0 or more, got ${describe(backlog)}`);
  }
}

export function checkConnectionArguments(factory: unknown, host: unknown, port: unknown, options: ConnectionOptions): void {
  checkFactory(factory);
  if (typeof host !== "string") throw new TypeError(`host must be a string, got ${describe(host)}`);
  checkEndpoint(host, port, options.family);
}

export function checkFactory(factory: unknown): void {
  if (typeof factory !== "function") throw new TypeError(`factory must be a function returning a protocol, got ${describe(factory)}`);
}

export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return (
    error instanceof Error &&
    typeof (error as NodeJS.ErrnoException).code === "string" &&
    (error as NodeJS.ErrnoException).syscall !== undefined
  );
}
