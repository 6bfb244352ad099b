/** The option `sock`: a socket that the program has made, on its way to a transport or a server. */
import { fstatSync } from "node:fs";
import { constants } from "node:os";
import type { Address, SocketFamily, SocketObject, SocketSource, TransportSocket } from "../core/contracts.js";
import { RuntimeError, ValueError } from "../core/errors.js";
import { describe } from "../util/format.js";
import { askDescriptor } from "./native-sockets.js";

/** What a call takes. */
export type SockKind = "stream" | "unix" | "dgram";

const EXPECTED: Readonly<Record<SockKind, string>> = {
  stream: "A Stream Socket was expected",
  unix: "A UNIX Domain Stream Socket was expected",
  dgram: "A datagram socket was expected",
};

/** Ends of a socket; undefined for what it has not, or nobody can tell. */
export interface SocketNames {
  sockname: Address | string | undefined;
  peername: Address | string | undefined;
}

/** Until `lend` the socket is the caller's, also if something fails. */
export class SockOption {
  /** Null for a bare descriptor. */
  readonly #object: SocketObject | null;
  readonly #fd: number;
  /** Null where nobody can tell: of a descriptor, without the addon. */
  readonly family: SocketFamily | null;

  /** TypeError for what is no socket, ValueError for one of another kind, the system's error for what is no open socket. */
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

  /** RuntimeError if a transport has it, EBADF if it is closed. */
  descriptor(): number {
    return this.#object === null ? this.#fd : this.#object.owned();
  }

  names(): SocketNames {
    const ask = (socket: SocketObject): SocketNames => ({
      sockname: nameOrNone(() => socket.getsockname()),
      peername: nameOrNone(() => socket.getpeername()),
    });
    return this.#ask(ask) ?? { sockname: undefined, peername: undefined };
  }

  /** The descriptor has been taken; `view` is what its new owner lets others see. */
  lend(view: TransportSocket): void {
    this.#object?.lend(view);
  }

  #ask<T>(ask: (socket: SocketObject) => T): T | null {
    return this.#object === null ? askDescriptor(this.#fd, ask) : ask(this.#object);
  }
}

/** The socket that is given instead of an address; null if the address is. ValueError if both are, or neither where one is `required`. */
export function sockInsteadOf(
  sock: SocketSource | null | undefined,
  wanted: SockKind,
  address: string,
  hasAddress: boolean,
  required: boolean,
): SockOption | null {
  if (sock === undefined || sock === null) {
    if (required && !hasAddress) throw new ValueError(`neither ${address} nor sock was specified`);
    return null;
  }
  if (hasAddress) throw new ValueError(`${address} and sock can not be specified at the same time`);
  return new SockOption(sock, wanted);
}

/** ValueError for a socket of another kind. */
export function wrongKind(wanted: SockKind, sock: unknown): ValueError {
  return new ValueError(`${EXPECTED[wanted]}, got ${String(sock)}`);
}

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
    return undefined; // Not bound, or not connected.
  }
}

function noSocket(fd: number): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error(`ENOTSOCK: descriptor ${fd} is no socket`);
  return Object.assign(error, { code: "ENOTSOCK", errno: -constants.errno.ENOTSOCK, syscall: "fstat" });
}
