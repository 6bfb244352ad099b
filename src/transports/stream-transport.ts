/** The transport of bytes, shared by both loops. */
import { contextState, currentContext, type Context } from "../core/contextvars.js";
import type { BaseProtocol, BorrowingProtocol, BufferedProtocol, EventLoop, Protocol, Server } from "../core/contracts.js";
import { RuntimeError } from "../core/errors.js";
import { Handle } from "../core/handles.js";
import type { Future } from "../tasks/future.js";
import { bytesOf, copyInto, isBytes, lengthOf, viewOf } from "../util/bytes.js";
import { copyOf } from "../util/slab.js";
import { FlowControl, STANDARD_FLOW, warnOfLostWrites } from "./flow-control.js";
import { checkList, Transport } from "./transports.js";
import { describe } from "../util/format.js";
import type { ListNode } from "../util/linked-list.js";
import { connectionLost, connectionMade, type ConnectionLostMessage, type ConnectionMessage } from "./diagnostics.js";

/** The server that accepted a transport. It is notified when the transport is created and when it is closed. */
export interface TransportOwner extends Server<unknown> {
  /** @internal */ attach(transport: StreamTransport): void;
  /** @internal */ detach(transport: StreamTransport): void;
}

/**
 * How a protocol receives bytes; decided by each setProtocol(). Lasting bytes may be kept for ever: dataReceived(). Transient bytes are
 * valid only during the call: bytesBorrowed(), and getBuffer(), into whose memory they are copied. EITHER: bytesBorrowed() of a protocol that
 * keeps the bytes, and would have to copy transient ones.
 */
export const Receiver = { LASTING: 0, BUFFERED: 1, TRANSIENT: 2, EITHER: 3 } as const;

/**
 * asyncio's state machine of a byte stream, shared by both loops: the order of callbacks, half-close, flow control and errors. Each
 * loop's subclass sends, receives and closes, and reports events by calling the `on...` methods from inside the loop's turn.
 *
 * The states, in their order; none is ever left for an earlier one:
 *
 * - created: nothing is received. `begin` schedules connectionMade, and after it the end of this state.
 * - open (`#begun`): data is delivered, unless the protocol has paused reading.
 * - closing (`closing`): no data is delivered; the write buffer is still sent. Set by `close`, and with "lost".
 * - lost (`#lost > 0`): nothing is sent, and writes are dropped. Set when the write buffer of a closing transport is empty and `takeLeave`
 *   agrees, or immediately by `abort` and by errors.
 *
 * Two flags are independent of these: `#paused`, which pauseReading() sets and resumeReading() clears, and `#eofRequested`, which
 * writeEof() sets for good: the sending side is closed and `write` throws.
 *
 * The protocol's connectionMade is called first and once. connectionLost is called last and once, after the state "lost" was set, and
 * then `release`.
 */
export abstract class StreamTransport extends Transport implements ListNode {
  /** @internal */ readonly loop: EventLoop;
  /** The links in the server's list of connections. */
  previous: ListNode | null = null;
  next: ListNode | null = null;
  /** The context in which the protocol's methods are called, except pauseWriting: a copy of the creator's. @internal */
  readonly context: Context;
  /** @internal */ protocol: BaseProtocol;
  /** @internal */ receiver: number = Receiver.LASTING;
  #owner: TransportOwner | null;
  #flow = STANDARD_FLOW;
  #paused = false;
  #eofRequested = false;
  /** True once closing or lost. @internal */
  closing = false;
  /** 0 until lost; then one more than the number of writes that were dropped since. */
  #lost = 0;
  #begun = false;
  /** Not null while loop.sendfile() uses the connection: `write` throws then. Called when the connection is lost. @internal */
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

  // ---------------------------------------------------------------------------------------------- implemented by each loop

