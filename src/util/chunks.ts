import { copyOf } from "./slab.js";

/** A longer piece is not kept alive by a part of it that is less than an eighth as long: such a part is copied. */
const LONG_BYTES = 8 * 1024;

/** The list of pieces of every FIFO that is empty: an idle connection holds none of its own. Never changed. */
const NO_PIECES: Buffer[] = [];

/**
 * A FIFO of bytes that keeps the received pieces as a list. A read that lies inside one piece returns a view of it, unless it is a small part
 * of a long piece; a read that spans pieces copies.
 */
export class Chunks {
  #list: Buffer[] = NO_PIECES;
  /** The index of the first unread piece. The pieces before it are removed in bulk, 64 at a time. */
  #first = 0;
  /** The number of bytes of the first piece that are already taken. */
  #taken = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Appends a piece. The caller must not change it afterwards. */
  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    // An array literal has room for one piece, an empty array that grows makes room for 17.
    if (this.#list === NO_PIECES) this.#list = [chunk];
    else this.#list.push(chunk);
    this.#length += chunk.length;
  }

  clear(): void {
    this.#list = NO_PIECES;
    this.#first = this.#taken = this.#length = 0;
  }

  /** Removes and returns the next `count` bytes. At least that many must be buffered. */
  take(count: number): Buffer {
    const head = this.#list[this.#first];
    if (head === undefined || count === 0) return Buffer.alloc(0);
    const left = head.length - this.#taken;
    if (count < left) {
      const start = this.#taken;
      this.#taken += count;
      this.#length -= count;
      return partOf(head, start, start + count);
    }
    if (count === left) {
      const piece = this.#taken === 0 ? head : partOf(head, this.#taken, head.length);
      this.#dropHead();
      return piece;
    }
    const joined = Buffer.allocUnsafe(count);
    let filled = 0;
    while (filled < count) {
      const piece = this.#list[this.#first]!;
      const part = Math.min(count - filled, piece.length - this.#taken);
      piece.copy(joined, filled, this.#taken, this.#taken + part);
      filled += part;
      if (this.#taken + part === piece.length) {
        this.#dropHead();
      } else {
        this.#taken += part;
        this.#length -= part;
      }
    }
    return joined;
  }

  /** Returns the position of the first such byte at or after `from`, or -1. */
  indexOfByte(byte: number, from: number): number {
    let base = -this.#taken;
    for (let i = this.#first; i < this.#list.length; i++) {
      const piece = this.#list[i]!;
      if (base + piece.length > from) {
        const found = piece.indexOf(byte, Math.max(0, from - base, -base));
        if (found >= 0) return base + found;
      }
      base += piece.length;
    }
    return -1;
  }

  /** Returns the position of the first such sequence at or after `from`, or -1. Joins the pieces first, as a match may span them. */
  indexOf(bytes: Uint8Array, from: number): number {
    if (bytes.length === 1) return this.indexOfByte(bytes[0]!, from);
    if (this.#list.length - this.#first > 1) this.#join();
    const head = this.#list[this.#first];
    if (head === undefined) return -1;
    const found = head.indexOf(bytes, this.#taken + from);
    return found < 0 ? -1 : found - this.#taken;
  }

  #join(): void {
    const whole = Buffer.concat(this.#list.slice(this.#first));
    this.#list = [whole.subarray(this.#taken)];
    this.#first = this.#taken = 0;
  }

  #dropHead(): void {
    this.#length -= this.#list[this.#first]!.length - this.#taken;
    this.#taken = 0;
    this.#first++;
    if (this.#first === this.#list.length) {
      this.#list = NO_PIECES; // Setting the length to 0 is a call out of compiled code.
      this.#first = 0;
    } else if (this.#first >= 64) {
      this.#list.splice(0, this.#first);
      this.#first = 0;
    }
  }
}

function partOf(piece: Buffer, start: number, end: number): Buffer {
  const part = piece.subarray(start, end);
  return piece.length > LONG_BYTES && part.length < piece.length / 8 ? copyOf(part) : part;
}
