/** Types only: addresses, and what is known of sockets. */

/** A network address in Node's shape. */
export interface Address {
  address: string;
  port: number;
  family: "IPv4" | "IPv6";
}

/** An address as it is given; its family is what it looks like. */
export interface AddressLike {
  address: string;
  port: number;
  family?: "IPv4" | "IPv6";
}

/** What a socket's addresses are. */
export type SocketFamily = "IPv4" | "IPv6" | "unix";
/** What a socket carries: bytes, or datagrams. */
export type SocketType = "stream" | "dgram";

/** What a socket's owner lets others see of it. Mirrors asyncio.trsock.TransportSocket. */
export interface TransportSocket<A = Address | string> {
  readonly family: SocketFamily;
  readonly type: SocketType;
  /** The descriptor; -1 once closed. */
  fileno(): number;
  /** Where it is bound; a Unix socket's path, "" without one. */
  getsockname(): A;
  /** Where it is connected to; ENOTCONN where it is not. */
  getpeername(): A;
  /** `level` and `option` are the system's names ("SOL_SOCKET", "SO_RCVBUF") or numbers. The native loop only. */
  setsockopt(level: string | number, option: string | number, value: number | boolean | Uint8Array): void;
  /** A number; with a length, at most so many bytes. The native loop only. */
  getsockopt(level: string | number, option: string | number): number;
  getsockopt(level: string | number, option: string | number, length: number): Buffer;
}

/** A socket of the program's own. The class is native-loop/sockets/socket.ts. */
export interface SocketObject extends TransportSocket {
  bind(address: AddressLike | string): void;
  detach(): number;
  close(): void;
  /** The descriptor of one that is still the program's: RuntimeError if a transport has it, EBADF if it is closed. @internal */
  owned(): number;
  /** A transport has taken the descriptor; `view` is what it lets others see of it. @internal */
  lend(view: TransportSocket): void;
}

/** What addReader and its like watch: a descriptor, or what has one. */
export type FileDescriptor = number | { fileno(): number };

/** What `sock` may be: a Socket, or a socket's descriptor. Either is the transport's from then on. */
export type SocketSource = SocketObject | { readonly fd: number };

/** A file for sendfile(): a FileHandle of node:fs/promises, or a descriptor. */
export type FileSource = number | { readonly fd: number };

/** Options of `sendfile` and `sockSendfile`. */
export interface SendfileOptions {
  /** Where the system has no sendfile(2) for it: read the file and write it, instead of SendfileNotAvailableError. Default true. */
  fallback?: boolean;
}
