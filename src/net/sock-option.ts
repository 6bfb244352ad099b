/** The option `sock`: a socket that the program has created, for a transport or a server to take over. */
import { fstatSync } from "node:fs";
import { constants } from "node:os";
import type { Address, SocketFamily, SocketObject, SocketSource, TransportSocket } from "../core/contracts.js";
import { RuntimeError, ValueError } from "../core/errors.js";
import { describe } from "../util/format.js";
import { askDescriptor } from "./native-sockets.js";

/** The kind of socket that a call expects. */
export type SockKind = "stream" | "unix" | "dgram";

const EXPECTED: Readonly<Record<SockKind, string>> = {
  stream: "A Stream Socket was expected",
  unix: "A UNIX Domain Stream Socket was expected",
  dgram: "A datagram socket was expected",
};

/** The addresses of a socket; undefined if it has none, or if it cannot be determined without the addon. */
export interface SocketNames {
  sockname: Address | string | undefined;
  peername: Address | string | undefined;
}

/** A checked `sock` option. Until `lend` is called the program still owns the socket, also if an error is thrown. */
export class SockOption {
  /** The Socket object; null if the option is a bare descriptor. */
  readonly #object: SocketObject | null;
  readonly #fd: number;
  /** The socket's family. Null for a bare descriptor without the addon, because Node cannot determine it. */
  readonly family: SocketFamily | null;

  /** Throws TypeError for anything but a socket, ValueError for another kind, and the system's error for a descriptor that is not one. */
  constructor(sock: SocketSource, wanted: SockKind) {
    if (isObject(sock)) {
      this.#object = sock;
      this.#fd = -1;
      checkKind(sock, wanted);
      sock.owned();
    } else {
      const fd: unknown = (sock as { fd?: unknown } | null | undefined)?.fd;
      if (!Number.isInteger(fd) || (fd as number) < 0) throw new TypeError(`sock must be a Socket or { fd }, got ${describe(sock)}`);
      this.#object = null;
      this.#fd = fd as number;
      if (!fstatSync(this.#fd).isSocket()) throw noSocket(this.#fd);
      this.#ask((socket) => checkKind(socket, wanted));
    }
    this.family = this.#ask(({ family }) => family);
  }

  /** Returns the descriptor. Throws RuntimeError if a transport has taken the socket, and EBADF if it is closed. */
  descriptor(): number {
    return this.#object === null ? this.#fd : this.#object.owned();
  }

  /** Returns the socket's own and its peer's address. */
  names(): SocketNames {
    const ask = (socket: SocketObject): SocketNames => ({
      sockname: nameOrNone(() => socket.getsockname()),
      peername: nameOrNone(() => socket.getpeername()),
    });
    return this.#ask(ask) ?? { sockname: undefined, peername: undefined };
  }

  /** Gives the descriptor to its new owner. The Socket object then takes addresses and options from `view`; other methods throw. */
  lend(view: TransportSocket): void {
    this.#object?.lend(view);
  }

  #ask<T>(ask: (socket: SocketObject) => T): T | null {
    return this.#object === null ? askDescriptor(this.#fd, ask) : ask(this.#object);
  }
}

/** The argument that each call takes instead of a socket, and asyncio's text of the error for neither. */
const INSTEAD = {
  createServer: ["host/port", "Neither host/port nor sock were specified"],
  createConnection: ["host/port", "host and port was not specified and no sock specified"],
  createUnixServer: ["path", "path was not specified, and no sock specified"],
  createUnixConnection: ["path", "no path and sock were specified"],
} as const;

/** Returns the socket if the caller has passed one instead of an address, else null. Throws ValueError if both are given, or neither. */
export function sockInsteadOf(
  method: keyof typeof INSTEAD,
  sock: SocketSource | null | undefined,
  wanted: SockKind,
  hasAddress: boolean,
): SockOption | null {
  const [address, neither] = INSTEAD[method];
  if (sock === undefined || sock === null) {
    if (!hasAddress) throw new ValueError(neither);
    return null;
  }
  if (hasAddress) throw new ValueError(`${address} and sock can not be specified at the same time`);
  return new SockOption(sock, wanted);
}

/** Returns the error for a socket of another kind. */
export function wrongKind(wanted: SockKind, sock: unknown): ValueError {
  return new ValueError(`${EXPECTED[wanted]}, got ${String(sock)}`);
}

/** Returns the error for a descriptor that belongs to a transport. */
export function usedByTransport(fd: number): RuntimeError {
  return new RuntimeError(`File descriptor ${fd} is used by a transport; use its methods`);
}

function isObject(sock: SocketSource): sock is SocketObject {
  return typeof (sock as Partial<SocketObject> | null | undefined)?.lend === "function";
}

function checkKind(sock: SocketObject, wanted: SockKind): void {
  const isWanted = wanted === "unix" ? sock.type === "stream" && sock.family === "unix" : sock.type === wanted;
  if (!isWanted) throw wrongKind(wanted, sock);
}

function nameOrNone(ask: () => Address | string): Address | string | undefined {
  try {
    return ask();
  } catch {
    return undefined; // The socket is not bound, or not connected.
  }
}

function noSocket(fd: number): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error(`ENOTSOCK: descriptor ${fd} is not a socket`);
  return Object.assign(error, { code: "ENOTSOCK", errno: -constants.errno.ENOTSOCK, syscall: "fstat" });
}
