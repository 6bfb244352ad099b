import { contextState, currentContext, type Context } from "../core/contextvars.js";
import type { BaseProtocol, BorrowingProtocol, BufferedProtocol, EventLoop, Protocol, Server } from "../core/contracts.js";
import { RuntimeError } from "../core/errors.js";
import { Handle } from "../core/handles.js";
import type { Future } from "../tasks/future.js";
import { bytesOf, FlowControl, warnOfLostWrites } from "./flow-control.js";
import { Transport } from "./transports.js";
import { describe } from "../util/format.js";
import type { ListNode } from "../util/linked-list.js";
import { connectionLost, connectionMade, type ConnectionLostMessage, type ConnectionMessage } from "./diagnostics.js";

/** Whom a transport tells that it is gone: the server that accepted it. */
export interface TransportOwner extends Server<unknown> {
  /** @internal */ attach(transport: StreamTransport): void;
  /** @internal */ detach(transport: StreamTransport): void;
}

/**
 * How a protocol receives bytes; decided by each setProtocol(). Lasting bytes may be kept for ever: dataReceived(). Transient bytes are valid
 * only during the call: bytesBorrowed(), and getBuffer(), into whose memory they are copied.
 */
export const Receiver = { LASTING: 0, BUFFERED: 1, TRANSIENT: 2 } as const;

/**
 * asyncio's state machine of a byte stream, the same on both loops: order of callbacks, half-close, flow control, errors.
 * A loop's own class sends, receives and closes, and reports events by the `on...` methods, from inside the loop's turn.
 */
export abstract class StreamTransport extends Transport implements ListNode {
  /** @internal */ readonly loop: EventLoop;
  /** Links of the server's list. */
  previous: ListNode | null = null;
  next: ListNode | null = null;
  /** What every call of the protocol runs in: the context the transport was made in. @internal */
  readonly context: Context;
  /** @internal */ protocol: BaseProtocol;
  /** @internal */ receiver: number = Receiver.LASTING;
  #owner: TransportOwner | null;
  readonly #flow = new FlowControl();
  #paused = false;
  #eofRequested = false;
  /** No more data is delivered. @internal */
  closing = false;
  /** 0 while writes are sent; then counts the writes that were dropped, plus one. */
  #lost = 0;
  #begun = false;
  /** Of loop.sendfile() while it uses the connection: nobody else may write. Called when the connection is lost. @internal */
  fileSender: (() => void) | null = null;

  constructor(loop: EventLoop, protocol: BaseProtocol, owner: TransportOwner | null) {
    super();
    this.loop = loop;
    this.context = currentContext().copy();
    this.protocol = protocol;
    this.receiver = receiverOf(protocol);
    this.#owner = owner;
    owner?.attach(this);
  }

  // ---------------------------------------------------------------------------------------------- for the loop's own class

  /** Takes bytes that the caller may reuse; returns how many of this connection's bytes may be unsent now (an upper bound). */
  protected abstract send(bytes: Uint8Array): number;
  /** Hands over to the system what can be; returns how many bytes are unsent now. */
  protected abstract flush(): number;
  protected abstract readStart(): void;
  protected abstract readStop(): void;
  /** Closes the sending side once everything was sent. */
  protected abstract shutdownSending(): void;
  /** Closes the connection now, dropping what is unsent. Called once. */
  protected abstract release(): void;
  /** The way of receiving may have changed. */
  protected receiverChanged(): void {}

  /** Whether a regular close has nothing left to say to the peer; if it has, it begins to, and onDrained(0) is called when that is over. */
  protected takeLeave(): boolean {
    return true;
  }

  /** Has connectionMade called, then reading started, then `waiter` told; each one turn after the other was scheduled, as in asyncio. */
  begin(waiter: Future<void> | null): void {
    const { loop, context } = this;
    loop.enqueue(new Handle(loop, () => this.protocol.connectionMade?.(this), null, context));
    this.beginReading(waiter);
  }

