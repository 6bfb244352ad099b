/** Transports and servers over sockets that the program has created: the part that both loops share. */
import type { Address, EventLoop, ProtocolFactory, ServingOptions } from "../core/contracts.js";
import type { Awaitable } from "../tasks/awaitable.js";
import { coroutine } from "../tasks/coroutine.js";
import { serve, type OnConnection } from "./create-server.js";
import { type PendingConnection, attachProtocol } from "../transports/attach-protocol.js";
import type { SockOption } from "./sock-option.js";
import type { Listener } from "./server.js";

export interface AdoptRequest {
  backlog: number;
  keepAlive: boolean;
  /** Whether a Unix socket's file is removed with the server. */
  cleanupSocket: boolean;
}

/** Takes over a connected socket. Throws the system's error if that fails. */
export type AdoptStream = (given: SockOption) => PendingConnection;

/** Takes over a bound socket to listen on, as Bind does for an address. */
export type AdoptListener = (given: SockOption, request: AdoptRequest, onConnection: OnConnection) => Awaitable<Listener<Address | string>>;

export const serveSock = coroutine(function* serveSock(
  loop: EventLoop,
  adopt: AdoptListener,
  given: SockOption,
  factory: ProtocolFactory,
  { backlog = 100, keepAlive = false, cleanupSocket = false, ...serving }: ServingOptions & Partial<AdoptRequest>,
) {
  const bind = (onConnection: OnConnection) => adopt(given, { backlog, keepAlive, cleanupSocket }, onConnection);
  return yield* serve(loop, [bind], factory, serving);
});

export const connectSock = coroutine(function* connectSock(
  loop: EventLoop,
  adopt: AdoptStream,
  given: SockOption,
  factory: ProtocolFactory,
) {
  return yield* attachProtocol(loop, adopt(given), factory);
});
