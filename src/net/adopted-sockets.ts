/** Transports and servers over sockets that the program has created: the part that both loops share. */
import type { ProtocolFactory, ServingOptions } from "../core/contracts.js";
import { coroutine } from "../tasks/coroutine.js";
import type { HandleOwner } from "../transports/owned-handles.js";
import type { AdoptRequest, OnConnection, StreamBackend } from "./stream-backend.js";
import { serve } from "./create-server.js";
import { attachProtocol } from "../transports/attach-protocol.js";
import type { SockOption } from "./sock-option.js";
import type { Given } from "../util/options.js";

export const serveSock = coroutine(function* serveSock(
  loop: HandleOwner,
  streams: StreamBackend,
  sock: SockOption,
  factory: ProtocolFactory,
  { backlog = 100, keepAlive = false, cleanupSocket = false, ...serving }: Given<ServingOptions> & Partial<AdoptRequest>,
) {
  const bind = (onConnection: OnConnection) => streams.adoptListener(loop, sock, { backlog, keepAlive, cleanupSocket }, onConnection);
  return yield* serve(loop, [bind], factory, serving);
});

export const connectSock = coroutine(function* connectSock(
  loop: HandleOwner,
  streams: StreamBackend,
  sock: SockOption,
  factory: ProtocolFactory,
) {
  return yield* attachProtocol(loop, streams.adoptStream(loop, sock), factory);
});
