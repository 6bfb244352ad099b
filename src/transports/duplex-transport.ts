import type { Duplex } from "node:stream";
import { contextState } from "../core/contextvars.js";
import type { BaseProtocol, ExtraInfo, Runnable } from "../core/contracts.js";
import { copyOf } from "../util/slab.js";
import type { OwnedHandle, HandleOwner } from "./owned-handles.js";
import { Receiver, StreamTransport, type TransportOwner } from "./stream-transport.js";

/**
 * A Duplex that has emitted so many bytes pauses until they were delivered, so that a fast peer does not starve the others. libuv reads 64 KiB
 * at a time, up to 32 times. Beyond these numbers come the bytes that Node has read by then: together at most 256 KiB in a turn, as in asyncio.
 * A reader gets less, because the handler behind it works longer on each byte, and a reader pauses at twice as much anyway.
 */
const ENOUGH_BYTES = 128 * 1024;
const ENOUGH_FOR_READER = 64 * 1024;

/** The inbox entry for the end of the peer's data. */
const END = Symbol("end");

/**
 * A transport over any Duplex, including Node sockets.
 *
 * A Duplex emits its events outside of the loop's turns, whenever Node runs. The transport therefore collects them, in order, in an
 * inbox. It enqueues itself in the ready queue, as asyncio enqueues its reader handles, and delivers the inbox when it is run. While the
 * protocol is paused, the inbox keeps data, and every later event waits behind that data. Only events about sending overtake it: see
 * `#receiveFirst`.
 */
export class DuplexTransport<D extends Duplex = Duplex> extends StreamTransport implements Runnable, OwnedHandle {
  declare readonly loop: HandleOwner;
  protected readonly duplex: D;
  readonly #inbox: (Buffer | typeof END | (() => void))[] = [];
  /** Bytes that the Duplex has emitted since the inbox was delivered last. */
  #received = 0;
  /** True once these bytes were enough for a turn: the Duplex is paused. A flag, because what is enough depends on the protocol of the moment. */
  #hasEnough = false;
  /** Events that do not wait behind data in the inbox; null if there are none. */
  #urgent: (() => void)[] | null = null;
  /** True iff the transport is in the ready queue. */
  #inboxQueued = false;
  /** Between readStart and readStop: data may be delivered. */
  #reading = false;
  /** True iff `flush` has returned a number above 0 since onDrained was last scheduled: the base class waits for onDrained. */
  #drainAwaited = false;
  /** True once `shutdownSending` was called. */
  #endsSending = false;
  /** True once the Duplex has emitted its last byte; the inbox may still hold it. */
  #peerEnded = false;
  /** True once received data was dropped because the transport was closing. */
  #hasDropped = false;
  /** Set by `release`: later events of the Duplex are ignored. */
  #released = false;
  /** The addresses of a closed connection, kept because asyncio's getExtraInfo returns them after closing too. */
  #names: Partial<Record<string, unknown>> = {};

