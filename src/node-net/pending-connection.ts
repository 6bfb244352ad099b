import type { Socket } from "node:net";
import type { PendingConnection } from "../transports/attach-protocol.js";
import type { OwnedHandle, HandleOwner } from "../transports/owned-handles.js";
import { SocketTransport, type UnixNames } from "./socket-transport.js";

/** A connected socket of Node's that no transport owns yet. */
export interface NodePendingConnection extends PendingConnection {
  readonly socket: Socket;
  readonly names: UnixNames | null;
  /** The socket is the caller's from now on. */
  take(): Socket;
}

/** `names`: of a Unix socket. */
export function pendingConnection(loop: HandleOwner, socket: Socket, names: UnixNames | null): NodePendingConnection {
  socket.setNoDelay(true);
  const waiting: OwnedHandle = { dispose: () => void socket.destroy() }; // Until somebody takes it.
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
