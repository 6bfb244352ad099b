/** loop.createServer: resolves the host, binds each of its addresses, makes one server of them. */
import type { EventLoop, ProtocolFactory, ServerOptions, StreamProtocol, ServingOptions } from "../core/contracts.js";
import { AI_PASSIVE } from "../core/address-info.js";
import type { Awaitable } from "../tasks/awaitable.js";
import { coroutine, type CoroutineGenerator } from "../tasks/coroutine.js";
import { makeProtocol, type PendingConnection } from "../transports/attach-protocol.js";
import { resolveListen } from "./host-addresses.js";
import type { HandleOwner } from "../transports/owned-handles.js";
import type { OnConnection, StreamBackend } from "./stream-backend.js";
import { Server, type Listener } from "./server.js";
import { sleep } from "../combinators/sleep.js";
import { currentContext } from "../core/contextvars.js";
import { checkFactory, checkEndpoint, checkLookup, checkBooleans } from "./argument-checks.js";
import { describe } from "../util/format.js";
import type { Given } from "../util/options.js";

export const createServer = coroutine(function* createServer(
  loop: HandleOwner,
  streams: StreamBackend,
  factory: ProtocolFactory,
  host: string | readonly string[] | null,
  port: number,
  options: Given<ServerOptions>,
) {
  const { family, flags = AI_PASSIVE, backlog = 100, reuseAddress = true, reusePort = false, keepAlive = false } = options;
  const addresses = yield* resolveListen(host, { family, flags });
  const binds = addresses.map(
    (address) => (onConnection: OnConnection) =>
      streams.bindTcp(loop, { ...address, port, backlog, reuseAddress, reusePort, keepAlive }, onConnection),
  );
  return yield* serve(loop, binds, factory, options);
});

/**
 * Creates a server over all the bound sockets. Closes them if binding one of them fails. The protocol factory runs in a snapshot of the
 * caller's context, so that each connection starts from the same values.
 */
export function* serve<A>(
  loop: EventLoop,
  binds: readonly ((onConnection: OnConnection) => Awaitable<Listener<A>>)[],
  factory: ProtocolFactory,
  { startServing = true, maxConnections = Infinity }: Given<ServingOptions>,
): CoroutineGenerator<Server<A>> {
  const listeners: Listener<A>[] = [];
  const context = currentContext().snapshot();
  const begin = context.wrap((connection: PendingConnection) => {
    let protocol: StreamProtocol;
    try {
      protocol = makeProtocol(connection, factory);
    } catch (exception) {
      loop.callExceptionHandler({ message: "Error on transport creation for incoming connection", exception });
      return;
    }
    connection.makeTransport(protocol, server).begin(null);
  });
  const { stores } = context;
  const enter = stores === null ? begin : (connection: PendingConnection) => stores.runInAsyncScope(begin, undefined, connection);
  const server = new Server<A>(loop, listeners, enter, maxConnections);
  try {
    for (const bind of binds) listeners.push(yield* bind((connection) => server.admit(connection)));
    if (startServing) server.listen();
  } catch (error) {
    server.close();
    throw error;
  }
  if (startServing) yield* sleep(0);
  return server;
}

/** Throws TypeError or RangeError for invalid arguments of createServer. */
export function checkServerArguments(factory: unknown, host: unknown, port: unknown, options: Given<ServerOptions>): void {
  checkFactory(factory);
  checkEndpoint(host, port);
  checkLookup({ family: options.family, flags: options.flags });
  checkServing(options);
  const { reuseAddress, reusePort, keepAlive } = options;
  checkBooleans({ reuseAddress, reusePort, keepAlive });
}

/** Throws TypeError for invalid options of any kind of server. */
export function checkServing({ backlog, maxConnections, startServing }: Given<ServingOptions>): void {
  checkBooleans({ startServing });
  if (backlog !== undefined && !(Number.isInteger(backlog) && backlog >= 0)) {
    throw new TypeError(`backlog must be an integer of 0 or more, got ${describe(backlog)}`);
  }
  if (maxConnections !== undefined && maxConnections !== Infinity && !(Number.isInteger(maxConnections) && maxConnections > 0)) {
    throw new TypeError(`maxConnections must be an integer above 0, got ${describe(maxConnections)}`);
  }
}
