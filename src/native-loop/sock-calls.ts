import { isIP } from "node:net";
import type { Address, AddressLike, Callback, FileDescriptor, SocketObject } from "../core/contracts.js";
import { ValueError } from "../core/errors.js";
import { coroutine } from "../tasks/coroutine.js";
import { lengthOf } from "../util/bytes.js";
import { describe } from "../util/format.js";
import { resolveHost } from "../net/host-addresses.js";
import type { SocketCalls } from "../loop/socket-event-loop.js";
import type { FilePart } from "../net/sendfile.js";
import { PollEvents } from "./boundary/addon.js";
import { sockSendfile } from "./sendfile.js";
import { AGAIN, Socket, socketError } from "./sockets/socket.js";
import type { FdWatchers } from "./fd-watchers.js";

const { READABLE, WRITABLE } = PollEvents;

/** The sock* methods of the native loop. Each calls the system first and waits only if the call would block (EAGAIN). */
export class UvSocketCalls implements SocketCalls {
  readonly #watches: FdWatchers;

  constructor(watches: FdWatchers) {
    this.#watches = watches;
  }

  addReader(fd: FileDescriptor, callback: Callback<never[]>, args: readonly unknown[]): void {
    this.#watches.add(fd, READABLE, callback, args);
  }

  removeReader(fd: FileDescriptor): boolean {
    return this.#watches.remove(fd, READABLE);
  }

  addWriter(fd: FileDescriptor, callback: Callback<never[]>, args: readonly unknown[]): void {
    this.#watches.add(fd, WRITABLE, callback, args);
  }

  removeWriter(fd: FileDescriptor): boolean {
    return this.#watches.remove(fd, WRITABLE);
  }

  recv(sock: SocketObject, size: number) {
    return sockRecv(this.#watches, checkSocket(sock), size);
  }

  recvInto(sock: SocketObject, buffer: Uint8Array) {
    return sockRecvInto(this.#watches, checkSocket(sock), buffer);
  }

  recvfrom(sock: SocketObject, size: number) {
    return sockRecvfrom(this.#watches, checkSocket(sock), size);
  }

  recvfromInto(sock: SocketObject, buffer: Uint8Array) {
    return sockRecvfromInto(this.#watches, checkSocket(sock), buffer);
  }

  sendall(sock: SocketObject, data: Uint8Array) {
    return sockSendall(this.#watches, checkSocket(sock), data);
  }

  sendto(sock: SocketObject, data: Uint8Array, address: AddressLike | string) {
    return sockSendto(this.#watches, checkSocket(sock), data, checkSocket(sock).place(address));
  }

  connect(sock: SocketObject, address: AddressLike | string) {
    return sockConnect(this.#watches, checkSocket(sock), checkSocket(sock).place(address));
  }

  sendfile(sock: SocketObject, part: FilePart, fallback: boolean) {
    const socket = checkSocket(sock);
    if (socket.type !== "stream") throw new ValueError(`sock must be a stream socket, got ${socket.toString()}`);
    return sockSendfile(this.#watches, socket, part, fallback);
  }

  accept(sock: SocketObject) {
    return sockAccept(this.#watches, checkSocket(sock));
  }
}

function checkSocket(sock: SocketObject): Socket {
  if (!(sock instanceof Socket)) throw new TypeError(`sock must be a Socket, got ${describe(sock)}`);
  return sock;
}

/**
 * Retries `attempt` after each wait until it returns a result. The task itself receives after it was woken, rather than the callback that
 * wakes it, so that cancelling the task loses no data.
 */
function* receive<T>(watches: FdWatchers, sock: Socket, attempt: () => T | null) {
  watches.checkFree(sock, READABLE);
  for (;;) {
    const result = attempt();
    if (result !== null) return result;
    yield* watches.wait(sock, READABLE);
  }
}

const sockRecv = coroutine(function* sockRecv(watches: FdWatchers, sock: Socket, size: number) {
  return yield* receive(watches, sock, () => sock.attemptReceive(size));
});

const sockRecvInto = coroutine(function* sockRecvInto(watches: FdWatchers, sock: Socket, buffer: Uint8Array) {
  return yield* receive(watches, sock, () => sock.attemptReceiveInto(buffer));
});

const sockRecvfrom = coroutine(function* sockRecvfrom(watches: FdWatchers, sock: Socket, size: number) {
  return yield* receive(watches, sock, () => sock.attemptReceiveFrom(size));
});

const sockRecvfromInto = coroutine(function* sockRecvfromInto(watches: FdWatchers, sock: Socket, buffer: Uint8Array) {
  return yield* receive(watches, sock, () => sock.attemptReceiveFromInto(buffer));
});

const sockAccept = coroutine(function* sockAccept(watches: FdWatchers, sock: Socket) {
  return (yield* receive(watches, sock, () => sock.attemptAccept())) as [SocketObject, Address | string];
});

const sockSendall = coroutine(function* sockSendall(watches: FdWatchers, sock: Socket, data: Uint8Array) {
  watches.checkFree(sock, WRITABLE);
  const length = lengthOf(data);
  for (let sent = 0; sent < length;) {
    if (lengthOf(data) < length) throw new ValueError(`data was taken away while it was being sent: ${sent} of ${length} bytes were sent`);
    const result = sock.native().send(data, sent);
    if (result >= 0) sent += result;
    else if (result === AGAIN) yield* watches.wait(sock, WRITABLE);
    else throw socketError(result, "send");
  }
});

const sockSendto = coroutine(function* sockSendto(watches: FdWatchers, sock: Socket, data: Uint8Array, [host, port]: [string, number]) {
  watches.checkFree(sock, WRITABLE);
  for (;;) {
    const result = sock.native().sendTo(data, host, port);
    if (result >= 0) return result;
    if (result !== AGAIN) throw socketError(result, "sendto", host, port);
    yield* watches.wait(sock, WRITABLE);
  }
});

/** A connection in progress is over when the socket is writable; SO_ERROR is then 0 or the error. */
const sockConnect = coroutine(function* sockConnect(watches: FdWatchers, sock: Socket, [name, port]: [string, number]) {
  watches.checkFree(sock, WRITABLE);
  const { family } = sock;
  const host = family === "unix" || isIP(name) !== 0 ? name : (yield* resolveHost(name, { family }))[0]!.address;
  const status = sock.native().connect(host, port);
  if (status === 0) return;
  if (status < 0) throw socketError(status, "connect", host, port);
  yield* watches.wait(sock, WRITABLE);
  const error = sock.getsockopt("SOL_SOCKET", "SO_ERROR");
  if (error !== 0) throw socketError(-error, "connect", host, port);
});
