/** asyncio.Socket, a socket that the program owns, and its errors and checks. */
import { constants } from "node:os";
import { inspect } from "node:util";
import type { Address, AddressLike, SocketFamily, SocketObject, SocketType, TransportSocket } from "../../core/contracts.js";
import { bytesOf } from "../../util/bytes.js";
import { copyOf } from "../../util/slab.js";
import { describe } from "../../util/format.js";
import { usedByTransport } from "../../net/sock-option.js";
import { provideNativeSockets } from "../../net/native-sockets.js";
import { withPath } from "../../transports/unix-path.js";
import { loadBinding, UNIX_PATH, type NativeAddress, type NativeSocket } from "../boundary/addon.js";
import { uvError } from "../boundary/uv-error.js";
import { familyNumber, familyOf, getOption, setOption, socketConstant, typeNumber, typeOf } from "./socket-options.js";

/** The status of a call that would block. */
export const AGAIN = -constants.errno.EAGAIN;

/**
 * The most bytes that one recv() or recvfrom() receives. They are received here and then copied, since usually fewer bytes come than the
 * caller allows.
 */
const SCRATCH_BYTES = 256 * 1024;
let scratch: Uint8Array | null = null;

/**
 * A non-blocking socket, for `loop.sockRecv` and the other sock* methods, `loop.addReader`, and the option `sock` of servers and
 * connections. Throws NativeLoopUnavailableError without the native loop's addon. Close it explicitly: a loop that has waited for it keeps
 * a duplicate of its descriptor until then.
 *
 * ```ts
 * import * as asyncio from "uvio";
 * import * as uvloop from "uvio/uvloop";
 *
 * let received = "hello";
 * if (uvloop.isAvailable()) {
 *   const [left, right] = asyncio.Socket.socketpair();
 *   left.send("hello");
 *   received = String(right.recv(100));
 *   left.close();
 *   right.close();
 * }
 * console.log(received); // hello
 * ```
 *
 * Mirrors Python's socket.socket after setblocking(False). Its own methods never wait: a call that would block throws EAGAIN.
 */
export class Socket implements SocketObject {
  readonly family: SocketFamily;
  readonly type: SocketType;
  readonly #native: NativeSocket;
  /** The view of its new owner once a transport or server has taken the descriptor; null until then. Set by lend(), never cleared. */
  #lent: TransportSocket | null = null;
  /** Callbacks of the loops that watch it, called before the descriptor is closed or given away. Added by watch(). */
  readonly #watchers = new Set<(fd: number) => void>();

  /** `adopted`: the native socket, if it has a descriptor already. @internal */
  constructor(family: SocketFamily, type: SocketType, adopted: NativeSocket);
  /** Opens a socket. Throws the system's error (EMFILE, EAFNOSUPPORT ...). */
  constructor(family?: SocketFamily, type?: SocketType);
  constructor(family: SocketFamily = "IPv4", type: SocketType = "stream", adopted: NativeSocket | null = null) {
    const numbers = [familyNumber(family), typeNumber(type)] as const;
    this.family = family;
    this.type = type;
    this.#native = adopted ?? new (loadBinding().Socket)();
    if (adopted !== null) return;
    const status = this.#native.open(...numbers, 0);
    if (status < 0) throw uvError(status, "socket");
  }

  /**
   * Creates a Socket for an existing descriptor, which it then owns and closes. Throws ENOTSOCK for a descriptor that is not a socket, and
   * ValueError for a family or type that is not supported; the descriptor is then still the caller's. Mirrors socket.socket(fileno=fd).
   */
  static fromFd(fd: number): Socket {
    if (!Number.isInteger(fd)) throw new TypeError(`fd must be an integer, got ${describe(fd)}`);
    const native = new (loadBinding().Socket)();
    const status = native.adopt(fd);
    if (status < 0) throw uvError(status, "getsockopt");
    try {
      const type = getOption(native, "SOL_SOCKET", "SO_TYPE", undefined) as number;
      return new Socket(familyOf(native.family()), typeOf(type), native);
    } catch (error) {
      native.detach(); // The caller keeps the descriptor.
      throw error;
    }
  }

  /** Creates two sockets that are connected to each other. Throws the system's error. Mirrors socket.socketpair. */
  static socketpair(family: SocketFamily = "unix", type: SocketType = "stream"): [Socket, Socket] {
    const pair = loadBinding().socketPair(familyNumber(family), typeNumber(type), 0);
    if (typeof pair === "number") throw uvError(pair, "socketpair");
    return [adopt(pair[0], family, type), adopt(pair[1], family, type)];
  }

  /** The descriptor; -1 when closed. Mirrors socket.fileno. */
  fileno(): number {
    return this.#lent === null ? this.#native.fileno() : this.#lent.fileno();
  }

  /** Binds to a numeric address, or a Unix socket to a path. Throws the system's error (EADDRINUSE, EACCES ...). Mirrors socket.bind. */
  bind(address: AddressLike | string): void {
    const [host, port] = this.place(address);
    this.#check(this.native().bind(host, port), "bind", host, port);
  }

