/** The transport of datagrams, shared by both loops. */
import { contextState, currentContext, type Context } from "../core/contextvars.js";
import type { Address, AddressLike, DatagramProtocol, EventLoop, ExtraInfo, SocketFamily, TransportSocket } from "../core/contracts.js";
import { ValueError } from "../core/errors.js";
import { Handle } from "../core/handles.js";
import type { Future } from "../tasks/future.js";
import { bytesOf, lengthOf } from "../util/bytes.js";
import { FlowControl, warnOfLostWrites } from "./flow-control.js";
import { DatagramTransport } from "./transports.js";
import { describe } from "../util/format.js";
import { checkPath } from "./unix-path.js";
import { connectionLost, connectionMade, type ConnectionLostMessage, type ConnectionMessage } from "./diagnostics.js";

/** Bytes that each datagram adds to the write buffer's size besides its data, as in asyncio, so that empty datagrams count too. */
export const DATAGRAM_OVERHEAD = 8;

/** The source or destination of a datagram: an address, or a path for Unix sockets. */
export type Place = Address | string;

/** A destination as an argument of `sendto`. */
export type Target = AddressLike | string;

/** The socket's family and its peer. */
export interface DatagramEnd {
  readonly family: SocketFamily;
  /** The only destination that `sendto` allows, and its default; null if any is allowed. */
  readonly remote: Place | null;
  /** Whether the socket is connected to `remote`. If so, the system drops datagrams from other senders. */
  readonly isConnected: boolean;
}

/**
 * asyncio's state machine of a datagram endpoint, shared by both loops. Each loop's subclass sends, receives and closes, and reports
 * events by calling the `on...` methods from inside the loop's turn. The states:
 *
 * - open: datagrams are sent and delivered.
 * - closing: no datagram is delivered; those in the write buffer are still sent. Set by `close`; never cleared.
 * - lost: nothing is sent, and `sendto` drops its data. connectionLost is scheduled or was called, exactly once, and then `release`.
 *   Set when the write buffer of a closing endpoint is empty, or by `abort`; never cleared.
 */
export abstract class DatagramSocketTransport extends DatagramTransport<Place> {
  /** @internal */ readonly loop: EventLoop;
  /** The context in which the protocol's methods are called, except pauseWriting: a copy of the creator's. @internal */
  readonly context: Context;
  #protocol: DatagramProtocol<Place>;
  protected readonly end: DatagramEnd;
  readonly #flow = new FlowControl();
  /** True once closing or lost. */
  #closing = false;
  /** 0 until lost; then one more than the number of datagrams that were dropped since. */
  #lost = 0;

  constructor(loop: EventLoop, protocol: DatagramProtocol<Place>, end: DatagramEnd) {
    super();
    this.loop = loop;
    this.context = currentContext().copy();
    this.#protocol = protocol;
    this.end = end;
  }

  // ---------------------------------------------------------------------------------------------- implemented by each loop

  /**
   * Sends all `length` bytes as a datagram to `to`; null means the peer of a connected socket. Copies `bytes` if it keeps them. Returns an
   * upper bound of the write buffer's size, in the unit of getWriteBufferSize.
   */
  protected abstract transmit(bytes: Uint8Array, length: number, to: Target | null): number;
  /** Passes as much as possible to the system. Returns the write buffer's size. */
  protected abstract flush(): number;
  protected abstract receiveStart(): void;
  protected abstract sockname(): Place | undefined;
  protected abstract transportSocket(): TransportSocket;
  /** Closes the socket now and drops unsent datagrams. Called once. */
  protected abstract release(): void;

  /** Schedules connectionMade, and then, in a second handle, the start of receiving and the completion of `waiter`, as in asyncio. */
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

  /** Called for each received datagram. @internal */
  onDatagram(data: Buffer, sender: Place): void {
    if (this.#closing) return;
    const { stores } = this.context;
    if (stores === null) this.#deliver(data, sender);
    else stores.runInAsyncScope(this.#deliver, this, data, sender);
  }

  #deliver(data: Buffer, sender: Place): void {
    contextState.current = this.context;
    try {
      this.#protocol.datagramReceived(data, sender);
    } catch (exception) {
      this.#report("datagramReceived", exception);
    } finally {
      contextState.current = null;
    }
  }

  /** Called when sending or receiving has failed. The endpoint stays open. @internal */
  onError(error: Error): void {
    if (this.#lost > 0) return;
    const { stores } = this.context;
    if (stores === null) this.#deliverError(error);
    else stores.runInAsyncScope(this.#deliverError, this, error);
  }

  #deliverError(error: Error): void {
    contextState.current = this.context;
    try {
      this.#protocol.errorReceived?.(error);
    } catch (exception) {
      this.#report("errorReceived", exception);
    } finally {
      contextState.current = null;
    }
  }

  /** Called when the write buffer has shrunk to `unsent`. @internal */
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
      throw new ValueError(`Invalid address: must be null or ${textOf(remote)}, the endpoint's remoteAddr`);
    }
    if (this.#lost > 0) return warnOfLostWrites(this, this.#lost++);
    const flow = this.#flow;
    const unsent = this.transmit(bytes, lengthOf(bytes), isConnected ? null : (remote ?? addr));
    if (unsent > flow.high && !flow.isPaused && this.flush() > flow.high) flow.pause(this);
  }

  override close(): void {
    if (this.#closing) return;
    this.#closing = true;
    if (this.#lost === 0 && this.flush() === 0) this.#loseSoon(null);
  }

  override abort(): void {
    this.#closing = true;
    if (this.#lost > 0) return;
    this.flush(); // In asyncio sendto() has sent what the system took.
    this.#loseSoon(null);
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
    if (typeof protocol !== "object" || protocol === null) throw new TypeError(`protocol must be an object, got ${describe(protocol)}`);
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

  // ---------------------------------------------------------------------------------------------- private

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
  if (addr === null) throw new TypeError("addr is required: the endpoint has no remoteAddr");
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

/** Returns the error of `sendto` for a host name. Names are not allowed, because each datagram would need a lookup in a thread. */
export function notNumeric(addr: AddressLike): ValueError {
  return new ValueError(`addr.address must be an IP address, got ${describe(addr.address)}; look names up with loop.getaddrinfo()`);
}
