import { createSocket, type Socket, type SocketOptions } from "node:dgram";
import { isIP } from "node:net";
import { contextState } from "../../core/contextvars.js";
import type { Address, AddressLike, DatagramProtocol, Runnable, TransportSocket } from "../../core/contracts.js";
import { NotImplementedError } from "../../core/errors.js";
import { coroutine } from "../../tasks/coroutine.js";
import { Future } from "../../tasks/future.js";
import { DATAGRAM_OVERHEAD, DatagramSocketTransport, notNumeric } from "../datagram-transport.js";
import type { DatagramRequest } from "../datagrams.js";
import { NodeTransportSocket } from "../net/transport-socket.js";
import type { ResourceHost, Resource } from "../resources.js";

type LookupCallback = (error: null, address: string, family: number) => void;

/** Every address is numeric by now. At once, so that a datagram leaves inside `sendto`. */
function noLookup(host: string, _options: unknown, callback: LookupCallback): void {
  callback(null, host, isIP(host));
}

/** Since when `reusePort` means something to node:dgram and node:net. */
export function canReusePort(): boolean {
  const [major, minor] = process.versions.node.split(".").map(Number) as [number, number];
  return major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12);
}

/** Opens, binds and connects one socket of node:dgram. */
export const openSocket = coroutine(function* openSocket(loop: ResourceHost, request: DatagramRequest) {
  const { family, local, remote, reusePort, allowBroadcast } = request;
  if (reusePort && !canReusePort()) {
    throw new NotImplementedError("reusePort needs Node 22.12 on the portable loop; the native loop has it on every Node");
  }
  const type = family === "IPv6" ? "udp6" : "udp4";
  const socket = createSocket({ type, reusePort, lookup: noLookup } as SocketOptions);
  const waiting: Resource = { dispose: () => socket.close() };
  loop.resources.add(waiting);
  const close = (): void => {
    if (loop.resources.delete(waiting)) socket.close();
  };
  try {
    const bound = new Future<void>({ loop });
    socket.once("error", (error) => {
      if (!bound.done()) bound.setException(error);
    });
    socket.bind({ address: local?.address, port: local?.port ?? 0, exclusive: true }, () => {
      if (!bound.done()) bound.setResult(undefined);
    });
    yield* bound;
    if (allowBroadcast) socket.setBroadcast(true);
    if (remote !== null) {
      const connected = new Future<void>({ loop });
      socket.connect(remote.port, remote.address, (error?: Error) => {
        if (connected.done()) return;
        if (error) connected.setException(error);
        else connected.setResult(undefined);
      });
      yield* connected;
    }
    socket.removeAllListeners("error");
  } catch (error) {
    socket.on("error", () => {}); // Nobody is left to hear of a second one.
    close();
    throw error;
  }
  return {
    makeTransport: (protocol: DatagramProtocol) => {
      loop.resources.delete(waiting);
      return new NodeDatagramTransport(loop, socket, protocol, remote);
    },
    close,
  };
});

/** A datagram endpoint over node:dgram. What the socket reports waits in an inbox for the loop's turn, as in SocketTransport. */
class NodeDatagramTransport extends DatagramSocketTransport implements Runnable, Resource {
  declare readonly loop: ResourceHost;
  readonly #socket: Socket;
  readonly #sockname: Address;
  #inbox: (() => void)[] = [];
  #receiving = false;
  #released = false;
  /** Something was left unsent: the base class is to hear when it has left. */
  #drainAwaited = false;

  constructor(loop: ResourceHost, socket: Socket, protocol: DatagramProtocol, remote: Address | null) {
    super(loop, protocol, remote);
    this.#socket = socket;
    const { address, port, family } = socket.address();
    this.#sockname = { address, port, family: family === "IPv6" ? "IPv6" : "IPv4" };
    loop.resources.add(this);
    socket.on("message", (data, { address, port, family, size: _ }) => {
      if (this.#receiving) this.#receive(() => this.onDatagram(data, { address, port, family }));
    });
    socket.on("error", (error) => this.#receive(() => this.onError(error)));
  }

  /** From the ready queue: hands out what has arrived. */
  run(): void {
    const inbox = this.#inbox;
    this.#inbox = [];
    for (const event of inbox) if (!this.#released) event();
    contextState.current = null;
  }

  protected override transmit(bytes: Uint8Array, to: AddressLike | null): number {
    if (to !== null && isIP(to.address) === 0) throw notNumeric(to);
    const socket = this.#socket;
    const copy = Buffer.from(bytes); // The caller may reuse its memory.
    if (to === null) socket.send(copy, this.#sent);
    else socket.send(copy, to.port, to.address, this.#sent);
    return this.flush();
  }

  /** The socket sends by itself: what the system took at once is not in its queue. */
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
    const { family } = this.#sockname;
    const sockname = (): Address => this.sockname();
    return new NodeTransportSocket({ family, type: "dgram", owner: this.#socket, sockname, peername: () => this.remote ?? undefined });
  }

  protected override release(): void {
    if (this.#released) return;
    this.#released = true;
    this.loop.resources.delete(this);
    this.#inbox = [];
    this.#socket.removeAllListeners("message");
    this.#socket.close();
  }

  /** The loop is closed: nobody is told any more. */
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
