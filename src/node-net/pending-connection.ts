/** Connected Node sockets that wait for a transport. */
import type { Socket } from "node:net";
import type { PendingConnection } from "../transports/attach-protocol.js";
import type { OwnedHandle, HandleOwner } from "../transports/owned-handles.js";
import { SocketTransport, type UnixNames } from "./socket-transport.js";

/** A connected Node socket that no transport owns yet. */
export interface NodePendingConnection extends PendingConnection {
  readonly socket: Socket;
  readonly names: UnixNames | null;
  /** Returns the socket, which the caller owns from then on. */
  take(): Socket;
}

/** Wraps a connected Node socket. `names` are the paths of a Unix socket, or null. The loop destroys the socket if it closes first. */
export function pendingConnection(loop: HandleOwner, socket: Socket, names: UnixNames | null): NodePendingConnection {
  socket.setNoDelay(true);
  const waiting: OwnedHandle = { dispose: () => void socket.destroy() };
  loop.ownedHandles.add(waiting);
  const take = (): Socket => {
    loop.ownedHandles.delete(waiting);
    return socket;
  };
  return {
    socket,
    names,
    take,
    makeTransport: (protocol, owner) => new SocketTransport(loop, take(), protocol, owner, names),
    close: () => void take().destroy(),
  };
}
