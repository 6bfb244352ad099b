import type { Address, BaseProtocol, ExtraInfo } from "../core/contracts.js";
import { Receiver, StreamTransport, type TransportOwner } from "../transports/stream-transport.js";
import type { SlotOwner } from "./boundary/channel.js";
import { Op, ReadMode } from "./boundary/layout.js";
import type { UvLoopContext } from "./uv-loop-context.js";
import { uvError } from "./boundary/uv-error.js";
import { copyOf } from "../util/slab.js";
import type { ReceiveArena } from "./boundary/receive-arena.js";
import { UvSocketView } from "./sockets/socket-view.js";

/** Longer writes are tried at once, from the caller's memory; shorter ones are copied and leave together when the tick is over. */
const LARGE_WRITE_BYTES = 16 * 1024;

/** Longer messages are received into memory that the protocol may keep, shorter ones are copied for it: see decision 0014. */
const LARGEST_COPIED_BYTES = 8 * 1024;

/** What arrived after reading was paused within one turn. */
type Held = Buffer | "eof";

/** A stream of the native loop. The handle is C++'s; this names it by slot and generation. */
export class UvTransport extends StreamTransport implements SlotOwner {
  declare readonly loop: UvLoopContext;
  readonly slot: number;
  readonly generation: number;
  #reading = false;
  /** At most this many of our bytes are unsent; exact after flush(). */
  #unsent = 0;
  #held: Held[] | null = null;
  /** Those that have been asked for. */
  #names: { sockname?: Address | string; peername?: Address | string } | null = null;
  /** Bytes for dataReceived are received into memory of their own. */
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

  onReceived(arena: ReceiveArena, offset: number, length: number): void {
    if (!this.#reading) {
      if (!this.closing) (this.#held ??= []).push(copyOf(arena.view(offset, length)));
    } else if (this.receiver !== Receiver.LASTING) {
      this.onTransientData(arena.view(offset, length));
    } else {
      // A small message is cheaper to copy out of the transient arena, which is in the cache, than to receive into a lasting arena, which
      // is not. A large one is cheaper to receive there without a copy. Messages of one connection are alike: the last decides for the next.
      const lasting = length > LARGEST_COPIED_BYTES;
      this.onData(arena.lasting ? arena.buffer(offset, length) : copyOf(arena.view(offset, length)));
      if (lasting !== this.#lasting) this.#receiveInto(lasting);
    }
  }

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

  protected override send(bytes: Uint8Array): number {
    const { length } = bytes;
    if (length > LARGE_WRITE_BYTES) return this.#sent(this.loop.native.write(this.slot, this.generation, bytes, 0, length));
    this.loop.channel.submit(this.slot, this.generation, bytes);
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
    this.#nameOf("sockname"); // As in asyncio they can be asked for afterwards.
    this.#nameOf("peername");
    this.#held = null;
    this.loop.channel.disown(this.slot, this);
    this.loop.native.closeHandle(this.slot, this.generation);
  }

  /** Undefined for what the system does not tell. */
  #nameOf(name: "sockname" | "peername"): Address | string | undefined {
    const known = this.#names?.[name];
    if (known !== undefined) return known;
    const { native } = this.loop;
    const found = name === "peername" ? native.peerAddress(this.slot, this.generation) : native.localAddress(this.slot, this.generation);
    if (typeof found === "number") return undefined;
    return ((this.#names ??= {})[name] = typeof found === "object" ? Object.freeze(found) : found);
  }

  #receiveInto(lasting: boolean): void {
    this.#lasting = lasting;
    if (this.#reading) this.#readStart();
  }

  #readStart(): void {
    const lasting = this.#lasting && this.receiver === Receiver.LASTING;
    if (lasting) this.loop.channel.ensureLastingArenas();
    const status = this.loop.native.readStart(this.slot, this.generation, lasting ? ReadMode.LASTING : ReadMode.TRANSIENT);
    if (status < 0) this.onError(uvError(status, "read"));
  }

  /** What arrived before the pause comes before what arrives after it. */
  #deliverHeld(): void {
    const held = this.#held;
    while (held !== null && held.length > 0 && this.#reading && !this.closing) {
      const next = held.shift()!;
      if (next === "eof") this.onEof();
      else if (this.receiver === Receiver.LASTING) this.onData(next);
      else this.onTransientData(next);
    }
    if (held !== null && held.length === 0) this.#held = null;
  }

  /** `queued`: what a native call has answered. */
  #sent(queued: number): number {
    if (queued >= 0) return (this.#unsent = queued);
    this.#unsent = 0;
    this.onError(uvError(queued, "write"));
    return 0;
  }
}
