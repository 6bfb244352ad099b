/** The types of addresses and sockets. */

/** A network address in Node's shape. */
export interface Address {
  address: string;
  port: number;
  family: "IPv4" | "IPv6";
}

/** An address as an argument. `family` is not needed: it follows from the address. */
export interface AddressLike {
  address: string;
  port: number;
  family?: "IPv4" | "IPv6";
}

/** The kind of addresses that a socket has. */
export type SocketFamily = "IPv4" | "IPv6" | "unix";
/** Whether a socket carries a stream of bytes or datagrams. */
export type SocketType = "stream" | "dgram";

/** A view of a socket that a transport or server owns. Mirrors asyncio.trsock.TransportSocket. */
export interface TransportSocket<A = Address | string> {
  readonly family: SocketFamily;
  readonly type: SocketType;
  /** Returns the descriptor, or -1 once the socket is closed. */
  fileno(): number;
  /** Returns the local address; for a Unix socket its path, "" if it is not bound. */
  getsockname(): A;
  /** Returns the peer's address. Throws ENOTCONN if the socket is not connected. */
  getpeername(): A;
  /** Sets an option. `level` and `option` are numbers or the system's names, such as "SOL_SOCKET". Native loop only. */
  setsockopt(level: string | number, option: string | number, value: number | boolean | Uint8Array): void;
  /** Returns an option as a number, or, if `length` is given, as at most that many bytes. Native loop only. */
  getsockopt(level: string | number, option: string | number): number;
  getsockopt(level: string | number, option: string | number, length: number): Buffer;
}

/** A socket that the program owns. The class is in native-loop/sockets/socket.ts. */
export interface SocketObject extends TransportSocket {
  bind(address: AddressLike | string): void;
  detach(): number;
  close(): void;
  /** Returns the descriptor. Throws RuntimeError if a transport has taken it, and EBADF if the socket is closed. @internal */
  owned(): number;
  /** Gives up the descriptor to a transport. Addresses and options then come from its `view`; other methods throw. @internal */
  lend(view: TransportSocket): void;
}

/** The argument of addReader and addWriter: a descriptor, or an object that has one. */
export type FileDescriptor = number | { fileno(): number };

/** The value of an option `sock`: a Socket, or an object with a socket's descriptor. The transport owns it from then on. */
export type SocketSource = SocketObject | { readonly fd: number };

/** The file argument of sendfile(): a FileHandle of node:fs/promises, or a descriptor. */
export type FileSource = number | { readonly fd: number };

/** Options of `sendfile` and `sockSendfile`. */
export interface SendfileOptions {
  /** If sendfile(2) cannot be used: true reads and writes the file instead, false fails with SendfileNotAvailableError. Default true. */
  fallback?: boolean;
}
