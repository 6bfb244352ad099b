import type { Socket } from "node:net";
import type { Connected } from "../transports/attach-protocol.js";
import type { Resource, ResourceHost } from "../transports/owned-handles.js";
import { SocketTransport, type UnixNames } from "./socket-transport.js";

/** A connected socket of Node's that no transport owns yet. */
export interface SocketConnection extends Connected {
  readonly socket: Socket;
  readonly names: UnixNames | null;
  /** The socket is the caller's from now on. */
  take(): Socket;
}

/** `names`: of a Unix socket. */
export function socketConnection(loop: ResourceHost, socket: Socket, names: UnixNames | null): SocketConnection {
  socket.setNoDelay(true);
  const waiting: Resource = { dispose: () => void socket.destroy() }; // Until somebody takes it.
  loop.resources.add(waiting);
  const take = (): Socket => {
    loop.resources.delete(waiting);
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
