/** loop.createUnixServer and loop.createUnixConnection: the part that both loops share. */
import type { EventLoop, ProtocolFactory, UnixServerOptions } from "../core/contracts.js";
import type { Awaitable } from "../tasks/awaitable.js";
import { coroutine } from "../tasks/coroutine.js";
import { serve, type OnConnection } from "./create-server.js";
import { type PendingConnection, attachProtocol } from "../transports/attach-protocol.js";
import type { Listener } from "./server.js";
import { removeStaleSocket } from "./unix-socket-file.js";
import { checkLength } from "../transports/unix-path.js";

export interface UnixBindRequest {
  path: string;
  backlog: number;
  cleanupSocket: boolean;
}

/** Binds one Unix socket. The listener hands over no connection before `accept()` is called. */
export type BindPath = (request: UnixBindRequest, onConnection: OnConnection) => Awaitable<Listener<string>>;
/** Connects to one path. */
export type ConnectPath = (path: string) => Awaitable<PendingConnection>;

export const createUnixServer = coroutine(function* createUnixServer(
  loop: EventLoop,
  bind: BindPath,
  factory: ProtocolFactory,
  path: string,
  options: UnixServerOptions,
) {
  const { backlog = 100, cleanupSocket = true } = options;
  checkLength(path, "listen");
  removeStaleSocket(path);
  return yield* serve(loop, [(onConnection: OnConnection) => bind({ path, backlog, cleanupSocket }, onConnection)], factory, options);
});

export const createUnixConnection = coroutine(function* createUnixConnection(
  loop: EventLoop,
  connect: ConnectPath,
  factory: ProtocolFactory,
  path: string,
) {
  checkLength(path, "connect");
  return yield* attachProtocol(loop, yield* connect(path), factory);
});
