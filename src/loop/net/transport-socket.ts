import type { Address, SocketFamily, SocketType, TransportSocket } from "../../core/contracts.js";
import { NotImplementedError } from "../../core/errors.js";

/** What can be told of a socket of Node's. */
interface Known {
  family: SocketFamily;
  type: SocketType;
  /** Node's net.Socket, net.Server or dgram.Socket. */
  owner: object;
  sockname: () => Address | string | undefined;
  peername: () => Address | string | undefined;
}

/** The socket under a transport of the portable loop. */
export class NodeTransportSocket implements TransportSocket {
  readonly family: SocketFamily;
  readonly type: SocketType;
  readonly #known: Known;

  constructor(known: Known) {
    this.#known = known;
    this.family = known.family;
    this.type = known.type;
  }

  /** -1 where Node does not tell, as on Windows. */
  fileno(): number {
    const { _handle } = this.#known.owner as { _handle?: { fd?: number } | null };
    return _handle?.fd ?? -1;
  }

  getsockname(): Address | string {
    return this.#known.sockname() ?? notConnected("getsockname");
  }

  getpeername(): Address | string {
    return this.#known.peername() ?? notConnected("getpeername");
  }

  setsockopt(): void {
    missing("setsockopt");
  }

  getsockopt(): never {
    missing("getsockopt");
  }

  toString(): string {
    return `<TransportSocket ${this.family} ${this.type} fd=${this.fileno()}>`;
  }
}

function missing(method: string): never {
  throw new NotImplementedError(
    `${method}() is not there on the portable loop, as Node has no such thing; use the native loop (uvio/uvloop)`,
  );
}

function notConnected(syscall: string): never {
  const error: NodeJS.ErrnoException = new Error(`${syscall} ENOTCONN`);
  error.code = "ENOTCONN";
  error.syscall = syscall;
  throw error;
}