  /** Sends all `length` bytes; copies them if it keeps them. Returns an upper bound of the connection's unsent bytes. */
  protected abstract send(bytes: Uint8Array, length: number): number;
  /** Passes as many bytes as possible to the system. Returns the number of unsent bytes. */
  protected abstract flush(): number;
  protected abstract readStart(): void;
  protected abstract readStop(): void;
  /** Closes the sending side once all bytes are sent. */
  protected abstract shutdownSending(): void;
  /** Closes the connection now and drops unsent bytes. Called once. */
  protected abstract release(): void;
  /** Called when `receiver` may have changed. */
  protected receiverChanged(): void {}

  /**
   * Whether a regular close may end now. Called once all bytes are sent. A transport that must still exchange something with the peer, such
   * as TLS, starts that and returns false; it calls onDrained(0) when that is done, which calls this again.
   */
  protected takeLeave(): boolean {
    return true;
  }

  /** Schedules connectionMade, and then, in a second handle, the start of reading and the completion of `waiter`, as in asyncio. */
  begin(waiter: Future<void> | null): void {
    const { loop, context } = this;
    loop.enqueue(new Handle(loop, () => this.protocol.connectionMade?.(this), null, context));
    this.beginReading(waiter);
  }

  /** Schedules the start of reading and the completion of `waiter`: the second half of `begin`. */
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

  /** Delivers lasting bytes, for Receiver.LASTING. Called by the loop's own class. @internal */
  onData(data: Buffer): void {
    const { stores } = this.context;
    if (stores === null) this.#deliver(data);
    else stores.runInAsyncScope(this.#deliver, this, data);
  }

  #deliver(data: Buffer): void {
    contextState.current = this.context;
    try {
      (this.protocol as Protocol).dataReceived(data);
    } catch (error) {
      this.fatalError(error, "Fatal error: protocol.dataReceived() call failed.");
    } finally {
      contextState.current = null;
    }
  }

  /** Delivers bytes to the other receivers, transient ones unless `lasting` is true. Called by the loop's own class. @internal */
  onBytes(bytes: Uint8Array, lasting: boolean): void {
    const { stores } = this.context;
    if (stores === null) this.#deliverBytes(bytes, lasting);
    else stores.runInAsyncScope(this.#deliverBytes, this, bytes, lasting);
  }

  #deliverBytes(bytes: Uint8Array, lasting: boolean): void {
    contextState.current = this.context;
    try {
      if (this.receiver === Receiver.BUFFERED) this.#fillBuffers(bytes, lasting);
      else (this.protocol as BorrowingProtocol).bytesBorrowed(bytes, lasting);
    } catch (error) {
      this.fatalError(error, "Fatal error: protocol.getBuffer() or bufferUpdated() call failed.");
    } finally {
      contextState.current = null;
    }
  }

