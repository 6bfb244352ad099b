/** The abstract transports, as bases for transports of your own and for `instanceof`. Mirrors asyncio.transports. */
import type * as contracts from "../core/contracts.js";
import { NotImplementedError } from "../core/errors.js";
import { className, describe } from "../util/format.js";

/** What an abstract method does. @internal */
export function missing(owner: object, method: string): never {
  throw new NotImplementedError(`${className(owner)} has no ${method}()`);
}

/** On transports that share a class with two-way ones and go in one direction: the class that they are an instance of. @internal */
export const oneWay: unique symbol = Symbol("uvio.oneWay");

/** `instanceof` for the three kinds of streams: a Transport is a ReadTransport and a WriteTransport too, by two bases in asyncio. */
function isStream(Kind: abstract new () => BaseTransport, value: unknown): boolean {
  if (!(value instanceof BaseTransport)) return false;
  const only = (value as { [oneWay]?: unknown })[oneWay];
  if (only !== undefined && STREAMS.includes(Kind)) return only === Kind;
  return isPrototypeOf(Kind, value) || (Kind === ReadTransport && isPrototypeOf(Transport, value));
}

function isPrototypeOf(Kind: { readonly prototype: object }, value: object): boolean {
  return Object.prototype.isPrototypeOf.call(Kind.prototype, value);
}

/** What every transport can do. A method its kind has not is a NotImplementedError. Mirrors asyncio.BaseTransport. */
export abstract class BaseTransport<P = contracts.BaseProtocol> implements contracts.BaseTransport<P> {
  /** Closes after what is buffered was sent; then the protocol's connectionLost(null) is called. */
  close(): void {
    missing(this, "close");
  }

  /** Whether it is closed, or will be when what is buffered was sent. */
  isClosing(): boolean {
    return missing(this, "isClosing");
  }

  /** `sockname`, `peername` and what else the transport knows; `fallback` (undefined) for what it does not. */
  getExtraInfo<K extends keyof contracts.ExtraInfo>(name: K): contracts.ExtraInfo[K];
  getExtraInfo(name: string, fallback?: unknown): unknown;
  getExtraInfo(_name: string, fallback?: unknown): unknown {
    return fallback;
  }

  /** Whom it calls from now on. Mirrors transport.set_protocol. */
  setProtocol(_protocol: P): void {
    missing(this, "setProtocol");
  }

  /** Whom it calls. */
  getProtocol(): P {
    return missing(this, "getProtocol");
  }
}

/** A transport to read from, as of the end of a pipe. Mirrors asyncio.ReadTransport. */
export abstract class ReadTransport extends BaseTransport implements contracts.ReadTransport {
  /** @internal */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isStream(this, value);
  }

  /** Whether data is delivered: not after pauseReading(), nor when closing. */
  isReading(): boolean {
    return missing(this, "isReading");
  }

  /** No data is delivered until resumeReading(). Idempotent; without effect when closing. */
  pauseReading(): void {
    missing(this, "pauseReading");
  }

  /** Data is delivered again. Idempotent; without effect when closing. */
  resumeReading(): void {
    missing(this, "resumeReading");
  }
}

/** A transport to write to, as of the end of a pipe. Mirrors asyncio.WriteTransport. */
export abstract class WriteTransport extends BaseTransport implements contracts.WriteTransport {
  /** @internal */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isStream(this, value);
  }

  /** Sends bytes, or a string as UTF-8; never blocks, buffers what the system does not take. The caller may reuse `data` afterwards. */
  write(_data: Uint8Array | string): void {
    missing(this, "write");
  }

  /** Writes one after the other. */
  writelines(list: Iterable<Uint8Array | string>): void {
    if (typeof (list as Partial<Iterable<unknown>> | null | undefined)?.[Symbol.iterator] !== "function") {
      throw new TypeError(`list must be an iterable of Uint8Arrays and strings, got ${describe(list)}`);
    }
    for (const data of list) this.write(data);
  }

  /** Closes the sending side after what is buffered was sent; data can still be received. */
  writeEof(): void {
    missing(this, "writeEof");
  }

  /** Whether writeEof() can be used: not where there is TLS. */
  canWriteEof(): boolean {
    return missing(this, "canWriteEof");
  }

  /** Closes at once, dropping what is buffered; then the protocol's connectionLost(null) is called. */
  abort(): void {
    missing(this, "abort");
  }

  /** Bytes that the system has not taken yet. */
  getWriteBufferSize(): number {
    return missing(this, "getWriteBufferSize");
  }

  /** Bytes, as setWriteBufferLimits() has set them. */
  getWriteBufferLimits(): { low: number; high: number } {
    return missing(this, "getWriteBufferLimits");
  }

  /** Bytes: above `high` the protocol's pauseWriting() is called, at `low` or below resumeWriting(). Default high 65536, low a quarter of it. */
  setWriteBufferLimits(_limits?: { high?: number; low?: number }): void {
    missing(this, "setWriteBufferLimits");
  }
}

