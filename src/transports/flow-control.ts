import { HIGH_WATER_BYTES, LOST_WRITES_BEFORE_WARNING } from "../core/constants.js";
import { contextState, type Context } from "../core/contextvars.js";
import type { EventLoop } from "../core/contracts.js";
import { ValueError } from "../core/errors.js";
import { describe } from "../util/format.js";

/** What flow control knows of the transport that it is a part of. */
export interface Flowing {
  readonly loop: EventLoop;
  readonly context: Context;
  getProtocol(): { pauseWriting?(): void; resumeWriting?(): void };
  getWriteBufferSize(): number;
}

/**
 * The write buffer's water marks, and whether the protocol was told to stop writing. Mirrors asyncio's _FlowControlMixin. The marks are
 * plain fields, as every write compares with one; the transport is an argument, as there is one of these for each connection.
 */
export class FlowControl {
  /** Bytes above which the protocol is paused. */
  high = HIGH_WATER_BYTES;
  /** Bytes from which on down it is resumed. */
  low = HIGH_WATER_BYTES / 4;
  isPaused = false;

  get limits(): { low: number; high: number } {
    return { low: this.low, high: this.high };
  }

  /** asyncio's arithmetic: only `low` gives high = 4 * low, only `high` gives low = high / 4. ValueError for marks in the wrong order. */
  setLimits(transport: Flowing, { high, low }: { high?: number; low?: number }): void {
    checkMark("high", high);
    checkMark("low", low);
    const top = high ?? (low === undefined ? HIGH_WATER_BYTES : 4 * low);
    const bottom = low ?? Math.floor(top / 4);
    if (!(top >= bottom && bottom >= 0)) throw new ValueError(`high (${top}) must be >= low (${bottom}) must be >= 0`);
    this.high = top;
    this.low = bottom;
    if (!this.isPaused && transport.getWriteBufferSize() > top) this.pause(transport);
  }

  /** Tells the protocol to stop writing, from inside its own call: in whatever context that is. */
  pause(transport: Flowing): void {
    this.isPaused = true;
    const protocol = transport.getProtocol();
    try {
      protocol.pauseWriting?.();
    } catch (exception) {
      transport.loop.callExceptionHandler({ message: "protocol.pauseWriting() failed", exception, transport, protocol });
    }
  }

  /** Tells the protocol to go on, if it was paused and no more than `low` is unsent; from an event of the loop. */
  resume(transport: Flowing, unsent: number): void {
    if (!this.isPaused || unsent > this.low) return;
    this.isPaused = false;
    const protocol = transport.getProtocol();
    contextState.current = transport.context;
    try {
      protocol.resumeWriting?.();
    } catch (exception) {
      transport.loop.callExceptionHandler({ message: "protocol.resumeWriting() failed", exception, transport, protocol });
    } finally {
      contextState.current = null;
    }
  }
}

/** What a transport sends of `data`. TypeError for what is neither bytes nor text. */
export function bytesOf(data: Uint8Array | string): Uint8Array {
  const bytes = typeof data === "string" ? Buffer.from(data) : data;
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`data must be a Uint8Array or a string, got ${describe(data)}`);
  return bytes;
}

/** `count`: writes that were dropped since the transport was lost; once there are several, who writes has missed that. */
export function warnOfLostWrites(transport: object, count: number): void {
  if (count === LOST_WRITES_BEFORE_WARNING) {
    console.warn(`uvio: ${String(transport)} is written to again and again after the connection was lost`);
  }
}

function checkMark(name: string, value: unknown): void {
  if (value !== undefined && !Number.isInteger(value))
    throw new TypeError(`${name} must be an integer number of bytes, got ${describe(value)}`);
}
