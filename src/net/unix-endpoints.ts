/** loop.createUnixServer and loop.createUnixConnection: the part that both loops share. */
import type { ProtocolFactory, UnixServerOptions } from "../core/contracts.js";
import { coroutine } from "../tasks/coroutine.js";
import type { HandleOwner } from "../transports/owned-handles.js";
import type { OnConnection, StreamBackend } from "./stream-backend.js";
import { serve } from "./create-server.js";
import { attachProtocol } from "../transports/attach-protocol.js";
import { removeStaleSocket } from "./unix-socket-file.js";
import { checkLength } from "../transports/unix-path.js";
import type { Given } from "../util/options.js";

export const createUnixServer = coroutine(function* createUnixServer(
  loop: HandleOwner,
  streams: StreamBackend,
  factory: ProtocolFactory,
  path: string,
  options: Given<UnixServerOptions>,
) {
  const { backlog = 100, cleanupSocket = true } = options;
  checkLength(path, "listen");
  removeStaleSocket(path);
  return yield* serve(
    loop,
    [(onConnection: OnConnection) => streams.bindPath(loop, { path, backlog, cleanupSocket }, onConnection)],
    factory,
    options,
  );
});

export const createUnixConnection = coroutine(function* createUnixConnection(
  loop: HandleOwner,
  streams: StreamBackend,
  factory: ProtocolFactory,
  path: string,
) {
  checkLength(path, "connect");
  return yield* attachProtocol(loop, yield* streams.connectPath(loop, path), factory);
});
