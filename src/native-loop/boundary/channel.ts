/** TypeScript's end of the two rings: hands out completions, appends submissions, and keeps the arenas. */
import type { Runnable } from "../../core/contracts.js";
import { countYoungMemory } from "../../util/young-memory.js";
import { PackedAddresses } from "./packed-addresses.js";
import type { NativeLoop } from "./addon.js";
import { Completion, Header, Op, Submission, TRANSIENT_ARENA } from "./layout.js";
import { PackedPaths } from "./packed-paths.js";
import { ReceiveArena } from "./receive-arena.js";

/** Records per ring; powers of two. What does not fit waits in C++ (completions) or is sent at once (submissions). */
export const COMPLETION_CAPACITY = 4096;
export const SUBMISSION_CAPACITY = 4096;
export const SEND_ARENA_BYTES = 1 << 20;
export const TRANSIENT_ARENA_BYTES = 2 << 20;
export const LASTING_ARENA_BYTES = 1 << 20;
/** Lasting arenas handed to C++ in advance: while it fills one, the next is at hand. */
const LASTING_ARENAS = 2;

export function makeRing(capacity: number, recordInts: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer((Header.INTS + capacity * recordInts) * Int32Array.BYTES_PER_ELEMENT));
}

/** Who owns a slot: a transport or listener. */
export interface SlotOwner {
  readonly generation: number;
  /** Bytes in an arena, which is written anew after the turn unless the stream reads in ReadMode.LASTING. */
  onReceived(arena: ReceiveArena, offset: number, length: number): void;
  onCompletion(op: number, status: number, offset: number, length: number): void;
}

/**
 * TypeScript's end of the two rings. As a Runnable it stands in the ready queue once a turn and hands every completion to its owner;
 * `submit` is called by `transport.write`.
 */
export class Channel implements Runnable {
  readonly completions = makeRing(COMPLETION_CAPACITY, Completion.INTS);
  readonly submissions = makeRing(SUBMISSION_CAPACITY, Submission.INTS);
  /** Of datagrams. */
  addresses!: PackedAddresses;
  readonly paths = new PackedPaths();
  readonly #owners: (SlotOwner | undefined)[] = [];
  readonly #arenas: (ReceiveArena | undefined)[] = [];
  #native!: NativeLoop;
  #sendArena!: Uint8Array;
  #transientArena!: ReceiveArena;
  /** Bytes of the send arena in use; valid while the submission ring is not empty. */
  #sendUsed = 0;

  /** What debug mode calls it. */
  toString(): string {
    return "<I/O events>";
  }

  /** The native loop is made with the rings, and so after the channel. */
  attach(native: NativeLoop): void {
    this.#native = native;
    this.addresses = new PackedAddresses(native);
    this.#sendArena = new Uint8Array(native.sendArena);
    this.#transientArena = new ReceiveArena(native.transientArena, false);
  }

  get hasCompletions(): boolean {
    const ring = this.completions;
    return ring[Header.HEAD] !== ring[Header.TAIL] || ring[Header.OVERFLOW] !== 0;
  }

  own(slot: number, owner: SlotOwner): void {
    this.#owners[slot] = owner;
  }

  /** Called when the owner closes its handle; the slot may be given to somebody else at once. */
  disown(slot: number, owner: SlotOwner): void {
    if (this.#owners[slot] === owner) this.#owners[slot] = undefined;
  }

  /** Before the first stream reads in ReadMode.LASTING. */
  ensureLastingArenas(): void {
    if (this.#arenas.length > 0) return;
    for (let i = 0; i < LASTING_ARENAS; i++) this.#provideArena();
  }

  /** Appends bytes to be sent when the tick is over. They are copied. `bytes.length` must not exceed SEND_ARENA_BYTES. */
  submit(slot: number, generation: number, bytes: Uint8Array): void {
    const offset = this.#append(slot, generation, bytes.length);
    this.#sendArena.set(bytes, offset);
  }

  /** The same for one datagram; `to` is a packed address. */
  submitDatagram(slot: number, generation: number, to: Uint8Array, bytes: Uint8Array): void {
    const offset = this.#append(slot, generation, to.length + bytes.length);
    this.#sendArena.set(to, offset);
    this.#sendArena.set(bytes, offset + to.length);
  }

  /** Makes a record, and room for its bytes in the send arena. Returns their offset. */
  #append(slot: number, generation: number, length: number): number {
    const ring = this.submissions;
    let tail = ring[Header.TAIL]!;
    const head = ring[Header.HEAD]!;
    if (head === tail) this.#sendUsed = 0; // C++ has sent everything.
    if (((tail - head) | 0) >= SUBMISSION_CAPACITY || this.#sendUsed + length > SEND_ARENA_BYTES) {
      this.#native.flush();
      tail = ring[Header.TAIL]!;
      this.#sendUsed = 0;
    }
    const offset = this.#sendUsed;
    const record = Header.INTS + (tail & (SUBMISSION_CAPACITY - 1)) * Submission.INTS;
    ring[record + Submission.SLOT] = slot;
    ring[record + Submission.GENERATION] = generation;
    ring[record + Submission.OFFSET] = offset;
    ring[record + Submission.LENGTH] = length;
    ring[Header.TAIL] = tail + 1;
    this.#sendUsed = offset + length;
    return offset;
  }

  /** Hands out the completions of this turn, in order. From the ready queue. */
  run(): void {
    const ring = this.completions;
    const owners = this.#owners;
    for (;;) {
      const head = ring[Header.HEAD]!;
      if (head === ring[Header.TAIL]!) {
        if (ring[Header.OVERFLOW] !== 0 && this.#native.refill() > 0) continue;
        return;
      }
      const record = Header.INTS + (head & (COMPLETION_CAPACITY - 1)) * Completion.INTS;
      const slot = ring[record + Completion.SLOT]!;
      const generation = ring[record + Completion.GENERATION]!;
      const op = ring[record + Completion.OP]!;
      const status = ring[record + Completion.STATUS]!;
      const offset = ring[record + Completion.OFFSET]!;
      const length = ring[record + Completion.LENGTH]!;
      ring[Header.HEAD] = head + 1;
      if (op === Op.RETIRED) {
        this.#arenas[offset] = undefined;
        this.#provideArena();
        continue;
      }
      const owner = owners[slot];
      if (owner === undefined || owner.generation !== generation) {
        // Closed since the record was made; a connection that its listener cannot take any more is closed too.
        if (op === Op.ACCEPT && status === 0) this.#native.closeHandle(offset, length);
        continue;
      }
      if (op === Op.DATA) this.#deliver(owner, status, offset, length);
      else owner.onCompletion(op, status, offset, length);
    }
  }

  #deliver(owner: SlotOwner, id: number, offset: number, length: number): void {
    const arena = id === TRANSIENT_ARENA ? this.#transientArena : this.#arenas[id]!;
    if (!arena.detached) return owner.onReceived(arena, offset, length);
    // Somebody detached the ArrayBuffer under his Buffers; C++ still has the bytes.
    owner.onReceived(new ReceiveArena(this.#native.copyFromArena(id, offset, length), true), 0, length);
  }

  #provideArena(): void {
    const { id, memory } = this.#native.provideArena();
    // Not markAsUntransferable(): Node 24 and later abort at their end when external memory that is marked can still be reached.
    this.#arenas[id] = new ReceiveArena(memory, true);
    countYoungMemory(LASTING_ARENA_BYTES);
  }
}
