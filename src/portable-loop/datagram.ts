/** Datagram endpoints of the portable loop, over node:dgram. */
import { createSocket, type BindOptions, type Socket, type SocketOptions } from "node:dgram";
import { constants } from "node:os";
import { isIP } from "node:net";
import { contextState } from "../core/contextvars.js";
import type { Address, AddressLike, DatagramProtocol, Runnable, TransportSocket } from "../core/contracts.js";
import { NotImplementedError } from "../core/errors.js";
import { coroutine } from "../tasks/coroutine.js";
import { copyOf } from "../util/slab.js";
import { Future } from "../tasks/future.js";
import {
  DATAGRAM_OVERHEAD,
  DatagramSocketTransport,
  notNumeric,
  type DatagramEnd,
  type Place,
  type Target,
} from "../transports/datagram-transport.js";
import type { DatagramRequest } from "../net/datagram-endpoint.js";
import type { SockOption } from "../net/sock-option.js";
import { askDescriptor, bindForNode } from "../net/native-sockets.js";
import { NodeSocketView } from "../node-net/socket-view.js";
import type { HandleOwner, OwnedHandle } from "../transports/owned-handles.js";

type LookupCallback = (error: null, address: string, family: number) => void;

/** Replaces node:dgram's lookup: every address is numeric here. It calls back synchronously, so that a datagram leaves inside `sendto`. */
function noLookup(host: string, _options: unknown, callback: LookupCallback): void {
  callback(null, host, isIP(host));
}

/** Opens, binds and connects one node:dgram socket. As in asyncio, a socket with `allowBroadcast` is not connected to its remote end. */
export const openDatagram = coroutine(function* openDatagram(loop: HandleOwner, request: DatagramRequest) {
  const { family, remote, reusePort, allowBroadcast } = request;
  if (family === "unix") throw noUnixDatagrams();
  const local = (request.local as Address | null) ?? { address: family === "IPv6" ? "::" : "0.0.0.0", port: 0, family };
  const bound = bindForNode(local, { type: "dgram", reuseAddress: false, reusePort });
  const options = { type: family === "IPv6" ? "udp6" : "udp4", reusePort, lookup: noLookup } as SocketOptions;
  const to = bound === null ? { address: local.address, port: local.port, exclusive: true } : { fd: bound.detach(), exclusive: true };
  const isConnected = remote !== null && !allowBroadcast;
  return yield* opened(loop, createSocket(options), to, { family, remote, isConnected }, allowBroadcast);
});

/** Creates an endpoint from the option `sock`. Rejects with NotImplementedError for sockets that node:dgram cannot take over. */
export const adoptDatagram = coroutine(function* adoptDatagram(loop: HandleOwner, given: SockOption) {
  const { family } = given;
  if (family === "unix") throw noUnixDatagrams();
  if (family === null) throw missing("{ fd } for datagrams (without the native addon)");
  if (given.names().peername !== undefined) throw missing("a connected datagram socket as sock");
  const socket = createSocket({ type: family === "IPv6" ? "udp6" : "udp4", lookup: noLookup });
  const fd = given.descriptor();
  const take = (): void => given.lend(socketOf(socket, addressOf(socket), null));
  return yield* opened(loop, socket, { fd, exclusive: true }, { family, remote: null, isConnected: false }, false, take);
});

/**
 * Calls `takeOver`, which gives the descriptor to Node, and restores SO_REUSEADDR afterwards. Node 20's libuv sets it on every datagram socket
 * that it takes over. Any other program that sets it too could then receive at the same port.
 */
function keepReuseAddress(fd: number, takeOver: () => void): void {
  const value = askDescriptor(fd, (socket) => socket.getsockopt("SOL_SOCKET", "SO_REUSEADDR"));
  takeOver();
  if (value !== null) askDescriptor(fd, (socket) => socket.setsockopt("SOL_SOCKET", "SO_REUSEADDR", value));
}

/** Waits until `socket` is bound and connected. `taken` is called once the socket has its descriptor, before the first wait. */
const opened = coroutine(function* opened(
  loop: HandleOwner,
  socket: Socket,
  to: BindOptions,
  end: DatagramEnd,
  allowBroadcast: boolean,
  taken: () => void = () => {},
) {
  const waiting: OwnedHandle = { dispose: () => socket.close() };
  loop.ownedHandles.add(waiting);
  const close = (): void => {
    if (loop.ownedHandles.delete(waiting)) socket.close();
  };
  try {
    const bound = new Future<void>({ loop });
    socket.once("error", (error) => {
      if (bound.canSettle()) bound.setException(error);
    });
    const bind = (): void =>
      void socket.bind(to, () => {
        if (bound.canSettle()) bound.setResult(undefined);
      });
    if (to.fd === undefined) bind();
    else keepReuseAddress(to.fd, bind);
    taken();
    yield* bound;
    if (allowBroadcast) socket.setBroadcast(true);
    if (end.isConnected) {
      const remote = end.remote as Address;
      const connected = new Future<void>({ loop });
      socket.connect(remote.port, remote.address, (error?: Error) => {
        if (!connected.canSettle()) return;
        if (error) connected.setException(error);
        else connected.setResult(undefined);
      });
      yield* connected;
    }
    socket.removeAllListeners("error");
  } catch (error) {
    socket.on("error", () => {}); // A second error has no listener otherwise, and Node would throw it.
    close();
    throw error;
  }
  return {
    makeTransport: (protocol: DatagramProtocol<Place>) => {
      loop.ownedHandles.delete(waiting);
      return new NodeDatagramTransport(loop, socket, protocol, end);
    },
    close,
  };
});

