/** Connecting over node:net, for the portable loop, and for TLS on both loops. */
import { connect, type Socket } from "node:net";
import type { ConnectionOptions } from "../core/contracts.js";
import { coroutine } from "../tasks/coroutine.js";
import { Future } from "../tasks/future.js";
import { isSystemError } from "../core/errors.js";
import type { HostAddress } from "../net/host-addresses.js";
import type { HandleOwner, OwnedHandle } from "../transports/owned-handles.js";
import { withPath } from "../transports/unix-path.js";
import { pendingConnection } from "./pending-connection.js";
import type { UnixNames } from "./socket-transport.js";
import type { Given } from "../util/options.js";

/** Connects a Node socket to one address. Destroys the socket if connecting fails or is cancelled. */
export const connectTcp = coroutine(function* connectTcp(
  loop: HandleOwner,
  { address }: HostAddress,
  port: number,
  options: Given<ConnectionOptions>,
) {
  const { localAddr } = options;
  const to = { host: address, port, localAddress: localAddr?.address, localPort: localAddr?.port, allowHalfOpen: true };
  return yield* connected(loop, connect(to), null);
});

/** Connects a Node socket to the path of a Unix socket. Destroys the socket if connecting fails or is cancelled. */
export const connectPath = coroutine(function* connectPath(loop: HandleOwner, path: string) {
  try {
    return yield* connected(loop, connect({ path, allowHalfOpen: true }), { sockname: "", peername: path });
  } catch (error) {
    throw isSystemError(error) ? withPath(error, path) : error;
  }
});

const connected = coroutine(function* connected(loop: HandleOwner, socket: Socket, names: UnixNames | null) {
  const done = new Future<void>({ loop });
  const waiting: OwnedHandle = { dispose: () => socket.destroy() };
  loop.ownedHandles.add(waiting);
  const fail = (error: Error): void => {
    if (done.canSettle()) done.setException(error);
  };
  socket.once("error", fail);
  socket.once("connect", () => {
    if (done.canSettle()) done.setResult(undefined);
  });
  try {
    yield* done;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    loop.ownedHandles.delete(waiting);
  }
  socket.removeListener("error", fail);
  return pendingConnection(loop, socket, names);
});
