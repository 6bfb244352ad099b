/** TLS over Node's own sockets, the same on both loops: a socket is connected or accepted first, then made secure. */
import { coroutine } from "../tasks/coroutine.js";
import { adoptStream } from "../node-net/adopt.js";
import { connectPath, connectTcp } from "../node-net/connect.js";
import { SockListener, TcpListener, UnixListener } from "../node-net/listener.js";
import type { NodePendingConnection } from "../node-net/pending-connection.js";
import { rememberPeer, socketInfo } from "../node-net/socket-transport.js";
import type { StreamBackend } from "../net/stream-backend.js";
import type { PendingConnection } from "../transports/attach-protocol.js";
import type { HandleOwner } from "../transports/owned-handles.js";
import type { TlsSettings } from "./settings.js";
import { TlsTransport } from "./tls-transport.js";

/** The backend of TLS connections and servers with these settings. */
export function secureStreams(settings: TlsSettings): StreamBackend {
  /** A connection whose transport starts with the handshake. */
  const secured = (loop: HandleOwner, { socket, names, take, close }: NodePendingConnection): PendingConnection => {
    rememberPeer(socket);
    const info = (name: string): unknown => socketInfo(socket, names, name);
    return {
      makeTransport: (protocol, owner) => new TlsTransport(loop, { duplex: take(), info }, settings, protocol, owner),
      close,
    };
  };
  return {
    bindTcp: (loop, request, onConnection) => TcpListener.open(loop, request, (socket) => onConnection(secured(loop, socket))),
    bindPath: (loop, request, onConnection) => UnixListener.open(loop, request, (socket) => onConnection(secured(loop, socket))),
    connectTcp: coroutine(function* secureConnect(loop, address, port, options) {
      return secured(loop, yield* connectTcp(loop, address, port, options));
    }),
    connectPath: coroutine(function* secureConnectPath(loop, path) {
      return secured(loop, yield* connectPath(loop, path));
    }),
    adoptStream: (loop, sock) => secured(loop, adoptStream(loop, sock)),
    adoptListener: (loop, sock, request, onConnection) =>
      SockListener.open(loop, sock, request, (socket) => onConnection(secured(loop, socket))),
  };
}
