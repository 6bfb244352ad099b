/** TypeScript's end of the two rings: hands out completions, appends submissions, and keeps the arenas. */
import type { Runnable } from "../../core/contracts.js";
import { markShared } from "../../util/slab.js";
import { countYoungMemory } from "../../util/young-memory.js";
import { PackedAddresses } from "./packed-addresses.js";
import type { NativeLoop } from "./addon.js";
import { Completion, Header, Op, Submission, TRANSIENT_ARENA } from "./layout.js";
import { PackedPaths } from "./packed-paths.js";
import { ReceiveArena } from "./receive-arena.js";

/** Records of each ring; powers of two. If the ring is full, completions wait in C++ and submissions are sent at once. */
export const COMPLETION_CAPACITY = 4096;
export const SUBMISSION_CAPACITY = 4096;
export const SEND_ARENA_BYTES = 1 << 20;
export const TRANSIENT_ARENA_BYTES = 2 << 20;
export const LASTING_ARENA_BYTES = 1 << 20;
/** Lasting arenas that C++ has in advance: while it fills one, the next is available. Each retired one is replaced. */
const LASTING_ARENAS = 2;

/** Allocates a ring: a header, then `capacity` records. */
export function makeRing(capacity: number, recordInts: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer((Header.INTS + capacity * recordInts) * Int32Array.BYTES_PER_ELEMENT));
}

/** The submission ring and send arena of closed loops; allocated when the first loop of the thread is closed. */
const discarded: { ring: Int32Array | null; arena: Uint8Array | null } = { ring: null, arena: null };

/** The object that gets a slot's completions: a transport, listener, process, watch or pending connect. Channel.run() calls its methods. */
export interface SlotOwner {
  /** The generation of the handle. A record with another one belongs to an earlier owner of the slot and is dropped. */
  readonly generation: number;
  /** A DATA record: lasting bytes if `arena.lasting`; otherwise transient, since the next poll overwrites the arena. */
  onReceived(arena: ReceiveArena, offset: number, length: number): void;
  /** Any other record. `offset` and `length` mean what Completion says for the op. */
  onCompletion(op: number, status: number, offset: number, length: number): void;
}

/**
 * TypeScript's end of the two rings. As a Runnable it is enqueued once a turn, if there are completions, and hands each to its owner. Both
 * sides run in one thread, so plain loads and stores suffice.
 *
 * Completion ring: C++ writes the records, TAIL and OVERFLOW, during the poll and inside native calls; its own TAIL is a private copy, and
 * the shared one is only a publication. run() reads them, and alone writes HEAD.
 *
 * Submission ring: #append() writes the records and TAIL, and reads HEAD. C++ reads the records when the turn and its microtasks are over,
 * when a stream or socket is flushed, and when flush() is called. It alone writes HEAD, and moves it only when everything it has read was
 * sent, queued or dropped. So HEAD equal to TAIL means that the send arena is free too.
 *
 * C++ checks what it reads, so wrong values here cannot crash the process.
 */
export class Channel implements Runnable {
  completions = makeRing(COMPLETION_CAPACITY, Completion.INTS);
  submissions = makeRing(SUBMISSION_CAPACITY, Submission.INTS);
  /** Packed addresses of UDP peers. */
  addresses!: PackedAddresses;
  /** Packed addresses of Unix datagram peers. */
  readonly paths = new PackedPaths();
  /** By slot. Written by own() and disown(). */
  readonly #owners: (SlotOwner | undefined)[] = [];
  /** The lasting arenas by id; an id is reused after its arena was retired. */
  readonly #arenas: (ReceiveArena | undefined)[] = [];
  #native!: NativeLoop;
  #sendArena!: Uint8Array;
  #transientArena!: ReceiveArena;
  /** Bytes of the send arena in use; valid while the submission ring is not empty. */
  #sendUsed = 0;

  /** The name in the warnings of debug mode. */
  toString(): string {
    return "<I/O events>";
  }

