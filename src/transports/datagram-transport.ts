import { contextState, currentContext, type Context } from "../core/contextvars.js";
import type { Address, AddressLike, DatagramProtocol, EventLoop, ExtraInfo, SocketFamily, TransportSocket } from "../core/contracts.js";
import { ValueError } from "../core/errors.js";
import { Handle } from "../core/handles.js";
import type { Future } from "../tasks/future.js";
import { bytesOf, FlowControl, warnOfLostWrites } from "./flow-control.js";
import { DatagramTransport } from "./transports.js";
import { describe } from "../util/format.js";
import { checkPath } from "./unix-path.js";
import { connectionLost, connectionMade, type ConnectionLostMessage, type ConnectionMessage } from "./diagnostics.js";

/** asyncio's: what a datagram counts in the write buffer beside its bytes, so that empty ones fill it too. */
export const DATAGRAM_OVERHEAD = 8;

/** Where a datagram comes from, or goes to: a path for Unix sockets. */
export type Place = Address | string;

/** A place as it is given. */
export type Target = AddressLike | string;

/** What a socket is, and whom it talks to. */
export interface DatagramEnd {
  readonly family: SocketFamily;
  /** Where datagrams go that are given no address, and no others may. */
  readonly remote: Place | null;
  /** Whether the socket is connected to it, which then receives from nobody else. */
  readonly isConnected: boolean;
}

/**
 * asyncio's state machine of a datagram endpoint, the same on both loops. A loop's own class sends, receives and closes, and reports
 * events by the `on...` methods, from inside the loop's turn.
 */
export abstract class DatagramSocketTransport extends DatagramTransport<Place> {
  /** @internal */ readonly loop: EventLoop;
  /** What every call of the protocol runs in. @internal */ readonly context: Context;
  #protocol: DatagramProtocol<Place>;
  protected readonly end: DatagramEnd;
  readonly #flow = new FlowControl();
  #closing = false;
  /** 0 while datagrams are sent; then counts those that were dropped, plus one. */
  #lost = 0;

  constructor(loop: EventLoop, protocol: DatagramProtocol<Place>, end: DatagramEnd) {
    super();
    this.loop = loop;
    this.context = currentContext().copy();
    this.#protocol = protocol;
    this.end = end;
  }

  // ---------------------------------------------------------------------------------------------- for the loop's own class

  /** `to`: null for where the socket is connected to. Takes bytes that the caller may reuse; returns how much may be unsent now (an upper bound), as getWriteBufferSize counts. */
  protected abstract transmit(bytes: Uint8Array, to: Target | null): number;
  /** Hands over to the system what can be; returns how much is unsent now. */
  protected abstract flush(): number;
  protected abstract receiveStart(): void;
  protected abstract sockname(): Place | undefined;
  protected abstract transportSocket(): TransportSocket;
  /** Closes the socket now, dropping what is unsent. Called once. */
  protected abstract release(): void;