  /** Starts to listen; the kernel queues up to `backlog` connections. Mirrors socket.listen. */
  listen(backlog = 100): void {
    if (!Number.isInteger(backlog) || backlog < 0) throw new TypeError(`backlog must be an integer of 0 or more, got ${describe(backlog)}`);
    this.#check(this.native().listen(backlog), "listen");
  }

  /** Accepts a waiting connection; returns it and its peer's address. EAGAIN if there is none: see loop.sockAccept(). */
  accept(): [connection: Socket, peer: Address | string] {
    const accepted = this.attemptAccept();
    if (accepted === null) throw uvError(AGAIN, "accept");
    return accepted;
  }

  /** Receives at most `size` bytes; empty at the peer's end. EAGAIN if there are none: see loop.sockRecv(). */
  recv(size: number): Buffer {
    checkSize(size);
    const data = this.attemptReceive(size);
    if (data === null) throw uvError(AGAIN, "recv");
    return data;
  }

  /** Receives one datagram and its sender's address. EAGAIN if there is none: see loop.sockRecvfrom(). */
  recvfrom(size: number): [data: Buffer, sender: Address | string] {
    checkSize(size);
    const received = this.attemptReceiveFrom(size);
    if (received === null) throw uvError(AGAIN, "recvfrom");
    return received;
  }

  /** Sends what the system accepts at once; returns the number of bytes. EAGAIN if that is nothing: see loop.sockSendall(). */
  send(data: Uint8Array | string): number {
    return this.#check(this.native().send(bytesOf(data), 0), "send");
  }

  /** Sends one datagram to a numeric address or a path; returns the number of bytes. Mirrors socket.sendto. */
  sendto(data: Uint8Array | string, address: AddressLike | string): number {
    const [host, port] = this.place(address);
    return this.#check(this.native().sendTo(bytesOf(data), host, port), "sendto", host, port);
  }

  /** Ends receiving, sending, or both. Throws the system's error (ENOTCONN ...). Mirrors socket.shutdown. */
  shutdown(how: "read" | "write" | "both"): void {
    const names = { read: "SHUT_RD", write: "SHUT_WR", both: "SHUT_RDWR" } as const;
    if (!Object.hasOwn(names, how)) throw new TypeError(`how must be "read", "write" or "both", got ${describe(how)}`);
    this.#check(this.native().shutdown(socketConstant(names[how])), "shutdown");
  }