  /** Called once by the loop's constructor: the native loop is created with the rings, so after the channel. */
  attach(native: NativeLoop): void {
    this.#native = native;
    this.addresses = new PackedAddresses(native);
    this.#sendArena = new Uint8Array(native.sendArena);
    this.#transientArena = new ReceiveArena(native.transientArena, false);
  }

  /**
   * Called when the loop is closed: drops rings, arenas and owners, because a future or a transport that the program keeps refers to the
   * loop for ever. A transport may still write; its bytes then go into memory that all closed loops share, and that nothing reads.
   */
  detach(): void {
    this.completions = makeRing(1, Completion.INTS);
    this.submissions = discarded.ring ??= makeRing(SUBMISSION_CAPACITY, Submission.INTS);
    this.#sendArena = discarded.arena ??= new Uint8Array(SEND_ARENA_BYTES);
    this.#transientArena = new ReceiveArena(new ArrayBuffer(0), false);
    this.#owners.length = this.#arenas.length = 0;
    for (const name of ["sendArena", "transientArena"]) Reflect.deleteProperty(this.#native, name);
  }

  get hasCompletions(): boolean {
    const ring = this.completions;
    return ring[Header.HEAD] !== ring[Header.TAIL] || ring[Header.OVERFLOW] !== 0;
  }

  /** Called by an owner's constructor. Until then completions of the slot are dropped. */
  own(slot: number, owner: SlotOwner): void {
    this.#owners[slot] = owner;
  }

  /** Called when the owner closes its handle. C++ may reuse the slot at once, so a later owner may have registered already: it stays. */
  disown(slot: number, owner: SlotOwner): void {
    if (this.#owners[slot] === owner) this.#owners[slot] = undefined;
  }

  /** Called before a stream reads in ReadMode.LASTING, and before a datagram socket receives. Only the first call has an effect. */
  ensureLastingArenas(): void {
    if (this.#arenas.length > 0) return;
    for (let i = 0; i < LASTING_ARENAS; i++) this.#provideArena();
  }

  /** Copies all `length` bytes, to be sent when the turn and its microtasks are over. `length` must not exceed SEND_ARENA_BYTES. */
  submit(slot: number, generation: number, bytes: Uint8Array, length: number): void {
    const offset = this.#append(slot, generation, length);
    this.#sendArena.set(bytes, offset);
  }

  /** Copies one datagram of `length` bytes and `to`, its packed address, as submit() does. Together they must fit into the send arena. */
  submitDatagram(slot: number, generation: number, to: Uint8Array, bytes: Uint8Array, length: number): void {
    const offset = this.#append(slot, generation, to.length + length);
    this.#sendArena.set(to, offset);
    this.#sendArena.set(bytes, offset + to.length);
  }

  /** Appends a record and reserves room for its bytes in the send arena. Returns their offset. Sends first if there is no room. */
  #append(slot: number, generation: number, length: number): number {
    const ring = this.submissions;
    let tail = ring[Header.TAIL]!;
    const head = ring[Header.HEAD]!;
    if (head === tail) this.#sendUsed = 0; // C++ has sent or queued everything.
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

  /**
   * Called by the loop's turn: hands out all completions, in order, until the ring and C++'s overflow list are empty.
   *
   * A record is copied and HEAD is moved before the owner is called. The owner's native calls may append records, which C++ may place where
   * this one was; and if the owner throws, the record is not delivered twice.
   */
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
        // The handle was closed after the record was made. If it was a listener, the accepted connection has no owner: it is closed too.
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
    // The program detached or transferred the arena's ArrayBuffer, which it can reach through a Buffer. C++ still has the bytes.
    owner.onReceived(new ReceiveArena(this.#native.copyFromArena(id, offset, length), true), 0, length);
  }

  #provideArena(): void {
    const { id, memory } = this.#native.provideArena();
    // Not markAsUntransferable(): Node 24 and later abort on exit if external memory that is marked can still be reached.
    markShared(memory);
    this.#arenas[id] = new ReceiveArena(memory, true);
    countYoungMemory(LASTING_ARENA_BYTES); // V8 does not collect such memory early enough on its own: decision 0041.
  }
}
