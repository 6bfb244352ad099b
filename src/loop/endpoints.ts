/** createServer and createConnection, as far as they are the same on both loops. */
import type { BaseProtocol, ConnectionOptions, EventLoop, ProtocolFactory, ServerOptions, StreamProtocol, Transport } from "../core/contracts.js";
import { coroutine } from "../tasks/coroutine.js";
import type { Future } from "../tasks/future.js";
import { sleep } from "../tasks/sleep.js";
import type { Awaitable } from "../tasks/awaitable.js";
import { describe } from "../util/format.js";
import { checkEndpoint, resolveHost, resolveListen, type HostAddress } from "./resolve.js";
import { Server, type Listener } from "./server.js";
import { checkProtocol, type StreamTransport, type TransportOwner } from "./stream-transport.js";

export interface BindRequest extends HostAddress {
  port: number;
  backlog: number;
  reusePort: boolean;
  keepAlive: boolean;
}

/** What a listener does with a connection. */
export type OnConnection = (connection: Connected) => void;

/** Binds one socket; connections are held back until `accept()`. */
export type Bind = (request: BindRequest, onConnection: OnConnection) => Awaitable<Listener>;

/** A connection that no transport owns yet: it is given one, or closed. */
export interface Connected {
  makeTransport(protocol: BaseProtocol, owner: TransportOwner | null): StreamTransport;
  close(): void;
}

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
  const listeners: Listener[] = [];
  const onConnection: OnConnection = (connection) => {
    let protocol: BaseProtocol;
    try {
      protocol = factory();
      checkProtocol(protocol);
    } catch (exception) {
      connection.close();
      loop.callExceptionHandler({ message: "Error on transport creation for incoming connection", exception });
      return;
    }
    connection.makeTransport(protocol, server).begin(null);
  };
  try {
    for (const address of addresses) listeners.push(yield* bind({ ...address, port, backlog, reusePort, keepAlive }, onConnection));
  } catch (error) {
    for (const listener of listeners) listener.close();
    throw error;
  }
  const server: Server = new Server(loop, listeners);
  if (startServing) {
    server.listen();
    yield* sleep(0);
  }
  return server;
});

export const openConnectionTo = coroutine(function* openConnectionTo<P extends StreamProtocol>(
  loop: EventLoop & { createFuture<T>(): Future<T> },
  connect: Connect,
  factory: ProtocolFactory<P>,
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
    let protocol: P;
    try {
      protocol = factory();
      checkProtocol(protocol);
    } catch (error) {
      connected.close();
      throw error;
    }
    const transport = connected.makeTransport(protocol, null);
    const ready = loop.createFuture<void>();
    transport.begin(ready);
    try {
      yield* ready;
    } catch (error) {
      transport.close();
      throw error;
    }
    return [transport, protocol] as [Transport, P];
  }
  throw errors.length === 1 ? errors[0] : new AggregateError(errors, `connecting to ${host}:${port} failed at each of its addresses: ${errors.map(String).join("; ")}`);
});

export function checkServerArguments(factory: unknown, host: unknown, port: unknown, options: ServerOptions): void {
  checkFactory(factory);
  checkEndpoint(host, port, options.family);
  const { backlog } = options;
  if (backlog !== undefined && (!Number.isInteger(backlog) || backlog < 0)) throw new TypeError(`backlog must be an integer of 0 or more, got ${describe(backlog)}`);
}

export function checkConnectionArguments(factory: unknown, host: unknown, port: unknown, options: ConnectionOptions): void {
  checkFactory(factory);
  if (typeof host !== "string") throw new TypeError(`host must be a string, got ${describe(host)}`);
  checkEndpoint(host, port, options.family);
}

function checkFactory(factory: unknown): void {
  if (typeof factory !== "function") throw new TypeError(`factory must be a function returning a protocol, got ${describe(factory)}`);
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === "string" && (error as NodeJS.ErrnoException).syscall !== undefined;
}
