/** The flow control of a transport's write buffer. */
import { HIGH_WATER_BYTES, LOST_WRITES_BEFORE_WARNING } from "../core/constants.js";
import { contextState, type Context } from "../core/contextvars.js";
import type { EventLoop } from "../core/contracts.js";
import { ValueError } from "../core/errors.js";
import { describe } from "../util/format.js";

/** A transport, as its FlowControl uses it. */
export interface Flowing {
  readonly loop: EventLoop;
  readonly context: Context;
  getProtocol(): { pauseWriting?(): void; resumeWriting?(): void };
  getWriteBufferSize(): number;
}

/**
 * The write buffer's water marks, and whether the protocol is paused. Mirrors asyncio's _FlowControlMixin.
 *
 * - flowing: the protocol may write. The initial state; `resume` returns to it when at most `low` bytes are unsent.
 * - paused: pauseWriting() was called, and resumeWriting() was not called since. Set by a write, or by new limits, when more than `high`
 *   bytes are unsent.
 *
 * The two callbacks alternate, starting with pauseWriting(), and `high >= low >= 0`. A connection that was ever paused, or has marks of its
 * own, has one of these objects; the others share STANDARD_FLOW. The marks are public fields because every write compares against one.
 */
export class FlowControl {
  /** The protocol is paused above this number of bytes. */
  high = HIGH_WATER_BYTES;
  /** The protocol is resumed at this number of bytes or below. */
  low = HIGH_WATER_BYTES / 4;
  isPaused = false;

  get limits(): { low: number; high: number } {
    return { low: this.low, high: this.high };
  }

  /**
   * Sets the marks, in bytes. If only `low` is given, `high` is 4 times as much; if only `high` is given, `low` is a quarter of it.
   * Throws TypeError unless the marks are integers, and ValueError unless `high >= low >= 0`.
   */
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

  /** Calls pauseWriting(). The protocol's own call has led here, so the context is the caller's. */
  pause(transport: Flowing): void {
    this.isPaused = true;
    const protocol = transport.getProtocol();
    try {
      protocol.pauseWriting?.();
    } catch (exception) {
      transport.loop.callExceptionHandler({ message: "protocol.pauseWriting() failed", exception, transport, protocol });
    }
  }

  /** Calls resumeWriting() in the transport's context, if the protocol is paused and at most `low` bytes are unsent. */
  resume(transport: Flowing, unsent: number): void {
    if (!this.isPaused || unsent > this.low) return;
    this.isPaused = false;
    const { stores } = transport.context;
    if (stores === null) this.#callResume(transport);
    else stores.runInAsyncScope(this.#callResume, this, transport);
  }

  #callResume(transport: Flowing): void {
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

/** The flow control of a transport that has the standard marks and was never paused. Never changed. */
export const STANDARD_FLOW = new FlowControl();
Object.freeze(STANDARD_FLOW);

/** Warns once, at the fifth write to a lost connection. `count` is the number of such writes, the current one included. */
export function warnOfLostWrites(transport: object, count: number): void {
  if (count === LOST_WRITES_BEFORE_WARNING) {
    console.warn(`uvio: ${String(transport)} has lost its connection and drops all writes; stop writing after connectionLost()`);
  }
}

function checkMark(name: string, value: unknown): void {
  if (value !== undefined && !Number.isInteger(value))
    throw new TypeError(`${name} must be an integer number of bytes, got ${describe(value)}`);
}
