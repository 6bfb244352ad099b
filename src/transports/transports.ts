/** The abstract transports: base classes for your own transports, and for `instanceof`. Mirrors asyncio.transports. */
import type * as contracts from "../core/contracts.js";
import { NotImplementedError } from "../core/errors.js";
import { bytesOf, viewOf } from "../util/bytes.js";
import { className, describe } from "../util/format.js";

/** Throws NotImplementedError, for a method that the class does not override. @internal */
export function missing(owner: object, method: string): never {
  throw new NotImplementedError(`${className(owner)} does not support ${method}()`);
}

/** Set on one-way transports whose class also serves two-way ones: the class that `instanceof` reports. @internal */
export const oneWay: unique symbol = Symbol("uvio.oneWay");

/** `instanceof` for the three kinds of stream transports. In asyncio a Transport has two bases, ReadTransport and WriteTransport. */
function isStream(Kind: abstract new () => BaseTransport, value: unknown): boolean {
  if (!(value instanceof BaseTransport)) return false;
  const only = (value as { [oneWay]?: unknown })[oneWay];
  if (only !== undefined && STREAMS.includes(Kind)) return only === Kind;
  return isPrototypeOf(Kind, value) || (Kind === ReadTransport && isPrototypeOf(Transport, value));
}

function isPrototypeOf(Kind: { readonly prototype: object }, value: object): boolean {
  return Object.prototype.isPrototypeOf.call(Kind.prototype, value);
}

/** The base of all transports. Methods that a transport type does not support throw NotImplementedError. Mirrors asyncio.BaseTransport. */
export abstract class BaseTransport<P = contracts.BaseProtocol> implements contracts.BaseTransport<P> {
  /** Closes once the write buffer is sent; then calls the protocol's connectionLost(null). Data is no longer delivered. */
  close(): void {
    missing(this, "close");
  }

  /** Whether the transport is closed or closing. Mirrors transport.is_closing. */
  isClosing(): boolean {
    return missing(this, "isClosing");
  }

  /** Returns `sockname`, `peername` or another property; `fallback` if the transport lacks it. Mirrors transport.get_extra_info. */
  getExtraInfo<K extends keyof contracts.ExtraInfo>(name: K): contracts.ExtraInfo[K];
  getExtraInfo(name: string, fallback?: unknown): unknown;
  getExtraInfo(_name: string, fallback?: unknown): unknown {
    return fallback;
  }

  /** Replaces the protocol. Mirrors transport.set_protocol. */
  setProtocol(_protocol: P): void {
    missing(this, "setProtocol");
  }

  /** Returns the protocol. Mirrors transport.get_protocol. */
  getProtocol(): P {
    return missing(this, "getProtocol");
  }
}

/** A transport to read from, such as the reading end of a pipe. Mirrors asyncio.ReadTransport. */
export abstract class ReadTransport extends BaseTransport implements contracts.ReadTransport {
  /** @internal */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isStream(this, value);
  }

  /** Whether data is delivered: false after pauseReading() and when closing. Mirrors transport.is_reading. */
  isReading(): boolean {
    return missing(this, "isReading");
  }

  /** Stops delivering data until resumeReading(). Idempotent; has no effect when closing. Mirrors transport.pause_reading. */
  pauseReading(): void {
    missing(this, "pauseReading");
  }

  /** Delivers data again. Idempotent; has no effect when closing. Mirrors transport.resume_reading. */
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

  /**
   * Sends bytes, or a string as UTF-8. Never blocks: bytes that the system does not accept yet are buffered. The caller may reuse `data`
   * afterwards. Throws RuntimeError after writeEof().
   */
  write(_data: Uint8Array | string): void {
    missing(this, "write");
  }

  /** Writes the items of the list, joined, by one call of write(). Throws TypeError unless the list is iterable. */
  writelines(list: Iterable<Uint8Array | string>): void {
    checkList(list);
    this.write(Buffer.concat([...list].map((data) => viewOf(bytesOf(data)))));
  }

  /** Closes the sending side once the write buffer is sent. Data can still be received. Mirrors transport.write_eof. */
  writeEof(): void {
    missing(this, "writeEof");
  }

  /** Whether writeEof() is supported. It is not with TLS. Mirrors transport.can_write_eof. */
  canWriteEof(): boolean {
    return missing(this, "canWriteEof");
  }

  /** Closes immediately and drops the write buffer; then calls the protocol's connectionLost(null). */
  abort(): void {
    missing(this, "abort");
  }

  /** Returns the number of bytes that the system has not accepted yet. Mirrors transport.get_write_buffer_size. */
  getWriteBufferSize(): number {
    return missing(this, "getWriteBufferSize");
  }

  /** Returns the marks of setWriteBufferLimits(), in bytes. Mirrors transport.get_write_buffer_limits. */
  getWriteBufferLimits(): { low: number; high: number } {
    return missing(this, "getWriteBufferLimits");
  }

  /**
   * Sets the marks of the write buffer in bytes. The transport calls the protocol's pauseWriting() above `high`, and resumeWriting() at
   * `low` or below. Default: `high` 65536, `low` a quarter of `high`. A TLS transport starts with 524288 and 131072. Throws ValueError
   * unless `high >= low >= 0`.
   */
  setWriteBufferLimits(_limits?: { high?: number; low?: number }): void {
    missing(this, "setWriteBufferLimits");
  }
}

