import type * as contracts from "../core/contracts.js";
import { NotImplementedError, ValueError } from "../core/errors.js";
import type { Coroutine } from "../tasks/coroutine.js";
import { describe } from "../util/format.js";
import { NetworkEventLoop } from "./network-event-loop.js";
import { checkFilePart, sendfile, type FilePart, type SendNatively } from "../net/sendfile.js";

/** What a loop can do with descriptors and sockets that are not transports. Arguments have been checked, the socket's class excepted. */
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

/** The part of a loop that works on sockets and descriptors of the program's own. */
export abstract class SocketEventLoop extends NetworkEventLoop {
  /** Null on a loop that has no way to do it. */
  protected abstract readonly socketCalls: SocketCalls | null;
  protected abstract readonly sendNatively: SendNatively;

  /**
   * Calls `callback(...args)` in each turn in which the descriptor is readable, in place of the one there was. For pipes, terminals and
   * sockets that no transport has (RuntimeError). EPERM for files on disk, which are always ready. The native loop only.
   * Mirrors loop.add_reader.
   */
  addReader<A extends unknown[]>(fd: contracts.FileDescriptor, callback: contracts.Callback<A>, ...args: A): void {
    this.#calls("addReader", callback).addReader(fd, callback, args);
  }

  /** Whether there was a callback. Mirrors loop.remove_reader. */
  removeReader(fd: contracts.FileDescriptor): boolean {
    return this.#calls("removeReader", false).removeReader(fd);
  }

  /** As addReader, for writing. Mirrors loop.add_writer. */
  addWriter<A extends unknown[]>(fd: contracts.FileDescriptor, callback: contracts.Callback<A>, ...args: A): void {
    this.#calls("addWriter", callback).addWriter(fd, callback, args);
  }

  /** Whether there was a callback. Mirrors loop.remove_writer. */
  removeWriter(fd: contracts.FileDescriptor): boolean {
    return this.#calls("removeWriter", false).removeWriter(fd);
  }

  /** Up to `size` bytes, as soon as there are any; empty when the peer has ended. The native loop only. Mirrors loop.sock_recv. */
  sockRecv(sock: contracts.SocketObject, size: number): Coroutine<Buffer> {
    checkCount(size, "size");
    return this.#calls("sockRecv").recv(sock, size);
  }

  /** As sockRecv, into memory of the caller's; gives how many bytes. Mirrors loop.sock_recv_into. */
  sockRecvInto(sock: contracts.SocketObject, buffer: Uint8Array): Coroutine<number> {
    checkBuffer(buffer);
    return this.#calls("sockRecvInto").recvInto(sock, buffer);
  }

  /** One datagram, cut to `size` bytes, and whom it came from. Mirrors loop.sock_recvfrom. */
  sockRecvfrom(sock: contracts.SocketObject, size: number): Coroutine<[data: Buffer, sender: contracts.Address | string]> {
    checkCount(size, "size");
    return this.#calls("sockRecvfrom").recvfrom(sock, size);
  }

  /** As sockRecvfrom, into at most `length` bytes (0: all) of the caller's memory. Mirrors loop.sock_recvfrom_into. */
  sockRecvfromInto(
    sock: contracts.SocketObject,
    buffer: Uint8Array,
    length = 0,
  ): Coroutine<[length: number, sender: contracts.Address | string]> {
    checkBuffer(buffer);
    checkCount(length, "length");
    if (length > buffer.length) throw new ValueError(`length must not be greater than the buffer's ${buffer.length} bytes, got ${length}`);
    const into = length === 0 || length === buffer.length ? buffer : buffer.subarray(0, length);
    return this.#calls("sockRecvfromInto").recvfromInto(sock, into);
  }

  /** Sends all of `data`; after an error nobody knows how much of it. Mirrors loop.sock_sendall. */
  sockSendall(sock: contracts.SocketObject, data: Uint8Array | string): Coroutine<void> {
    return this.#calls("sockSendall").sendall(sock, bytesOf(data));
  }

  /** Sends one datagram; gives how many bytes. The address must be numeric. Mirrors loop.sock_sendto. */
  sockSendto(sock: contracts.SocketObject, data: Uint8Array | string, address: contracts.AddressLike | string): Coroutine<number> {
    return this.#calls("sockSendto").sendto(sock, bytesOf(data), address);
  }

  /** Connects to an address, or to the first address of a name. Mirrors loop.sock_connect. */
  sockConnect(sock: contracts.SocketObject, address: contracts.AddressLike | string): Coroutine<void> {
    return this.#calls("sockConnect").connect(sock, address);
  }

  /** The next connection of a listening socket, and who it is. Mirrors loop.sock_accept. */
  sockAccept(sock: contracts.SocketObject): Coroutine<[connection: contracts.SocketObject, peer: contracts.Address | string]> {
    return this.#calls("sockAccept").accept(sock);
  }

  /**
   * Sends a file, or `count` bytes of it, from `offset`; gives how many bytes. By sendfile(2), or where the system has none for it, and
   * `fallback` allows, by reading and writing. The file's own position is neither used nor moved. Mirrors loop.sock_sendfile.
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
   * Sends a file over a transport, after what was written before; gives how many bytes. Meanwhile nobody else may write (RuntimeError) and
   * nothing is received. The native loop uses sendfile(2); otherwise, where `fallback` allows, the file is read and written;
   * SendfileNotAvailableError where not. The file's own position is neither used nor moved. Mirrors loop.sendfile.
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

  /** `callback`: to be checked; false for a call that a closed loop answers as well. */
  #calls(method: string, callback?: unknown): SocketCalls {
    if (callback !== false) this.checkClosed();
    if (callback !== undefined && callback !== false && typeof callback !== "function") {
      throw new TypeError(`callback must be a function, got ${describe(callback)}`);
    }
    const calls = this.socketCalls;
    if (calls === null) {
      throw new NotImplementedError(
        `${method}() is not there on the portable loop, as Node has no such thing; use the native loop (uvio/uvloop)`,
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
  if (!(buffer instanceof Uint8Array)) throw new TypeError(`buffer must be a Uint8Array, got ${describe(buffer)}`);
}

function bytesOf(data: unknown): Uint8Array {
  if (typeof data === "string") return Buffer.from(data);
  if (data instanceof Uint8Array) return data;
  throw new TypeError(`data must be a Uint8Array or a string, got ${describe(data)}`);
}
