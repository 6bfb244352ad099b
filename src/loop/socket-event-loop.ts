/** The loop methods for sockets and descriptors that the program owns: addReader, sockRecv, sendfile and the like. */
import type * as contracts from "../core/contracts.js";
import { NotImplementedError, ValueError } from "../core/errors.js";
import type { Coroutine } from "../tasks/coroutine.js";
import { bytesOf, isBytes, lengthOf, viewOf } from "../util/bytes.js";
import { describe } from "../util/format.js";
import { NetworkEventLoop } from "./network-event-loop.js";
import { checkFilePart, sendfile, type FilePart, type SendNatively } from "../net/sendfile.js";

/**
 * The calls for descriptors and sockets that do not belong to a transport, which the native loop implements. SocketEventLoop has checked
 * the arguments, except the class of the socket.
 */
export interface SocketCalls {
  addReader(fd: contracts.FileDescriptor, callback: contracts.Callback<never[]>, args: readonly unknown[]): void;
  removeReader(fd: contracts.FileDescriptor): boolean;
  addWriter(fd: contracts.FileDescriptor, callback: contracts.Callback<never[]>, args: readonly unknown[]): void;
  removeWriter(fd: contracts.FileDescriptor): boolean;
  recv(sock: contracts.SocketObject, size: number): Coroutine<Buffer>;
  recvInto(sock: contracts.SocketObject, buffer: Uint8Array): Coroutine<number>;
  recvfrom(sock: contracts.SocketObject, size: number): Coroutine<[Buffer, contracts.Address | string]>;
  recvfromInto(sock: contracts.SocketObject, buffer: Uint8Array): Coroutine<[number, contracts.Address | string]>;
  sendall(sock: contracts.SocketObject, data: Uint8Array): Coroutine<void>;
  sendto(sock: contracts.SocketObject, data: Uint8Array, address: contracts.AddressLike | string): Coroutine<number>;
  connect(sock: contracts.SocketObject, address: contracts.AddressLike | string): Coroutine<void>;
  sendfile(sock: contracts.SocketObject, part: FilePart, fallback: boolean): Coroutine<number>;
  accept(sock: contracts.SocketObject): Coroutine<[contracts.SocketObject, contracts.Address | string]>;
}

/**
 * The part of a loop that works on sockets and descriptors that the program owns. On the portable loop its methods throw
 * NotImplementedError, except sendfile.
 */
export abstract class SocketEventLoop extends NetworkEventLoop {
  /** Null on the portable loop: Node has no such calls. */
  protected abstract readonly socketCalls: SocketCalls | null;
  protected abstract readonly sendNatively: SendNatively;

  /**
   * Calls `callback(...args)` in each turn in which the descriptor is readable; replaces an earlier callback. For pipes, terminals and
   * sockets. Throws RuntimeError if a transport uses the descriptor, and EPERM for a file on disk, which is always ready. Native loop only.
   * Mirrors loop.add_reader.
   */
  addReader<A extends unknown[]>(fd: contracts.FileDescriptor, callback: contracts.Callback<A>, ...args: A): void {
    this.#calls("addReader", callback).addReader(fd, callback, args);
  }

  /** Removes the descriptor's read callback. Returns whether there was one. Mirrors loop.remove_reader. */
  removeReader(fd: contracts.FileDescriptor): boolean {
    return this.#calls("removeReader", false).removeReader(fd);
  }

  /** Calls `callback(...args)` in each turn in which the descriptor is writable. Otherwise as addReader. Mirrors loop.add_writer. */
  addWriter<A extends unknown[]>(fd: contracts.FileDescriptor, callback: contracts.Callback<A>, ...args: A): void {
    this.#calls("addWriter", callback).addWriter(fd, callback, args);
  }

  /** Removes the descriptor's write callback. Returns whether there was one. Mirrors loop.remove_writer. */
  removeWriter(fd: contracts.FileDescriptor): boolean {
    return this.#calls("removeWriter", false).removeWriter(fd);
  }

  /**
   * Receives up to `size` bytes as soon as there are any; empty at the peer's end. Rejects with the system's error, EBADF if the socket is
   * closed during the wait. RuntimeError if another task waits for the same. Native loop only, as all sock* methods. Mirrors
   * loop.sock_recv.
   */
  sockRecv(sock: contracts.SocketObject, size: number): Coroutine<Buffer> {
    checkCount(size, "size");
    return this.#calls("sockRecv").recv(sock, size);
  }

  /** Receives into the caller's memory and resolves to the number of bytes. Otherwise as sockRecv. Mirrors loop.sock_recv_into. */
  sockRecvInto(sock: contracts.SocketObject, buffer: Uint8Array): Coroutine<number> {
    checkBuffer(buffer);
    return this.#calls("sockRecvInto").recvInto(sock, buffer);
  }

