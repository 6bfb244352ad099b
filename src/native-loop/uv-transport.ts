import type { Address, BaseProtocol, ExtraInfo } from "../core/contracts.js";
import { Receiver, StreamTransport, type TransportOwner } from "../transports/stream-transport.js";
import type { SlotOwner } from "./boundary/channel.js";
import { Op, ReadMode } from "./boundary/layout.js";
import type { UvLoopContext } from "./uv-loop-context.js";
import { uvError } from "./boundary/uv-error.js";
import { copyOf } from "../util/slab.js";
import type { ReceiveArena } from "./boundary/receive-arena.js";
import { socketConstant } from "./sockets/socket-options.js";
import { UvSocketView } from "./sockets/socket-view.js";

/** Longer writes are sent at once from the caller's memory. Others are copied, and those of a turn leave together after its microtasks. */
const LARGE_WRITE_BYTES = 16 * 1024;

/** Longer messages are received into lasting arenas; shorter ones are copied out of the transient arena: see decision 0014. */
const LARGEST_COPIED_BYTES = 8 * 1024;

/** A `struct linger` that closes with a reset. */
const RESET = new Uint8Array(new Int32Array([1, 0]).buffer);

/**
 * Bytes, or the end of the stream, whose record was already in the ring when reading was paused: C++ cannot take it back. They are copied
 * and held until reading resumes. At most the bytes that C++ reads from one stream in one poll are held.
 */
type Held = Buffer | "eof";

/**
 * A stream of the native loop. C++ owns the handle, which this names by slot and generation; a name that is used after the close reaches
 * nothing, even if the slot has another owner by then.
 */
export class UvTransport extends StreamTransport implements SlotOwner {
  declare readonly loop: UvLoopContext;
  readonly slot: number;
  readonly generation: number;
  #reading = false;
  /** An upper bound of this stream's unsent bytes; exact after flush() and with each WRITTEN record. */
  #unsent = 0;
  /** In order of arrival; null if there is none. Filled by onReceived() and onCompletion(), emptied by #deliverHeld(). */
  #held: Held[] | null = null;
  /** True once received data was dropped because the transport was closing. */
  #hasDropped = false;
  /** The addresses that were requested before. release() requests both, since C++ has none after the close. */
  #names: { sockname?: Address | string; peername?: Address | string } | null = null;
  /** Whether this stream last asked for lasting arenas. Not used with receivers of transient bytes only. */
  #lasting = false;

  constructor(loop: UvLoopContext, slot: number, generation: number, protocol: BaseProtocol, owner: TransportOwner | null) {
    super(loop, protocol, owner);
    this.slot = slot;
    this.generation = generation;
    loop.channel.own(slot, this);
    loop.native.setNoDelay(slot, generation, true);
  }

