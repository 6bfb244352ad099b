/** asyncio.Socket, a socket that the program owns, and its errors and checks. */
import { constants } from "node:os";
import { inspect } from "node:util";
import type { Address, AddressLike, SocketFamily, SocketObject, SocketType, TransportSocket } from "../../core/contracts.js";
import { copyOf } from "../../util/slab.js";
import { describe } from "../../util/format.js";
import { usedByTransport } from "../../net/sock-option.js";
import { provideNativeSockets } from "../../net/native-sockets.js";
import { withPath } from "../../transports/unix-path.js";
import { loadBinding, UNIX_PATH, type NativeAddress, type NativeSocket } from "../boundary/addon.js";
import { uvError } from "../boundary/uv-error.js";
import { familyNumber, familyOf, getOption, setOption, socketConstant, typeNumber, typeOf } from "./socket-options.js";

/** What a call answers that would have to wait. */
export const AGAIN = -constants.errno.EAGAIN;

/** More is not received at once: what is asked for is received here first, as it is mostly less. */
const SCRATCH_BYTES = 256 * 1024;
let scratch: Uint8Array | null = null;

/**
 * A non-blocking socket: for `loop.sockRecv` and its like, `loop.addReader`, and the `sock` option of servers and connections. Needs the
 * addon (NativeLoopUnavailableError where it is not). Close it: one that a loop has waited for is kept until then.
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
 * Mirrors Python's socket.socket after setblocking(False). Its own calls never wait: they throw EAGAIN.
 */
export class Socket implements SocketObject {
  readonly family: SocketFamily;
  readonly type: SocketType;
  readonly #native: NativeSocket;
  /** What shows of it once it is a transport's. */
  #lent: TransportSocket | null = null;
  /** Loops that watch it. */
  readonly #watchers = new Set<(fd: number) => void>();

  /** `adopted`: of one that exists already. @internal */
  constructor(family: SocketFamily, type: SocketType, adopted: NativeSocket);
  /** Makes a socket. Throws the system's error (EMFILE, EAFNOSUPPORT ...). */
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

  /** Takes the descriptor of a socket that exists, which this one closes. ENOTSOCK for what is none. Mirrors socket.socket(fileno=fd). */
  static fromFd(fd: number): Socket {
    if (!Number.isInteger(fd)) throw new TypeError(`fd must be an integer, got ${describe(fd)}`);
    const native = new (loadBinding().Socket)();
    const status = native.adopt(fd);
    if (status < 0) throw uvError(status, "getsockopt");
    try {
      const type = getOption(native, "SOL_SOCKET", "SO_TYPE", undefined) as number;
      return new Socket(familyOf(native.family()), typeOf(type), native);
    } catch (error) {
      native.detach(); // Still the caller's.
      throw error;
    }
  }

  /** Two sockets that are connected to each other. Mirrors socket.socketpair. */
  static socketpair(family: SocketFamily = "unix", type: SocketType = "stream"): [Socket, Socket] {
    const pair = loadBinding().socketPair(familyNumber(family), typeNumber(type), 0);
    if (typeof pair === "number") throw uvError(pair, "socketpair");
    return [adopt(pair[0], family, type), adopt(pair[1], family, type)];
  }

  /** -1 when closed. */
  fileno(): number {
    return this.#lent === null ? this.#native.fileno() : this.#lent.fileno();
  }

  /** Binds to a numeric address, or a Unix socket to a path. Throws the system's error (EADDRINUSE, EACCES ...). */
  bind(address: AddressLike | string): void {
    const [host, port] = this.place(address);
    this.#check(this.native().bind(host, port), "bind", host, port);
  }

  /** `backlog`: connections that the kernel queues. */
  listen(backlog = 100): void {
    if (!Number.isInteger(backlog) || backlog < 0) throw new TypeError(`backlog must be an integer of 0 or more, got ${describe(backlog)}`);
    this.#check(this.native().listen(backlog), "listen");
  }

  /** A connection that is there, and who it is. EAGAIN if there is none: see loop.sockAccept(). */
  accept(): [connection: Socket, peer: Address | string] {
    const accepted = this.attemptAccept();
    if (accepted === null) throw uvError(AGAIN, "accept");
    return accepted;
  }

  /** At most `size` bytes that are there; empty at the peer's end. EAGAIN if there are none: see loop.sockRecv(). */
  recv(size: number): Buffer {
    checkSize(size);
    const data = this.attemptReceive(size);
    if (data === null) throw uvError(AGAIN, "recv");
    return data;
  }