/**
 * A transport of bytes in both directions, such as TCP; an instance of ReadTransport and WriteTransport, too. The loop creates it for a
 * protocol. Mirrors asyncio.Transport.
 */
export abstract class Transport extends WriteTransport implements contracts.Transport {}
// The second base: JavaScript classes have one.
export interface Transport extends ReadTransport {}
for (const name of ["isReading", "pauseReading", "resumeReading"] as const) {
  Object.defineProperty(Transport.prototype, name, Object.getOwnPropertyDescriptor(ReadTransport.prototype, name)!);
}

const STREAMS: readonly unknown[] = [ReadTransport, WriteTransport, Transport];

/** A transport of datagrams, such as UDP. Mirrors asyncio.DatagramTransport. */
export abstract class DatagramTransport<A = contracts.Address>
  extends BaseTransport<contracts.DatagramProtocol<A>>
  implements contracts.DatagramTransport<A>
{
  /**
   * Sends one datagram to an IP address or a path; by default to the endpoint's remote address. Never blocks: a datagram that the system
   * does not accept yet is buffered. Failures are reported to the protocol's errorReceived(). The caller may reuse `data` afterwards.
   */
  sendto(_data: Uint8Array | string, _addr?: contracts.AddressLike | string | null): void {
    missing(this, "sendto");
  }

  /** Closes immediately and drops the write buffer; then calls the protocol's connectionLost(null). */
  abort(): void {
    missing(this, "abort");
  }

  /** Returns the number of bytes that the system has not accepted yet, plus 8 for each datagram. Mirrors get_write_buffer_size. */
  getWriteBufferSize(): number {
    return missing(this, "getWriteBufferSize");
  }

  /** Returns the marks of setWriteBufferLimits(), in bytes. Mirrors transport.get_write_buffer_limits. */
  getWriteBufferLimits(): { low: number; high: number } {
    return missing(this, "getWriteBufferLimits");
  }

  /** Sets the marks in bytes, as Transport.setWriteBufferLimits does. */
  setWriteBufferLimits(_limits?: { high?: number; low?: number }): void {
    missing(this, "setWriteBufferLimits");
  }
}

/** A transport to a child process. Mirrors asyncio.SubprocessTransport. */
export abstract class SubprocessTransport extends BaseTransport<contracts.SubprocessProtocol> implements contracts.SubprocessTransport {
  /** Returns the process id. Mirrors transport.get_pid. */
  getPid(): number {
    return missing(this, "getPid");
  }

  /** Returns null while the process runs, then its exit code, or -N if signal N killed it. Mirrors transport.get_returncode. */
  getReturncode(): number | null {
    return missing(this, "getReturncode");
  }

  /** Returns the pipe to the child's descriptor 0 (to write), 1 or 2 (to read); null if there is none. Mirrors get_pipe_transport. */
  getPipeTransport(_fd: number): contracts.Transport | null {
    return missing(this, "getPipeTransport");
  }

  /**
   * Sends a signal, by name or number. Has no effect if the process has exited and a pipe is still open; throws ESRCH once all its pipes
   * are closed too. Mirrors transport.send_signal.
   */
  sendSignal(_signal: NodeJS.Signals | number): void {
    missing(this, "sendSignal");
  }

  /** Sends SIGTERM, as sendSignal() does. */
  terminate(): void {
    missing(this, "terminate");
  }

  /** Sends SIGKILL, as sendSignal() does. */
  kill(): void {
    missing(this, "kill");
  }

  /**
   * Waits for the exit and returns the return code. If the process has not exited at the time of the call and `pipes` is true, also waits
   * until all its pipes are closed. @internal
   */
  waitForExit(_pipes: boolean): contracts.Awaitable<number> {
    return missing(this, "waitForExit");
  }
}

/** Throws TypeError unless writelines() can iterate over `list`. */
export function checkList(list: unknown): void {
  if (typeof (list as Partial<Iterable<unknown>> | null | undefined)?.[Symbol.iterator] === "function") return;
  throw new TypeError(`list must be an iterable of Uint8Arrays and strings, got ${describe(list)}`);
}
