import { Socket } from "node:net";
import type { TransportSocket } from "../core/contracts.js";
import { wrongKind, type SockOption } from "../net/sock-option.js";
import type { HandleOwner } from "../transports/owned-handles.js";
import { pendingConnection, type NodePendingConnection } from "./pending-connection.js";
import { socketInfo, type UnixNames } from "./socket-transport.js";

/** Creates a Node socket for a connected socket of the program, and takes the descriptor over. */
export function adoptStream(loop: HandleOwner, given: SockOption): NodePendingConnection {
  const fd = given.descriptor();
  const { sockname = "", peername = "" } = given.names();
  const socket = open(fd);
  const isUnix = socket.localAddress === undefined;
  const names: UnixNames | null = isUnix ? { sockname: String(sockname), peername: String(peername) } : null;
  given.lend(socketInfo(socket, names, "socket") as TransportSocket);
  return pendingConnection(loop, socket, names);
}

function open(fd: number): Socket {
  try {
    return new Socket({ fd, readable: true, writable: true, allowHalfOpen: true });
  } catch (error) {
    // The descriptor is a socket, but not of a kind that Node has streams for, such as a datagram socket.
    if ((error as NodeJS.ErrnoException).code === "ERR_INVALID_FD_TYPE") throw wrongKind("stream", `{ fd: ${fd} }`);
    throw error;
  }
}