  constructor(loop: HandleOwner, duplex: D, protocol: BaseProtocol, owner: TransportOwner | null) {
    super(loop, protocol, owner);
    this.duplex = duplex;
    loop.ownedHandles.add(this);
    duplex.pause();
    duplex.on("data", (data: Buffer) => {
      this.#received += data.length;
      if (this.#received >= (this.receiver === Receiver.LASTING ? ENOUGH_BYTES : ENOUGH_FOR_READER)) this.#hasEnough = true;
      // Node resumes the streams of a child when the child exits.
      if (!this.closing && (!this.#reading || this.#hasEnough)) duplex.pause();
      this.receive(data);
    });
    duplex.on("end", () => {
      this.#peerEnded = true;
      this.receive(END);
    });
    duplex.on("error", (error: Error) => this.#failed(error));
    duplex.on("close", () => {
      // Node destroys a Duplex when both of its sides have ended. In asyncio the connection remains until close() then.
      if (!this.#endsSending || !this.#peerEnded || !duplex.writableFinished) this.receive(() => this.abort());
    });
  }

  override getExtraInfo<K extends keyof ExtraInfo>(name: K): ExtraInfo[K];
  override getExtraInfo(name: string, fallback?: unknown): unknown;
  override getExtraInfo(name: string, fallback?: unknown): unknown {
    const found = this.#names[name] ?? this.describe(name);
    return found === undefined ? fallback : found;
  }

  /** Returns extra information; undefined for an unknown name. */
  protected describe(_name: string): unknown {
    return undefined;
  }

  /** Delivers the inbox; the loop calls this. */
  run(): void {
    this.#inboxQueued = false;
    const urgent = this.#urgent;
    this.#urgent = null;
    for (const event of urgent ?? []) event();
    const inbox = this.#inbox;
    let taken = 0;
    while (taken < inbox.length) {
      const event = inbox[taken]!;
      if (typeof event === "function") {
        taken++;
        event();
      } else if (event === END && (this.closing || this.#reading || !this.holdsEnd())) {
        taken++;
        this.onEof();
      } else if (this.closing) {
        taken++;
        this.#hasDropped = true;
      } else if (this.#reading && event !== END) {
        taken++;
        if (this.receiver === Receiver.LASTING) this.onData(event);
        else this.onBytes(event, false); // The program could empty a piece that is not read yet, by transferring a part of it.
      } else {
        break; // Paused: the rest is delivered after resumeReading().
      }
    }
    inbox.splice(0, taken);
    const hadEnough = this.#hasEnough;
    this.#received = 0;
    this.#hasEnough = false;
    if (hadEnough && this.#reading) this.duplex.resume();
    contextState.current = null;
  }

  protected override send(bytes: Uint8Array): number {
    // A copy, because the caller may reuse its buffer while the Duplex still keeps the bytes.
    this.duplex.write(copyOf(bytes), this.#sent);
    return this.flush();
  }

  /** Returns the Duplex's unsent bytes. There is nothing to pass on, because the Duplex sends on its own. */
  protected override flush(): number {
    const unsent = this.duplex.writableLength;
    if (unsent > 0) this.#drainAwaited = true;
    return unsent;
  }

  protected override readStart(): void {
    this.#reading = true;
    this.duplex.resume();
    if (this.#inbox.length > 0) this.#queueInbox();
  }

  /** Whether the end of the peer's data waits until the protocol reads, as data does. */
  protected holdsEnd(): boolean {
    return true;
  }

  protected override readStop(): void {
    this.#reading = false;
    this.duplex.pause();
  }

  protected override shutdownSending(): void {
    this.#endsSending = true;
    this.#rememberNames(); // Node may destroy the Duplex before `release`.
    this.duplex.end();
  }

  /** Called when the loop is closed: closes without calling the protocol. */
  dispose(): void {
    this.release();
  }

  protected override release(): void {
    this.loop.ownedHandles.delete(this);
    this.#released = true;
    this.#rememberNames();
    const hasUnread = this.#hasDropped || this.#inbox.some((event) => Buffer.isBuffer(event)) || this.duplex.readableLength > 0;
    this.#inbox.length = 0;
    this.destroy(hasUnread);
  }

  /** Closes the Duplex. `_hasUnread`: data has arrived that the protocol did not get. */
  protected destroy(_hasUnread: boolean): void {
    this.duplex.destroy();
  }

  #rememberNames(): void {
    const { sockname, peername } = this.#names;
    this.#names = { sockname: sockname ?? this.describe("sockname"), peername: peername ?? this.describe("peername") };
  }

  /** Appends an event of the Duplex to the inbox. */
  protected receive(event: Buffer | typeof END | (() => void)): void {
    if (this.#released) return;
    this.#inbox.push(event);
    this.#queueInbox();
  }

  readonly #sent = (error?: Error | null): void => {
    if (!this.#drainAwaited || error instanceof Error) return; // After an error the bytes were dropped, not sent.
    this.#drainAwaited = false;
    this.#receiveFirst(() => this.onDrained(this.flush()));
  };

  #failed(error: Error): void {
    const event = (): void => this.onError(error);
    // The error comes after the data that arrived before it. A paused protocol that waits for the write buffer to drain would then never
    // learn of it, however, so in that case the error comes first.
    if (this.#reading || !this.#drainAwaited) this.receive(event);
    else this.#receiveFirst(event);
  }

  /** Schedules an event about sending. It overtakes the data that a paused protocol does not read yet. */
  #receiveFirst(event: () => void): void {
    if (this.#released) return;
    (this.#urgent ??= []).push(event);
    this.#queueInbox();
  }

  #queueInbox(): void {
    if (this.#inboxQueued || this.loop.isClosed()) return;
    this.#inboxQueued = true;
    this.loop.enqueue(this);
  }
}