  /** The local address, or the path of a Unix socket. Throws the system's error. Mirrors socket.getsockname. */
  getsockname(): Address | string {
    if (this.#lent !== null) return this.#lent.getsockname();
    return named(this.#native.localAddress(), "getsockname");
  }

  /** The peer's address, or path. Throws the system's error (ENOTCONN ...). Mirrors socket.getpeername. */
  getpeername(): Address | string {
    if (this.#lent !== null) return this.#lent.getpeername();
    return named(this.#native.peerAddress(), "getpeername");
  }

  /** Sets an option; level and option by name ("SOL_SOCKET", "SO_RCVBUF") or number. Mirrors socket.setsockopt. */
  setsockopt(level: string | number, option: string | number, value: number | boolean | Uint8Array): void {
    if (this.#lent !== null) return this.#lent.setsockopt(level, option, value);
    setOption(this.#native, level, option, value);
  }

  /** Returns an option as a number, or as at most `length` bytes if a length is given. Mirrors socket.getsockopt. */
  getsockopt(level: string | number, option: string | number): number;
  getsockopt(level: string | number, option: string | number, length: number): Buffer;
  getsockopt(level: string | number, option: string | number, length?: number): number | Buffer {
    if (this.#lent !== null) return this.#lent.getsockopt(level, option, length!);
    return getOption(this.#native, level, option, length);
  }

  /** Returns the descriptor, which the caller then owns; the Socket is closed. Throws EBADF if it was. Mirrors socket.detach. */
  detach(): number {
    this.native();
    this.#unwatch();
    return this.#check(this.#native.detach(), "detach");
  }

  /**
   * Closes the socket; tasks that wait for it get EBADF. Idempotent. Has no effect on a socket that a transport uses: the transport closes
   * it. Mirrors socket.close.
   */
  close(): void {
    this.#unwatch();
    this.#native.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  toString(): string {
    const fd = this.fileno();
    return `<Socket ${this.family} ${this.type} ${fd < 0 ? "closed" : `fd=${fd}`}${this.#lent === null ? "" : " used by a transport"}>`;
  }

  [inspect.custom](): string {
    return this.toString();
  }

  // ---------------------------------------------------------------------------------------------- for the loop

  /** Throws RuntimeError if a transport uses the socket, and EBADF once the transport has closed it. @internal */
  native(): NativeSocket {
    if (this.#lent !== null) {
      const fd = this.fileno();
      throw fd < 0 ? uvError(-constants.errno.EBADF, "fileno") : usedByTransport(fd);
    }
    return this.#native;
  }

  /** Called by SockOption: the descriptor if no transport uses it. Throws as native(), and EBADF if it is closed. @internal */
  owned(): number {
    const fd = this.native().fileno();
    if (fd < 0) throw uvError(-constants.errno.EBADF, "fileno");
    return fd;
  }

  /** Called by SockOption once a native or a Node handle owns the descriptor. Ends the waits for it. @internal */
  lend(view: TransportSocket): void {
    this.#unwatch();
    this.#native.detach();
    this.#lent = view;
  }

  /** Called by FdWatchers: `onClosing` is called with the descriptor before it is closed or given away. @internal */
  watch(onClosing: (fd: number) => void): void {
    this.#watchers.add(onClosing);
  }

  /** Connects a datagram socket, which the system does at once. @internal */
  connectAtOnce(address: AddressLike | string): void {
    const [host, port] = this.place(address);
    this.#check(this.native().connect(host, port), "connect", host, port);
  }

  /** The attempt* methods return null if the call would block: sock-calls.ts then waits and retries. @internal */
  attemptReceive(size: number): Buffer | null {
    const bytes = (scratch ??= new Uint8Array(SCRATCH_BYTES));
    const length = this.attemptReceiveInto(size >= bytes.length ? bytes : bytes.subarray(0, size));
    return length === null ? null : copyOf(bytes.subarray(0, length));
  }

  /** @internal */
  attemptReceiveInto(bytes: Uint8Array): number | null {
    const length = this.native().receive(bytes);
    return length === AGAIN ? null : this.#check(length, "recv");
  }

  /** @internal */
  attemptReceiveFrom(size: number): [data: Buffer, sender: Address | string] | null {
    const bytes = (scratch ??= new Uint8Array(SCRATCH_BYTES));
    const received = this.attemptReceiveFromInto(size >= bytes.length ? bytes : bytes.subarray(0, size));
    return received === null ? null : [copyOf(bytes.subarray(0, received[0])), received[1]];
  }

  /** @internal */
  attemptReceiveFromInto(bytes: Uint8Array): [length: number, sender: Address | string] | null {
    const received = this.native().receiveFrom(bytes);
    if (typeof received !== "number") return received;
    if (received === AGAIN) return null;
    throw uvError(received, "recvfrom");
  }

  /** @internal */
  attemptAccept(): [connection: Socket, peer: Address | string] | null {
    const accepted = this.native().accept();
    if (typeof accepted !== "number") return [adopt(accepted[0], this.family, this.type), accepted[1]];
    if (accepted === AGAIN) return null;
    throw uvError(accepted, "accept");
  }

  /** Converts an address for the addon. Throws TypeError for an address that is not of this socket's family. @internal */
  place(address: AddressLike | string): [host: string, port: number] {
    if (this.family === "unix") {
      if (typeof address !== "string") throw new TypeError(`address must be the path of a Unix socket, got ${describe(address)}`);
      return [address, UNIX_PATH];
    }
    if (typeof address !== "object" || address === null || typeof address.address !== "string") {
      throw new TypeError(`address must be { address, port }, got ${describe(address)}`);
    }
    const { port } = address;
    if (!Number.isInteger(port) || port < 0 || port > 65535) {
      throw new TypeError(`address.port must be an integer from 0 to 65535, got ${describe(port)}`);
    }
    return [address.address, port];
  }

  #unwatch(): void {
    const fd = this.#native.fileno();
    for (const onClosing of this.#watchers) onClosing(fd);
    this.#watchers.clear();
  }

  /** Returns the result, or throws the error that a negative result stands for. */
  #check(result: number, syscall: string, host?: string, port?: number): number {
    if (result >= 0) return result;
    throw socketError(result, syscall, host, port);
  }
}

/** The error of a socket call. `port` UNIX_PATH: `host` is a path, which becomes the error's `path`. */
export function socketError(status: number, syscall: string, host?: string, port?: number): NodeJS.ErrnoException {
  return port === UNIX_PATH ? withPath(uvError(status, syscall, host), host!) : uvError(status, syscall, host, port);
}

function adopt(fd: number, family: SocketFamily, type: SocketType): Socket {
  const native = new (loadBinding().Socket)();
  const status = native.adopt(fd);
  if (status < 0) throw uvError(status, "getsockopt");
  return new Socket(family, type, native);
}

function named(address: NativeAddress | string | number, syscall: string): Address | string {
  if (typeof address === "number") throw uvError(address, syscall);
  return address;
}

export function checkSize(size: unknown): void {
  if (!Number.isInteger(size)) throw new TypeError(`size must be an integer, got ${describe(size)}`);
  if ((size as number) < 0) throw new RangeError(`size must be 0 or more, got ${size as number}`);
}

provideNativeSockets(() => {
  loadBinding();
  return { open: (family, type) => new Socket(family, type), fromFd: (fd) => Socket.fromFd(fd) };
});