  /** Called when the peer has sent its last byte. @internal */
  onEof(): void {
    const { stores } = this.context;
    if (stores === null) this.#deliverEof();
    else stores.runInAsyncScope(this.#deliverEof, this);
  }

  #deliverEof(): void {
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

  /** Called when the protocol continues to send after the peer has ended. */
  protected keepHalfOpen(): void {
    this.readStop();
  }

  /** Called when the write buffer has shrunk to `unsent` bytes. @internal */
  onDrained(unsent: number): void {
    this.#flow.resume(this, unsent);
    if (unsent === 0 && this.closing && this.#lost === 0 && this.takeLeave()) {
      this.#lost = 1;
      this.#connectionLost(null);
    }
  }

  /** Called when the connection has failed: nothing more can be sent or received. @internal */
  onError(error: Error): void {
    if (this.#lost > 0) return;
    this.#forceClose(error);
  }

  /** Reports the error to the loop's exception handler and closes immediately. */
  protected fatalError(exception: unknown, message: string): void {
    this.loop.callExceptionHandler({ message, exception, transport: this, protocol: this.protocol });
    this.#forceClose(exception instanceof Error ? exception : new Error(describe(exception), { cause: exception }));
  }

  // ---------------------------------------------------------------------------------------------- asyncio's API

  override write(data: Uint8Array | string): void {
    const bytes = bytesOf(data);
    if (this.#eofRequested) throw new RuntimeError("Cannot call write() after writeEof(): the sending side is closed");
    const length = lengthOf(bytes);
    if (length === 0) return;
    if (this.fileSender !== null) throw new RuntimeError("unable to write; sendfile is in progress");
    if (this.#lost > 0) return warnOfLostWrites(this, this.#lost++);
    const flow = this.#flow;
    if (this.send(bytes, length) > flow.high && !flow.isPaused && this.flush() > flow.high) this.#ownFlow().pause(this);
  }

  /** Item by item: send() collects small ones anyway, and joining would copy large ones once more. */
  override writelines(list: Iterable<Uint8Array | string>): void {
    checkList(list);
    for (const data of list) this.write(data);
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
    this.#ownFlow().setLimits(this, limits);
  }

  override setProtocol(protocol: BaseProtocol): void {
    if (typeof protocol !== "object" || protocol === null) throw new TypeError(`protocol must be an object, got ${describe(protocol)}`);
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

  // ---------------------------------------------------------------------------------------------- private

  /**
   * Copies the bytes into the protocol's buffers, as many as it takes. The protocol may close the transport in between, which drops the
   * rest, or switch protocols, which gives the rest to the new one.
   */
  #fillBuffers(bytes: Uint8Array, lasting: boolean): void {
    while (!this.closing) {
      if (this.receiver !== Receiver.BUFFERED) {
        // bufferUpdated() has switched protocols, and the new one is not buffered: it gets the rest in one call.
        if (this.receiver === Receiver.LASTING) (this.protocol as Protocol).dataReceived(copyOf(bytes));
        else (this.protocol as BorrowingProtocol).bytesBorrowed(bytes, lasting);
        return;
      }
      const protocol = this.protocol as BufferedProtocol;
      const length = lengthOf(bytes);
      const buffer = protocol.getBuffer(length);
      if (!isBytes(buffer)) throw new TypeError(`getBuffer() must return a Uint8Array, got ${describe(buffer)}`);
      const room = lengthOf(buffer);
      if (room === 0) throw new RuntimeError("getBuffer() returned an empty buffer");
      if (room >= length) {
        copyInto(buffer, bytes);
        protocol.bufferUpdated(length);
        return;
      }
      const rest = viewOf(bytes);
      copyInto(buffer, rest.subarray(0, room));
      protocol.bufferUpdated(room);
      bytes = rest.subarray(room);
    }
  }

  #ownFlow(): FlowControl {
    if (this.#flow === STANDARD_FLOW) this.#flow = new FlowControl();
    return this.#flow;
  }

  #forceClose(error: Error | null): void {
    if (this.#lost > 0) return;
    if (!this.closing) {
      this.closing = true;
      this.readStop();
    }
    this.#lost = 1;
    this.flush(); // In asyncio write() has sent what the system took. An error here is ignored: the connection is lost anyway.
    this.#connectionLostSoon(error);
  }

  #connectionLostSoon(error: Error | null): void {
    this.loop.enqueue(new Handle(this.loop, () => this.#tellConnectionLost(error), null, this.context));
  }

  /** Calls connectionLost now. Only for events of the loop, which already run in a turn of their own, as in asyncio. */
  #connectionLost(error: Error | null): void {
    new Handle(this.loop, () => this.#tellConnectionLost(error), null, this.context).run();
  }

  #message(): ConnectionMessage {
    return { transport: this, protocol: this.protocol, server: this.#owner };
  }

  #tellConnectionLost(error: Error | null): void {
    // No message for a connection that has not begun, for example after a failed handshake: there was no message of its start either.
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
  const { bytesBorrowed, keepsBytes } = protocol as Partial<BorrowingProtocol>;
  if (typeof bytesBorrowed === "function") return keepsBytes === true ? Receiver.EITHER : Receiver.TRANSIENT;
  if (typeof (protocol as Partial<BufferedProtocol>).getBuffer === "function") return Receiver.BUFFERED;
  return Receiver.LASTING;
}