  override getExtraInfo<K extends keyof ExtraInfo>(name: K): ExtraInfo[K];
  override getExtraInfo(name: string, fallback?: unknown): unknown;
  override getExtraInfo(name: string, fallback?: unknown): unknown {
    if (name === "socket") return new UvSocketView(this.loop.native, this.slot, this.generation, "stream", this.#nameOf("sockname"));
    return name === "peername" || name === "sockname" ? (this.#nameOf(name) ?? fallback) : fallback;
  }

  /** Called by Channel.run(), with lasting or transient bytes: `arena.lasting` says which. */
  onReceived(arena: ReceiveArena, offset: number, length: number): void {
    if (!this.#reading) {
      if (this.closing) this.#hasDropped = true;
      else (this.#held ??= []).push(copyOf(arena.view(offset, length)));
    } else if (this.receiver === Receiver.LASTING) {
      this.onData(arena.lasting ? arena.buffer(offset, length) : copyOf(arena.view(offset, length)));
      this.#chooseArena(length);
    } else {
      this.onBytes(arena.lasting ? arena.buffer(offset, length) : arena.view(offset, length), arena.lasting);
      if (this.receiver === Receiver.EITHER) this.#chooseArena(length);
    }
  }

  /**
   * A small message is cheaper to copy out of the transient arena, which is in the CPU's cache, than to receive into a lasting arena, which is
   * not. A large one is cheaper to receive there without a copy. Messages of one connection are usually alike, so the size of this one chooses
   * the arena for the next poll.
   */
  #chooseArena(length: number): void {
    const lasting = length > LARGEST_COPIED_BYTES;
    if (lasting === this.#lasting) return;
    this.#lasting = lasting;
    if (this.#reading) this.#readStart();
  }

  /** Called by Channel.run(). */
  onCompletion(op: number, status: number, offset: number): void {
    switch (op) {
      case Op.EOF:
        if (this.#reading) this.onEof();
        else if (!this.closing) (this.#held ??= []).push("eof");
        break;
      case Op.READ_ERROR:
        this.onError(uvError(status, "read"));
        break;
      case Op.WRITTEN:
        if (status < 0) this.onError(uvError(status, "write"));
        else this.onDrained((this.#unsent = offset));
        break;
      case Op.SHUTDOWN:
        if (status < 0) this.onError(uvError(status, "shutdown"));
        break;
    }
  }

  protected override send(bytes: Uint8Array, length: number): number {
    if (length > LARGE_WRITE_BYTES) return this.#sent(this.loop.native.write(this.slot, this.generation, bytes, 0, length));
    this.loop.channel.submit(this.slot, this.generation, bytes, length);
    return (this.#unsent += length);
  }

  protected override flush(): number {
    return this.#unsent === 0 ? 0 : this.#sent(this.loop.native.flushStream(this.slot, this.generation));
  }

  protected override readStart(): void {
    this.#reading = true;
    if (this.#held !== null) this.loop.callSoon(() => this.#deliverHeld());
    this.#readStart();
  }

  protected override readStop(): void {
    this.#reading = false;
    this.loop.native.readStop(this.slot, this.generation);
  }

  protected override receiverChanged(): void {
    if (this.#reading) this.#readStart();
  }

  protected override shutdownSending(): void {
    const status = this.loop.native.shutdown(this.slot, this.generation);
    if (status < 0) this.onError(uvError(status, "shutdown"));
  }

  protected override release(): void {
    this.#nameOf("sockname"); // As in asyncio, getExtraInfo() still returns both after the close.
    this.#nameOf("peername");
    if (this.#hasDropped || this.#held?.some((held) => held !== "eof") === true) this.#resetOnClose();
    this.#held = null;
    this.loop.channel.disown(this.slot, this);
    this.loop.native.closeHandle(this.slot, this.generation);
  }

  /**
   * Makes the close reset a TCP connection. A system does so if there is unread data, so that the peer learns that its data was not processed.
   * The data that C++ has read out of the system already must not change that.
   */
  #resetOnClose(): void {
    if (typeof this.#nameOf("sockname") !== "object") return; // A Unix socket cannot be reset.
    const [level, option] = [socketConstant("SOL_SOCKET"), socketConstant("SO_LINGER")];
    this.loop.native.setSocketOption(this.slot, this.generation, level, option, RESET);
  }

  /** Returns an address and remembers it; undefined if the system has none. */
  #nameOf(name: "sockname" | "peername"): Address | string | undefined {
    const known = this.#names?.[name];
    if (known !== undefined) return known;
    const { native } = this.loop;
    const found = name === "peername" ? native.peerAddress(this.slot, this.generation) : native.localAddress(this.slot, this.generation);
    if (typeof found === "number") return undefined;
    return ((this.#names ??= {})[name] = typeof found === "object" ? Object.freeze(found) : found);
  }

  #readStart(): void {
    const lasting = this.#lasting && (this.receiver === Receiver.LASTING || this.receiver === Receiver.EITHER);
    if (lasting) this.loop.channel.ensureLastingArenas();
    const status = this.loop.native.readStart(this.slot, this.generation, lasting ? ReadMode.LASTING : ReadMode.TRANSIENT);
    if (status < 0) this.onError(uvError(status, "read"));
  }

  /**
   * Scheduled by readStart() with callSoon(), so it runs before the records of a later poll and keeps the order. If the protocol pauses
   * again, the rest stays held for the next readStart().
   */
  #deliverHeld(): void {
    const held = this.#held;
    while (held !== null && held.length > 0 && this.#reading && !this.closing) {
      const next = held.shift()!;
      if (next === "eof") this.onEof();
      else if (this.receiver === Receiver.LASTING) this.onData(next);
      else this.onBytes(next, true);
    }
    if (held !== null && held.length === 0) this.#held = null;
  }

  /** `queued`: the result of a native call, the number of queued bytes or the connection's first write error. */
  #sent(queued: number): number {
    if (queued >= 0) return (this.#unsent = queued);
    this.#unsent = 0;
    this.onError(uvError(queued, "write"));
    return 0;
  }
}
