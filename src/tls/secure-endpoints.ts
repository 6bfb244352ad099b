/** TLS over Node sockets, for both loops: a socket is connected or accepted first, and then a TlsTransport is created over it. */
import { coroutine } from "../tasks/coroutine.js";
import type { Connect } from "../net/create-connection.js";
import type { Bind } from "../net/create-server.js";
import type { PendingConnection } from "../transports/attach-protocol.js";
import type { AdoptListener, AdoptStream } from "../net/adopted-sockets.js";
import { adoptStream } from "../node-net/adopt.js";
import { connectPath, connectTcp } from "../node-net/connect.js";
import type { NodePendingConnection } from "../node-net/pending-connection.js";
import { GivenListener, TcpListener, UnixListener } from "../node-net/listener.js";
import { rememberPeer, socketInfo } from "../node-net/socket-transport.js";
import type { HandleOwner } from "../transports/owned-handles.js";
import type { BindPath, ConnectPath } from "../net/unix-endpoints.js";
import type { TlsSettings } from "./settings.js";
import { TlsTransport } from "./tls-transport.js";

export function secureBind(loop: HandleOwner, settings: TlsSettings): Bind {
  return (request, onConnection) => TcpListener.open(loop, request, (connection) => onConnection(secured(loop, connection, settings)));
}

export function secureBindPath(loop: HandleOwner, settings: TlsSettings): BindPath {
  return (request, onConnection) => UnixListener.open(loop, request, (connection) => onConnection(secured(loop, connection, settings)));
}

export function secureConnect(loop: HandleOwner, settings: TlsSettings): Connect {
  return coroutine(function* secureConnect(address, port, options) {
    return secured(loop, yield* connectTcp(loop, address, port, options), settings);
  });
}

export function secureConnectPath(loop: HandleOwner, settings: TlsSettings): ConnectPath {
  return coroutine(function* secureConnectPath(path) {
    return secured(loop, yield* connectPath(loop, path), settings);
  });
}

export function secureAdoptStream(loop: HandleOwner, settings: TlsSettings): AdoptStream {
  return (given) => secured(loop, adoptStream(loop, given), settings);
}

export function secureAdoptListener(loop: HandleOwner, settings: TlsSettings): AdoptListener {
  return (given, request, onConnection) =>
    GivenListener.open(loop, given, request, (connection) => onConnection(secured(loop, connection, settings)));
}

/** Returns a pending connection whose transport starts with the TLS handshake. */
function secured(loop: HandleOwner, { socket, names, take, close }: NodePendingConnection, settings: TlsSettings): PendingConnection {
  rememberPeer(socket);
  const info = (name: string): unknown => socketInfo(socket, names, name);
  return {
    makeTransport: (protocol, owner) => new TlsTransport(loop, { duplex: take(), info }, settings, protocol, owner),
    close,
  };
}
