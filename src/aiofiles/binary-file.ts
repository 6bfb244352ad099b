import { WOULD_BLOCK } from "../tasks/fast-path.js";
import type { RetryAwaitable } from "../tasks/retry.js";
import { bytesOf, copyInto, isBytes, lengthOf } from "../util/bytes.js";
import { Chunks } from "../util/chunks.js";
import { copyOf } from "../util/slab.js";
import { describe } from "../util/format.js";
import type { FilePath } from "./storage/backing.js";
import { BLOCK_BYTES, type ByteStore } from "./storage/byte-store.js";
import { checkCount, File, Reading, Write } from "./file.js";

const NEWLINE = 10;

/** A binary file. Mirrors aiofiles' AsyncBufferedReader, AsyncBufferedIOBase and AsyncFileIO. */
export class BinaryFile extends File<Buffer> {
  /** Bytes that were read from the system but not yet by the program. */
  readonly #ahead = new Chunks();

  /** @internal */
  constructor(store: ByteStore, name: FilePath, buffering: number) {
    super(store, name, buffering);
  }

  override read(count = -1): RetryAwaitable<Buffer> {
    checkCount("count", count);
    return new Read(this.store, this.#ahead, count < 0 ? Infinity : count);
  }

  override readline(limit = -1): RetryAwaitable<Buffer> {
    checkCount("limit", limit);
    return new ReadLine(this.store, this.#ahead, limit < 0 ? Infinity : limit);
  }

  /**
   * Reads into `into` and returns the number of bytes, which is less than its length only at the end of the file. `into` is written when
   * all of them have arrived, not before.
   */
  readinto(into: Uint8Array): RetryAwaitable<number> {
    if (!isBytes(into)) throw new TypeError(`into must be a Buffer or another Uint8Array, got ${describe(into)}`);
    return new ReadInto(this.store, this.#ahead, into);
  }

  /**
   * Writes all of `data` (strings as UTF-8) and returns its length in bytes. `data` can be reused when the write has finished or was
   * cancelled.
   */
  override write(data: Uint8Array | string): RetryAwaitable<number> {
    const bytes = bytesOf(data);
    return new Write(this, bytes, lengthOf(bytes));
  }

  // ---------------------------------------------------------------------------------------------- for this folder

  /** @internal */
  override readLineNow(): Buffer | null {
    this.store.checkReadable();
    if (this.store.busy) return null;
    const end = this.#ahead.indexOfByte(NEWLINE, 0);
    return end < 0 ? null : this.#ahead.take(end + 1);
  }

  /** Buffers data. Returns true if the buffer must be written now. @internal */
  accept(data: Uint8Array): boolean {
    const { store } = this;
    store.offset -= this.bytesAhead();
    this.dropAhead();
    store.append(copyOf(data));
    return this.isFull(store.unwrittenBytes);
  }

  /** @internal */
  override bytesAhead(): number {
    return this.#ahead.length;
  }

  /** @internal */
  override dropAhead(): void {
    this.#ahead.clear();
  }

  /** @internal */
  override encodeRest(): void {
    // Binary files buffer no text.
  }

  /** @internal */
  override checkSeek(): void {
    // Every position is valid.
  }
}

abstract class BinaryReading<T> extends Reading<T> {
  protected readonly ahead: Chunks;

  constructor(store: ByteStore, ahead: Chunks) {
    super(store);
    this.ahead = ahead;
  }

  /** The number of bytes to read from the system. */
  protected abstract get missing(): number;

  protected override async more(): Promise<boolean> {
    const block = await this.store.read(this.missing);
    this.ahead.push(block);
    return block.length > 0;
  }
}

class Read extends BinaryReading<Buffer> {
  readonly #count: number;

  constructor(store: ByteStore, ahead: Chunks, count: number) {
    super(store, ahead);
    this.#count = count;
  }

  protected override take(ended: boolean): Buffer | typeof WOULD_BLOCK {
    const { ahead } = this;
    if (!ended && ahead.length < this.#count) return WOULD_BLOCK;
    return ahead.take(Math.min(ahead.length, this.#count));
  }

  protected override get missing(): number {
    return this.#count - this.ahead.length;
  }
}

class ReadInto extends BinaryReading<number> {
  readonly #into: Uint8Array;

  constructor(store: ByteStore, ahead: Chunks, into: Uint8Array) {
    super(store, ahead);
    this.#into = into;
  }

  protected override take(ended: boolean): number | typeof WOULD_BLOCK {
    const { ahead } = this;
    const wanted = lengthOf(this.#into);
    if (!ended && ahead.length < wanted) return WOULD_BLOCK;
    const data = ahead.take(Math.min(ahead.length, wanted));
    copyInto(this.#into, data);
    return data.length;
  }

  protected override get missing(): number {
    return lengthOf(this.#into) - this.ahead.length;
  }
}

class ReadLine extends BinaryReading<Buffer> {
  readonly #limit: number;
  /** This number of buffered bytes contains no line end, if the line still starts at `#beginning`. */
  #searched = 0;
  #beginning = 0;

  constructor(store: ByteStore, ahead: Chunks, limit: number) {
    super(store, ahead);
    this.#limit = limit;
  }

  protected override take(ended: boolean): Buffer | typeof WOULD_BLOCK {
    const { ahead, store } = this;
    const beginning = store.offset - ahead.length;
    const found = ahead.indexOfByte(NEWLINE, beginning === this.#beginning ? this.#searched : 0);
    const length = found < 0 ? ahead.length : found + 1;
    if (found >= 0 || ended || length >= this.#limit) return ahead.take(Math.min(length, this.#limit));
    this.#searched = length;
    this.#beginning = beginning;
    return WOULD_BLOCK;
  }

  protected override get missing(): number {
    return BLOCK_BYTES;
  }
}
