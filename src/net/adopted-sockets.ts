/** Transports and servers of sockets that the program has made, as far as they are the same on both loops. */
import type { Address, EventLoop, ProtocolFactory, ServingOptions } from "../core/contracts.js";
import type { Awaitable } from "../tasks/awaitable.js";
import { coroutine } from "../tasks/coroutine.js";
import { serve, type OnConnection } from "./create-server.js";
import { type Connected, establish } from "../transports/attach-protocol.js";
import type { GivenSocket } from "./sock-option.js";
import type { Listener } from "./server.js";

export interface AdoptRequest {
  backlog: number;
  keepAlive: boolean;
  /** Whether a Unix socket's file is removed with the server. */
  cleanupSocket: boolean;
}

/** Makes a connection of a connected socket. Throws the system's error where it cannot. */
export type AdoptStream = (given: GivenSocket) => Connected;

/** As Bind, of a socket that is bound. */
export type AdoptListener = (
  given: GivenSocket,
  request: AdoptRequest,
  onConnection: OnConnection,
) => Awaitable<Listener<Address | string>>;

export const serveGiven = coroutine(function* serveGiven(
  loop: EventLoop,
  adopt: AdoptListener,
  given: GivenSocket,
  factory: ProtocolFactory,
  { backlog = 100, keepAlive = false, cleanupSocket = false, ...serving }: ServingOptions & Partial<AdoptRequest>,
) {
  const bind = (onConnection: OnConnection) => adopt(given, { backlog, keepAlive, cleanupSocket }, onConnection);
  return yield* serve(loop, [bind], factory, serving);
});

export const connectGiven = coroutine(function* connectGiven(
  loop: EventLoop,
  adopt: AdoptStream,
  given: GivenSocket,
  factory: ProtocolFactory,
) {
  return yield* establish(loop, adopt(given), factory);
});