  /** One datagram that is there, and whom it came from. EAGAIN if there is none: see loop.sockRecvfrom(). */
  recvfrom(size: number): [data: Buffer, sender: Address | string] {
    checkSize(size);
    const received = this.attemptReceiveFrom(size);
    if (received === null) throw uvError(AGAIN, "recvfrom");
    return received;
  }

  /** Sends what the system takes at once; returns how many bytes. EAGAIN if it takes none: see loop.sockSendall(). */
  send(data: Uint8Array | string): number {
    return this.#check(this.native().send(bytesOf(data), 0), "send");
  }

  /** Sends one datagram; returns how many bytes. */
  sendto(data: Uint8Array | string, address: AddressLike | string): number {
    const [host, port] = this.place(address);
    return this.#check(this.native().sendTo(bytesOf(data), host, port), "sendto", host, port);
  }

  /** Ends receiving, sending, or both. */
  shutdown(how: "read" | "write" | "both"): void {
    const names = { read: "SHUT_RD", write: "SHUT_WR", both: "SHUT_RDWR" } as const;
    if (!Object.hasOwn(names, how)) throw new TypeError(`how must be "read", "write" or "both", got ${describe(how)}`);
    this.#check(this.native().shutdown(socketConstant(names[how])), "shutdown");
  }

  getsockname(): Address | string {
    if (this.#lent !== null) return this.#lent.getsockname();
    return named(this.#native.localAddress(), "getsockname");
  }

  getpeername(): Address | string {
    if (this.#lent !== null) return this.#lent.getpeername();
    return named(this.#native.peerAddress(), "getpeername");
  }

  setsockopt(level: string | number, option: string | number, value: number | boolean | Uint8Array): void {
    if (this.#lent !== null) return this.#lent.setsockopt(level, option, value);
    setOption(this.#native, level, option, value);
  }

  getsockopt(level: string | number, option: string | number): number;
  getsockopt(level: string | number, option: string | number, length: number): Buffer;
  getsockopt(level: string | number, option: string | number, length?: number): number | Buffer {
    if (this.#lent !== null) return this.#lent.getsockopt(level, option, length!);
    return getOption(this.#native, level, option, length);
  }

  /** Gives the descriptor away: nothing can be done with the socket afterwards. EBADF if it is closed. */
  detach(): number {
    this.native();
    this.#unwatch();
    return this.#check(this.#native.detach(), "detach");
  }

  /** Closes the socket; whoever waits for it gets EBADF. Idempotent. Without effect on one that is a transport's, which closes it. */
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

  /** RuntimeError if the socket is a transport's, EBADF once that has closed it. @internal */
  native(): NativeSocket {
    if (this.#lent !== null) {
      const fd = this.fileno();
      throw fd < 0 ? uvError(-constants.errno.EBADF, "fileno") : usedByTransport(fd);
    }
    return this.#native;
  }

  /** @internal */
  owned(): number {
    const fd = this.native().fileno();
    if (fd < 0) throw uvError(-constants.errno.EBADF, "fileno");
    return fd;
  }

  /** @internal */
  lend(view: TransportSocket): void {
    this.#unwatch();
    this.#native.detach();
    this.#lent = view;
  }

  /** `onClosing` is told the descriptor before it is closed. @internal */
  watch(onClosing: (fd: number) => void): void {
    this.#watchers.add(onClosing);
  }

  /** For datagrams, which never wait for a connection. @internal */
  connectAtOnce(address: AddressLike | string): void {
    const [host, port] = this.place(address);
    this.#check(this.native().connect(host, port), "connect", host, port);
  }

  /** Null where nothing is there, as in the next ones. @internal */
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

  /** An address as the addon takes it. TypeError for what is none of this family. @internal */
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

  /** The result, unless it is an error code. */
  #check(result: number, syscall: string, host?: string, port?: number): number {
    if (result >= 0) return result;
    throw socketError(result, syscall, host, port);
  }
}

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

export function bytesOf(data: Uint8Array | string): Uint8Array {
  if (typeof data === "string") return Buffer.from(data);
  if (data instanceof Uint8Array) return data;
  throw new TypeError(`data must be a Uint8Array or a string, got ${describe(data)}`);
}

provideNativeSockets(() => {
  loadBinding();
  return { open: (family, type) => new Socket(family, type), fromFd: (fd) => Socket.fromFd(fd) };
});
