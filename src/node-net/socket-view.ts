import type { Address, SocketFamily, SocketObject, SocketType, TransportSocket } from "../core/contracts.js";
import { NotImplementedError } from "../core/errors.js";
import { askDescriptor } from "../net/native-sockets.js";

/** The properties of a Node socket that a view needs. */
interface Known<A> {
  family: SocketFamily;
  type: SocketType;
  /** A net.Socket, net.Server or dgram.Socket. */
  owner: object;
  sockname: () => A | undefined;
  peername: () => A | undefined;
}

/** A view of the socket under a Node transport or listener. Socket options need the addon, because Node does not expose them. */
export class NodeSocketView<A extends Address | string = Address | string> implements TransportSocket<A> {
  readonly family: SocketFamily;
  readonly type: SocketType;
  readonly #known: Known<A>;

  constructor(known: Known<A>) {
    this.#known = known;
    this.family = known.family;
    this.type = known.type;
  }

  /** Returns the descriptor, or -1 if Node does not expose it, as on Windows. */
  fileno(): number {
    return handleOf(this.#known.owner)?.fd ?? -1;
  }

  getsockname(): A {
    return this.#known.sockname() ?? notConnected("getsockname");
  }

  getpeername(): A {
    return this.#known.peername() ?? notConnected("getpeername");
  }

  setsockopt(level: string | number, option: string | number, value: number | boolean | Uint8Array): void {
    this.#ask("setsockopt", (socket) => socket.setsockopt(level, option, value));
  }

  getsockopt(level: string | number, option: string | number): number;
  getsockopt(level: string | number, option: string | number, length: number): Buffer;
  getsockopt(level: string | number, option: string | number, length?: number): number | Buffer {
    return this.#ask("getsockopt", (socket): number | Buffer => socket.getsockopt(level, option, length!));
  }

  /** Calls `ask` with the addon's object for the descriptor. Throws EBADF once the socket is closed. */
  #ask<T>(method: string, ask: (socket: SocketObject) => T): T {
    const answer = askDescriptor(this.fileno(), (socket) => [ask(socket)]);
    if (answer !== null) return answer[0]!;
    throw new NotImplementedError(
      `${method}() needs the addon of the native loop, because Node does not expose it; uvloop.unavailableReason() says why there is none`,
    );
  }

  toString(): string {
    return `<TransportSocket ${this.family} ${this.type} fd=${this.fileno()}>`;
  }
}

interface Handle {
  fd?: number;
}

/** Returns the libuv handle's object. Node does not expose it publicly; since Node 26 a dgram.Socket keeps it behind a symbol only. */
function handleOf(owner: object): Handle | null | undefined {
  const { _handle: handle } = owner as { _handle?: Handle | null };
  if (handle !== undefined) return handle;
  const symbol = Object.getOwnPropertySymbols(owner).find(({ description }) => description === "state symbol");
  return symbol === undefined ? null : (owner as Record<symbol, { handle?: Handle | null }>)[symbol]?.handle;
}

function notConnected(syscall: string): never {
  const error: NodeJS.ErrnoException = new Error(`${syscall} ENOTCONN`);
  error.code = "ENOTCONN";
  error.syscall = syscall;
  throw error;
}