  /** Has connectionMade called, then receiving started and `waiter` told, each as a handle of its own, as in asyncio. */
  begin(waiter: Future<void> | null): void {
    const { loop } = this;
    loop.enqueue(new Handle(loop, () => this.#protocol.connectionMade?.(this), null, this.context));
    const start = (): void => {
      if (connectionMade.hasSubscribers) connectionMade.publish(this.#message());
      if (!this.#closing) this.receiveStart();
      if (waiter !== null && !waiter.done()) waiter.setResult(undefined);
    };
    loop.enqueue(new Handle(loop, start, null, this.context));
  }

  /** @internal */
  onDatagram(data: Buffer, sender: Place): void {
    if (this.#closing) return;
    contextState.current = this.context;
    try {
      this.#protocol.datagramReceived(data, sender);
    } catch (exception) {
      this.#report("datagramReceived", exception);
    } finally {
      contextState.current = null;
    }
  }

  /** Sending or receiving has failed; that ends nothing. @internal */
  onError(error: Error): void {
    if (this.#lost > 0) return;
    contextState.current = this.context;
    try {
      this.#protocol.errorReceived?.(error);
    } catch (exception) {
      this.#report("errorReceived", exception);
    } finally {
      contextState.current = null;
    }
  }

  /** Some of what was unsent has left. @internal */
  onDrained(unsent: number): void {
    this.#flow.resume(this, unsent);
    if (unsent === 0 && this.#closing && this.#lost === 0) this.#loseSoon(null);
  }

  // ---------------------------------------------------------------------------------------------- asyncio's API

  override sendto(data: Uint8Array | string, addr: Target | null = null): void {
    const bytes = bytesOf(data);
    const { family, remote, isConnected } = this.end;
    if (remote === null) checkTarget(addr, family);
    else if (addr !== null && !isSame(addr, remote)) {
      throw new ValueError(`Invalid address: must be null or ${textOf(remote)}, which is the endpoint's only one`);
    }
    if (this.#lost > 0) return warnOfLostWrites(this, this.#lost++);
    const flow = this.#flow;
    if (this.transmit(bytes, isConnected ? null : (remote ?? addr)) > flow.high && !flow.isPaused && this.flush() > flow.high)
      flow.pause(this);
  }

  override close(): void {
    if (this.#closing) return;
    this.#closing = true;
    if (this.#lost === 0 && this.flush() === 0) this.#loseSoon(null);
  }

  override abort(): void {
    this.#closing = true;
    if (this.#lost === 0) this.#loseSoon(null);
  }

  override isClosing(): boolean {
    return this.#closing;
  }

  override getWriteBufferSize(): number {
    return this.#lost > 0 ? 0 : this.flush();
  }

  override getWriteBufferLimits(): { low: number; high: number } {
    return this.#flow.limits;
  }

  override setWriteBufferLimits(limits: { high?: number; low?: number } = {}): void {
    this.#flow.setLimits(this, limits);
  }

  override setProtocol(protocol: DatagramProtocol<Place>): void {
    if (typeof protocol !== "object" || protocol === null) throw new TypeError(`protocol must be a protocol, got ${describe(protocol)}`);
    this.#protocol = protocol;
  }

  override getProtocol(): DatagramProtocol<Place> {
    return this.#protocol;
  }

  override getExtraInfo<K extends keyof ExtraInfo>(name: K): ExtraInfo[K];
  override getExtraInfo(name: string, fallback?: unknown): unknown;
  override getExtraInfo(name: string, fallback?: unknown): unknown {
    if (name === "socket") return this.transportSocket();
    if (name === "sockname") return this.sockname() ?? fallback;
    const { remote, isConnected } = this.end;
    if (name !== "peername" || remote === null || !isConnected) return fallback;
    return typeof remote === "string" ? remote : { ...remote };
  }

  override toString(): string {
    return `<${this.constructor.name} ${this.#lost > 0 ? "closed" : this.#closing ? "closing" : "open"}>`;
  }

  // ---------------------------------------------------------------------------------------------- inside

  #report(method: string, exception: unknown): void {
    this.loop.callExceptionHandler({ message: `protocol.${method}() failed`, exception, transport: this, protocol: this.#protocol });
  }

  #message(): ConnectionMessage {
    return { transport: this, protocol: this.#protocol, server: null };
  }

  #loseSoon(error: Error | null): void {
    this.#lost = 1;
    const tell = (): void => {
      if (connectionLost.hasSubscribers) connectionLost.publish({ ...this.#message(), error } satisfies ConnectionLostMessage);
      try {
        this.#protocol.connectionLost?.(error);
      } finally {
        this.release();
      }
    };
    this.loop.enqueue(new Handle(this.loop, tell, null, this.context));
  }
}

function isSame(addr: Target, remote: Place): boolean {
  if (typeof addr === "string" || typeof remote === "string") return addr === remote;
  return addr.address === remote.address && addr.port === remote.port;
}

function textOf(place: Place): string {
  return typeof place === "string" ? place : `${place.address}:${place.port}`;
}

function checkTarget(addr: Target | null, family: SocketFamily): void {
  if (addr === null) throw new TypeError("addr is needed: the endpoint is not connected");
  if (family === "unix") {
    if (typeof addr !== "string") throw new TypeError(`addr must be the path of a Unix socket, got ${describe(addr)}`);
    checkPath(addr);
    return;
  }
  if (typeof addr !== "object" || typeof addr.address !== "string")
    throw new TypeError(`addr must be { address, port }, got ${describe(addr)}`);
  const { port } = addr;
  if (typeof port !== "number" || !(port >= 0 && port <= 65535) || !Number.isInteger(port)) {
    throw new TypeError(`addr.port must be an integer from 0 to 65535, got ${describe(port)}`);
  }
}

/** What `sendto` says of a name: looking it up would take a thread, for each datagram. */
export function notNumeric(addr: AddressLike): ValueError {
  return new ValueError(`addr.address must be an IP address, got ${describe(addr.address)}; look names up with loop.getaddrinfo()`);
}