/**
 * A transport of bytes in both directions, as of TCP: `instanceof` calls it a ReadTransport and a WriteTransport too. Made by the loop, for a
 * protocol. Mirrors asyncio.Transport.
 */
export abstract class Transport extends WriteTransport implements contracts.Transport {}
// The second base, which JavaScript has no word for.
export interface Transport extends ReadTransport {}
for (const name of ["isReading", "pauseReading", "resumeReading"] as const) {
  Object.defineProperty(Transport.prototype, name, Object.getOwnPropertyDescriptor(ReadTransport.prototype, name)!);
}

const STREAMS: readonly unknown[] = [ReadTransport, WriteTransport, Transport];

/** A transport of whole datagrams, as of UDP. Mirrors asyncio.DatagramTransport. */
export abstract class DatagramTransport<A = contracts.Address>
  extends BaseTransport<contracts.DatagramProtocol<A>>
  implements contracts.DatagramTransport<A>
{
  /**
   * Sends one datagram to an address (numeric: no names) or a path, or where the endpoint is connected to; never blocks, buffers what the system
   * does not take. What cannot be sent is told to the protocol's errorReceived(). The caller may reuse `data` afterwards.
   */
  sendto(_data: Uint8Array | string, _addr?: contracts.AddressLike | string | null): void {
    missing(this, "sendto");
  }

  /** Closes at once, dropping what is buffered; then the protocol's connectionLost(null) is called. */
  abort(): void {
    missing(this, "abort");
  }

  /** Bytes that the system has not taken yet, and 8 more for each datagram. */
  getWriteBufferSize(): number {
    return missing(this, "getWriteBufferSize");
  }

  /** Bytes, as setWriteBufferLimits() has set them. */
  getWriteBufferLimits(): { low: number; high: number } {
    return missing(this, "getWriteBufferLimits");
  }

  /** As Transport.setWriteBufferLimits. */
  setWriteBufferLimits(_limits?: { high?: number; low?: number }): void {
    missing(this, "setWriteBufferLimits");
  }
}

/** A child process. Mirrors asyncio.SubprocessTransport. */
export abstract class SubprocessTransport extends BaseTransport<contracts.SubprocessProtocol> implements contracts.SubprocessTransport {
  /** Its number in the system. */
  getPid(): number {
    return missing(this, "getPid");
  }

  /** null while the process runs; then its exit code, or -N if signal N has ended it. */
  getReturncode(): number | null {
    return missing(this, "getReturncode");
  }

  /** The pipe to the child's descriptor 0 (to write to), 1 or 2 (to read from); null where there is none. */
  getPipeTransport(_fd: number): contracts.Transport | null {
    return missing(this, "getPipeTransport");
  }

  /** By name or number. Without effect on a process that has just exited; ESRCH when it has gone altogether. */
  sendSignal(_signal: NodeJS.Signals | number): void {
    missing(this, "sendSignal");
  }

  /** Sends SIGTERM. */
  terminate(): void {
    missing(this, "terminate");
  }

  /** Sends SIGKILL. */
  kill(): void {
    missing(this, "kill");
  }

  /** @internal */
  waitForExit(_pipes: boolean): contracts.Awaitable<number> {
    return missing(this, "waitForExit");
  }
}
