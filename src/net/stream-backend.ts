/** The backend of stream sockets: the part of them that each loop, and TLS, implements in its own way. */
import type { Address, ConnectionOptions } from "../core/contracts.js";
import type { Awaitable } from "../tasks/awaitable.js";
import type { PendingConnection } from "../transports/attach-protocol.js";
import type { HandleOwner } from "../transports/owned-handles.js";
import type { HostAddress } from "./host-addresses.js";
import type { Listener } from "./server.js";
import type { SockOption } from "./sock-option.js";
import type { Given } from "../util/options.js";

export interface BindRequest extends HostAddress {
  port: number;
  backlog: number;
  reuseAddress: boolean;
  reusePort: boolean;
  keepAlive: boolean;
}

export interface UnixBindRequest {
  path: string;
  backlog: number;
  /** Whether the socket file is removed with the listener. */
  cleanupSocket: boolean;
}

export interface AdoptRequest {
  backlog: number;
  keepAlive: boolean;
  /** Whether a Unix socket's file is removed with the listener. */
  cleanupSocket: boolean;
}

/** Called by a listener for each accepted connection. */
export type OnConnection = (connection: PendingConnection) => void;

/**
 * Opens sockets for streams. The portable and the native loop each have one; TLS has a third, which makes Node's sockets secure. Methods
 * take the loop that owns the sockets, so that a backend is one constant object. They fail with the system's error and leave no socket
 * open.
 */
export interface StreamBackend {
  /** Binds one address. No connection arrives before `listener.accept()`. */
  bindTcp(loop: HandleOwner, request: BindRequest, onConnection: OnConnection): Awaitable<Listener>;
  bindPath(loop: HandleOwner, request: UnixBindRequest, onConnection: OnConnection): Awaitable<Listener<string>>;
  /** Connects to one address. Cancelling closes the socket. */
  connectTcp(loop: HandleOwner, address: HostAddress, port: number, options: Given<ConnectionOptions>): Awaitable<PendingConnection>;
  connectPath(loop: HandleOwner, path: string): Awaitable<PendingConnection>;
  /** Takes over a connected socket of the option `sock`. */
  adoptStream(loop: HandleOwner, sock: SockOption): PendingConnection;
  /** Takes over a bound socket of the option `sock`, as bindTcp. */
  adoptListener(
    loop: HandleOwner,
    sock: SockOption,
    request: AdoptRequest,
    onConnection: OnConnection,
  ): Awaitable<Listener<Address | string>>;
}