/** The error of the system for a datagram to port 0. */
function invalidPort(): Error {
  return Object.assign(new Error("send EINVAL"), { errno: -constants.errno.EINVAL, code: "EINVAL", syscall: "send" });
}

function missing(what: string): NotImplementedError {
  return new NotImplementedError(
    `${what} is not available on the portable loop: Node has no equivalent; use the native loop (uvio/uvloop)`,
  );
}

function noUnixDatagrams(): NotImplementedError {
  return missing("createDatagramEndpoint() with Unix sockets");
}

function socketOf(socket: Socket, sockname: Address, remote: Place | null): TransportSocket {
  const { family } = sockname;
  const view = { family, type: "dgram", owner: socket, sockname: () => ({ ...sockname }), peername: () => remote ?? undefined } as const;
  return new NodeSocketView<Place>(view);
}

function addressOf(socket: Socket): Address {
  const { address, port, family } = socket.address();
  return { address, port, family: family === "IPv6" ? "IPv6" : "IPv4" };
}

/**
 * A datagram endpoint over node:dgram. The socket's events, which come in Node's poll phase, are kept in an inbox until the loop's turn.
 * Once it is released, events that are still in the inbox are dropped.
 */
class NodeDatagramTransport extends DatagramSocketTransport implements Runnable, OwnedHandle {
  declare readonly loop: HandleOwner;
  readonly #socket: Socket;
  readonly #sockname: Address;
  #inbox: (() => void)[] = [];
  #receiving = false;
  #released = false;
  /** Whether datagrams were unsent at the last flush(): then onDrained() must be called when they have left. */
  #drainAwaited = false;

  constructor(loop: HandleOwner, socket: Socket, protocol: DatagramProtocol<Place>, end: DatagramEnd) {
    super(loop, protocol, end);
    this.#socket = socket;
    this.#sockname = addressOf(socket);
    loop.ownedHandles.add(this);
    socket.on("message", (data, { address, port, family, size: _ }) => {
      if (this.#receiving) this.#receive(() => this.onDatagram(data, { address, port, family }));
    });
    socket.on("error", (error) => this.#receive(() => this.onError(error)));
  }

  /** Called by the loop's turn: handles the inbox in order of arrival. */
  run(): void {
    const inbox = this.#inbox;
    this.#inbox = [];
    for (const event of inbox) if (!this.#released) event();
    contextState.current = null;
  }

  protected override transmit(bytes: Uint8Array, _length: number, target: Target | null): number {
    const to = target as AddressLike | null; // There are no Unix datagrams on this loop.
    if (to !== null && isIP(to.address) === 0) throw notNumeric(to);
    // A datagram can come from port 0. node:dgram would throw for the answer to it, where the system call fails.
    if (to?.port === 0) {
      this.#receive(() => this.onError(invalidPort()));
      return this.flush();
    }
    const socket = this.#socket;
    const copy = copyOf(bytes); // The caller may reuse its memory.
    if (to === null) socket.send(copy, this.#sent);
    else socket.send(copy, to.port, to.address, this.#sent);
    return this.flush();
  }

  /** Returns what node:dgram has queued. It has nothing to hand over: the socket sends on its own. */
  protected override flush(): number {
    if (this.#released) return 0;
    const unsent = this.#socket.getSendQueueSize() + DATAGRAM_OVERHEAD * this.#socket.getSendQueueCount();
    if (unsent > 0) this.#drainAwaited = true;
    return unsent;
  }

  protected override receiveStart(): void {
    this.#receiving = true;
  }

  protected override sockname(): Address {
    return { ...this.#sockname };
  }

  protected override transportSocket(): TransportSocket {
    return socketOf(this.#socket, this.#sockname, this.end.isConnected ? this.end.remote : null);
  }

  protected override release(): void {
    if (this.#released) return;
    this.#released = true;
    this.loop.ownedHandles.delete(this);
    this.#inbox = [];
    this.#socket.removeAllListeners("message");
    this.#socket.close();
  }

  /** Called when the loop is closed: the protocol is not notified. */
  dispose(): void {
    this.release();
  }

  readonly #sent = (error: Error | null): void => {
    if (error !== null && error !== undefined) this.#receive(() => this.onError(error));
    if (!this.#drainAwaited) return;
    this.#drainAwaited = false;
    this.#receive(() => this.onDrained(this.flush()));
  };

  #receive(event: () => void): void {
    if (this.#released || this.loop.isClosed()) return;
    if (this.#inbox.push(event) === 1) this.loop.enqueue(this);
  }
}