  /** The second half of begin(). */
  protected beginReading(waiter: Future<void> | null): void {
    const { loop, context } = this;
    loop.enqueue(
      new Handle(
        loop,
        () => {
          this.#begun = true;
          if (connectionMade.hasSubscribers) connectionMade.publish(this.#message());
          if (!this.closing && !this.#paused) this.readStart();
          if (waiter !== null && !waiter.done()) waiter.setResult(undefined);
        },
        null,
        context,
      ),
    );
  }

  /** Delivers lasting bytes, for Receiver.LASTING. @internal */
  onData(data: Buffer): void {
    contextState.current = this.context;
    try {
      (this.protocol as Protocol).dataReceived(data);
    } catch (error) {
      this.fatalError(error, "Fatal error: protocol.dataReceived() call failed.");
    } finally {
      contextState.current = null;
    }
  }

  /** Delivers transient bytes, for the other receivers. @internal */
  onTransientData(bytes: Uint8Array): void {
    contextState.current = this.context;
    try {
      if (this.receiver === Receiver.TRANSIENT) (this.protocol as BorrowingProtocol).bytesBorrowed(bytes);
      else this.#fillBuffers(bytes);
    } catch (error) {
      this.fatalError(error, "Fatal error: protocol.getBuffer() or bufferUpdated() call failed.");
    } finally {
      contextState.current = null;
    }
  }

  /** The peer has ended its side. @internal */
  onEof(): void {
    if (this.closing) return;
    let keepOpen: unknown;
    contextState.current = this.context;
    try {
      keepOpen = (this.protocol as Protocol).eofReceived?.();
    } catch (error) {
      this.fatalError(error, "Fatal error: protocol.eofReceived() call failed.");
      return;
    } finally {
      contextState.current = null;
    }
    if (!keepOpen) this.close();
    else this.keepHalfOpen();
  }

  /** The protocol wants to go on sending after the peer's end. */
  protected keepHalfOpen(): void {
    this.readStop();
  }

  /** Some of what was unsent has left; `unsent` bytes have not. @internal */
  onDrained(unsent: number): void {
    this.#flow.resume(this, unsent);
    if (unsent === 0 && this.closing && this.#lost === 0 && this.takeLeave()) {
      this.#lost = 1;
      this.#connectionLost(null);
    }
  }

  /** The connection failed: nothing more can be sent or received. @internal */
  onError(error: Error): void {
    if (this.#lost > 0) return;
    this.#forceClose(error);
  }

  /** Reports the error and closes at once. */
  protected fatalError(exception: unknown, message: string): void {
    this.loop.callExceptionHandler({ message, exception, transport: this, protocol: this.protocol });
    this.#forceClose(exception instanceof Error ? exception : new Error(describe(exception), { cause: exception }));
  }

  // ---------------------------------------------------------------------------------------------- asyncio's API

  override write(data: Uint8Array | string): void {
    const bytes = bytesOf(data);
    if (this.#eofRequested) throw new RuntimeError("Cannot call write() after writeEof(): the sending side is closed");
    if (bytes.length === 0) return;
    if (this.fileSender !== null) throw new RuntimeError("unable to write; sendfile is in progress");
    if (this.#lost > 0) return warnOfLostWrites(this, this.#lost++);
    const flow = this.#flow;
    if (this.send(bytes) > flow.high && !flow.isPaused && this.flush() > flow.high) flow.pause(this);
  }

  override close(): void {
    if (this.closing) return;
    this.closing = true;
    this.readStop();
    if (this.#lost === 0 && this.flush() === 0 && this.#lost === 0 && this.takeLeave()) {
      this.#lost = 1;
      this.#connectionLostSoon(null);
    }
  }

  override abort(): void {
    this.#forceClose(null);
  }

  override isClosing(): boolean {
    return this.closing;
  }

  override writeEof(): void {
    if (this.closing || this.#eofRequested) return;
    this.#eofRequested = true;
    this.shutdownSending();
  }

  override canWriteEof(): boolean {
    return true;
  }

  override isReading(): boolean {
    return !this.closing && !this.#paused;
  }

  override pauseReading(): void {
    if (this.closing || this.#paused) return;
    this.#paused = true;
    if (this.#begun) this.readStop();
  }

  override resumeReading(): void {
    if (this.closing || !this.#paused) return;
    this.#paused = false;
    if (this.#begun) this.readStart();
  }

  /** @internal */
  get isProtocolPaused(): boolean {
    return this.#flow.isPaused;
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

  override setProtocol(protocol: BaseProtocol): void {
    if (typeof protocol !== "object" || protocol === null) throw new TypeError(`protocol must be a protocol, got ${describe(protocol)}`);
    this.protocol = protocol;
    this.receiver = receiverOf(protocol);
    if (!this.closing) this.receiverChanged();
  }

  override getProtocol(): BaseProtocol {
    return this.protocol;
  }

  override toString(): string {
    return `<${this.constructor.name} ${this.#lost > 0 ? "closed" : this.closing ? "closing" : "open"}>`;
  }

  // ---------------------------------------------------------------------------------------------- inside

  #fillBuffers(bytes: Uint8Array): void {
    while (!this.closing) {
      if (this.receiver !== Receiver.BUFFERED) {
        // bufferUpdated has switched protocols: the rest is the new one's.
        if (this.receiver === Receiver.LASTING) (this.protocol as Protocol).dataReceived(Buffer.from(bytes));
        else (this.protocol as BorrowingProtocol).bytesBorrowed(bytes);
        return;
      }
      const protocol = this.protocol as BufferedProtocol;
      const { length } = bytes;
      const buffer = protocol.getBuffer(length);
      if (!(buffer instanceof Uint8Array)) throw new TypeError(`getBuffer() must return a Uint8Array, got ${describe(buffer)}`);
      const room = buffer.length;
      if (room === 0) throw new RuntimeError("getBuffer() returned an empty buffer");
      if (room >= length) {
        buffer.set(bytes);
        protocol.bufferUpdated(length);
        return;
      }
      buffer.set(bytes.subarray(0, room));
      protocol.bufferUpdated(room);
      bytes = bytes.subarray(room);
    }
  }

  #forceClose(error: Error | null): void {
    if (this.#lost > 0) return;
    if (!this.closing) {
      this.closing = true;
      this.readStop();
    }
    this.#lost = 1;
    this.#connectionLostSoon(error);
  }

  #connectionLostSoon(error: Error | null): void {
    this.loop.enqueue(new Handle(this.loop, () => this.#tellConnectionLost(error), null, this.context));
  }

  /** From inside the loop's own event, where no further turn is due. */
  #connectionLost(error: Error | null): void {
    new Handle(this.loop, () => this.#tellConnectionLost(error), null, this.context).run();
  }

  #message(): ConnectionMessage {
    return { transport: this, protocol: this.protocol, server: this.#owner };
  }

  #tellConnectionLost(error: Error | null): void {
    // One that has not begun, as its handshake has failed, was not told of before.
    if (this.#begun && connectionLost.hasSubscribers) {
      connectionLost.publish({ ...this.#message(), error } satisfies ConnectionLostMessage);
    }
    try {
      this.protocol.connectionLost?.(error);
    } finally {
      this.fileSender?.();
      this.release();
      const owner = this.#owner;
      this.#owner = null;
      owner?.detach(this);
    }
  }
}

function receiverOf(protocol: BaseProtocol): number {
  if (typeof (protocol as Partial<BorrowingProtocol>).bytesBorrowed === "function") return Receiver.TRANSIENT;
  if (typeof (protocol as Partial<BufferedProtocol>).getBuffer === "function") return Receiver.BUFFERED;
  return Receiver.LASTING;
}
