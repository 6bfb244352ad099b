/** Bytes as the list of the pieces they came in. What can be handed out as a piece, or part of one, is not copied. */
export class Chunks {
  #list: Buffer[] = [];
  /** Index of the first piece that is left; those before it are cut off in bulk. */
  #first = 0;
  /** How much of the first piece has been taken. */
  #taken = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** `chunk` is the list's from now on. */
  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#list.push(chunk);
    this.#length += chunk.length;
  }

  clear(): void {
    this.#list = [];
    this.#first = this.#taken = this.#length = 0;
  }

  /** The next `count` bytes, which must be there. */
  take(count: number): Buffer {
    const head = this.#list[this.#first];
    if (head === undefined || count === 0) return Buffer.alloc(0);
    const left = head.length - this.#taken;
    if (count < left) {
      const start = this.#taken;
      this.#taken += count;
      this.#length -= count;
      return head.subarray(start, start + count);
    }
    if (count === left) {
      const piece = this.#taken === 0 ? head : head.subarray(this.#taken);
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

  /** Position of the byte at or after `from`, or -1. */
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

  /** Position of the bytes at or after `from`, or -1; also where they straddle pieces. */
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
      this.#list.length = 0; // Which gives its memory back as well: an idle connection keeps none.
      this.#first = 0;
    } else if (this.#first >= 64) {
      this.#list.splice(0, this.#first);
      this.#first = 0;
    }
  }
}