  /** Receives one datagram, truncated to `size` bytes, and its sender's address. Mirrors loop.sock_recvfrom. */
  sockRecvfrom(sock: contracts.SocketObject, size: number): Coroutine<[data: Buffer, sender: contracts.Address | string]> {
    checkCount(size, "size");
    return this.#calls("sockRecvfrom").recvfrom(sock, size);
  }

  /** Receives one datagram into at most `length` bytes (0: all) of the caller's memory. Mirrors loop.sock_recvfrom_into. */
  sockRecvfromInto(
    sock: contracts.SocketObject,
    buffer: Uint8Array,
    length = 0,
  ): Coroutine<[length: number, sender: contracts.Address | string]> {
    checkBuffer(buffer);
    checkCount(length, "length");
    const room = lengthOf(buffer);
    if (length > room) throw new ValueError(`length must not be greater than the buffer's ${room} bytes, got ${length}`);
    const into = length === 0 || length === room ? buffer : viewOf(buffer).subarray(0, length);
    return this.#calls("sockRecvfromInto").recvfromInto(sock, into);
  }

  /** Sends all of `data`. After an error it is not known how much was sent. Mirrors loop.sock_sendall. */
  sockSendall(sock: contracts.SocketObject, data: Uint8Array | string): Coroutine<void> {
    return this.#calls("sockSendall").sendall(sock, bytesOf(data));
  }

  /** Sends one datagram and resolves to the number of bytes sent. The address must be numeric. Mirrors loop.sock_sendto. */
  sockSendto(sock: contracts.SocketObject, data: Uint8Array | string, address: contracts.AddressLike | string): Coroutine<number> {
    return this.#calls("sockSendto").sendto(sock, bytesOf(data), address);
  }

  /** Connects to an address; a host name is looked up and its first address used. Mirrors loop.sock_connect. */
  sockConnect(sock: contracts.SocketObject, address: contracts.AddressLike | string): Coroutine<void> {
    return this.#calls("sockConnect").connect(sock, address);
  }

  /** Waits for the next connection of a listening socket; resolves to it and its peer's address. Mirrors loop.sock_accept. */
  sockAccept(sock: contracts.SocketObject): Coroutine<[connection: contracts.SocketObject, peer: contracts.Address | string]> {
    return this.#calls("sockAccept").accept(sock);
  }

  /**
   * Sends a file from `offset` on, all of it or `count` bytes; resolves to the number of bytes sent. Uses sendfile(2). If the system does
   * not support that for the file, the file is read and written, or with `fallback: false` it rejects with SendfileNotAvailableError. The
   * file's own position is neither used nor moved. Mirrors loop.sock_sendfile.
   */
  sockSendfile(
    sock: contracts.SocketObject,
    file: contracts.FileSource,
    offset = 0,
    count: number | null = null,
    { fallback = true }: contracts.SendfileOptions = {},
  ): Coroutine<number> {
    const part = checkFilePart(file, offset, count);
    return this.#calls("sockSendfile").sendfile(sock, part, fallback);
  }

  /**
   * Sends a file over a transport, after everything written before; resolves to the number of bytes sent. Until it is done, write() throws
   * RuntimeError and nothing is received. The native loop uses sendfile(2). If that is not available, the file is read and written, or with
   * `fallback: false` it rejects with SendfileNotAvailableError. The file's own position is neither used nor moved. Mirrors loop.sendfile.
   */
  sendfile(
    transport: contracts.Transport,
    file: contracts.FileSource,
    offset = 0,
    count: number | null = null,
    options: contracts.SendfileOptions = {},
  ): Coroutine<number> {
    this.checkClosed();
    return sendfile(this, this.sendNatively, transport, checkFilePart(file, offset, count), options);
  }

  /** Checks the loop and, if it is given, the callback. `false` instead of a callback: the method may be called on a closed loop. */
  #calls(method: string, callback?: unknown): SocketCalls {
    if (callback !== false) this.checkClosed();
    if (callback !== undefined && callback !== false && typeof callback !== "function") {
      throw new TypeError(`callback must be a function, got ${describe(callback)}`);
    }
    const calls = this.socketCalls;
    if (calls === null) {
      throw new NotImplementedError(
        `${method}() is not available on the portable loop: Node has no equivalent; use the native loop (uvio/uvloop)`,
      );
    }
    return calls;
  }
}

function checkCount(value: unknown, name: string): void {
  if (!Number.isInteger(value)) throw new TypeError(`${name} must be an integer, got ${describe(value)}`);
  if ((value as number) < 0) throw new RangeError(`${name} must be 0 or more, got ${value as number}`);
}

function checkBuffer(buffer: unknown): void {
  if (!isBytes(buffer)) throw new TypeError(`buffer must be a Uint8Array, got ${describe(buffer)}`);
}
