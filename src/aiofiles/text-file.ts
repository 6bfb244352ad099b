/** Text files: decoding, encoding and line ends on top of the bytes. */
import { WOULD_BLOCK } from "../tasks/fast-path.js";
import type { RetryAwaitable } from "../tasks/retry.js";
import { describe } from "../util/format.js";
import type { FilePath } from "./storage/backing.js";
import { BLOCK_BYTES, type ByteStore } from "./storage/byte-store.js";
import type { Codec, ErrorMode } from "./text/codec.js";
import { UnsupportedOperation, type UnicodeDecodeError } from "./storage/errors.js";
import { checkCount, File, Reading, SEEK_CUR, SEEK_END, Write } from "./file.js";
import { Newlines, type Newline } from "./text/newlines.js";
import { TextBuffer } from "./text/text-buffer.js";

const NOTHING = Buffer.alloc(0);
const CARRIAGE_RETURN = 13;

/** The encoding and the line ends of a text file. */
export interface TextFormat {
  readonly codec: Codec;
  readonly errors: ErrorMode;
  readonly newline: Newline;
  /** Whether buffered data is written at every line end. */
  readonly lineBuffering: boolean;
}

/**
 * A text file. Lengths are in UTF-16 units, as in JavaScript; surrogate pairs are never split. Mirrors aiofiles' AsyncTextIOWrapper.
 */
export class TextFile extends File<string> {
  readonly encoding: string;
  readonly errors: ErrorMode;
  readonly #format: TextFormat;
  readonly #newlines: Newlines;
  readonly #ahead: TextBuffer;
  /** Bytes that were read but not decoded: an incomplete character, a "\r" that may belong to a "\r\n", or invalid bytes. */
  #undecoded: Buffer = NOTHING;
  /** The error for the first undecoded byte, if it is invalid. */
  #wrong: UnicodeDecodeError | null = null;
  /** Text that was written but not encoded. */
  #unencoded = "";

  /** @internal */
  constructor(store: ByteStore, name: FilePath, buffering: number, format: TextFormat) {
    super(store, name, buffering);
    this.encoding = format.codec.name;
    this.errors = format.errors;
    this.#format = format;
    this.#newlines = new Newlines(format.newline);
    this.#ahead = new TextBuffer(this.#newlines, format.codec);
  }

  override read(count = -1): RetryAwaitable<string> {
    checkCount("count", count);
    return new Read(this, this.store, this.#ahead, count < 0 ? Infinity : count);
  }

  override readline(limit = -1): RetryAwaitable<string> {
    checkCount("limit", limit);
    return new ReadLine(this, this.store, this.#ahead, limit < 0 ? Infinity : limit);
  }

  override write(data: string): RetryAwaitable<number> {
    if (typeof data !== "string")
      throw new TypeError(`data must be a string, got ${describe(data)}; to write bytes, open the file in binary mode`);
    return new Write(this, data, data.length);
  }

  // ---------------------------------------------------------------------------------------------- for this folder

  /** @internal */
  override readLineNow(): string | null {
    this.store.checkReadable();
    return this.store.busy ? null : this.#ahead.takeLine();
  }

  /** Reads and decodes a block of at least `bytes` bytes, as a job of the store. Resolves to false at the end. @internal */
  async more(bytes: number): Promise<boolean> {
    if (this.#wrong !== null) throw this.#wrong;
    this.encodeRest();
    const { store } = this;
    const block = await store.read(bytes);
    this.#decode(this.#undecoded.length === 0 ? block : Buffer.concat([this.#undecoded, block]), block.length === 0);
    if (this.#wrong !== null && this.#ahead.length === 0) throw this.#wrong;
    return block.length > 0 || this.#wrong !== null;
  }

  /** Buffers text. Returns true if the buffer must be written now. @internal */
  accept(data: string): boolean {
    const text = this.#format.codec.check(this.#newlines.written(data), this.errors);
    const { store } = this;
    store.offset -= this.bytesAhead();
    this.dropAhead();
    this.#unencoded += text;
    return this.isFull(store.unwrittenBytes + this.#unencoded.length) || (this.#format.lineBuffering && /[\r\n]/.test(data));
  }

  /** @internal */
  override encodeRest(): void {
    if (this.#unencoded === "") return;
    this.store.append(this.#format.codec.encode(this.#unencoded));
    this.#unencoded = "";
  }

  /** @internal */
  override bytesAhead(): number {
    return this.#ahead.bytes() + this.#undecoded.length;
  }

  /** @internal */
  override dropAhead(): void {
    this.#ahead.clear();
    this.#undecoded = NOTHING;
    this.#wrong = null;
  }

  /** @internal */
  override checkSeek(offset: number, whence: number): void {
    if (offset === 0) return;
    if (whence === SEEK_CUR) throw new UnsupportedOperation("can't do nonzero cur-relative seeks in text; seek to a result of tell()");
    if (whence === SEEK_END) throw new UnsupportedOperation("can't do nonzero end-relative seeks in text; seek to a result of tell()");
  }

  #decode(bytes: Buffer, last: boolean): void {
    const { codec } = this.#format;
    const { text: original, bytes: decoded, wrong, replaced } = codec.decode(this.#ready(bytes, last), last, this.errors);
    const text = this.#newlines.translate(original);
    this.#ahead.push({
      text,
      original: text === original ? null : original,
      bytes: decoded,
      block: replaced ? bytes.subarray(0, decoded) : null,
    });
    this.#undecoded = bytes.subarray(decoded);
    if (wrong !== null) this.#wrong = codec.decodeError(bytes, decoded, this.store.offset - this.#undecoded.length, wrong);
  }

  /** Holds back a "\r" at the end, because it may be the first half of a line end. */
  #ready(bytes: Buffer, last: boolean): Buffer {
    if (last || !this.#newlines.pairs) return bytes;
    // In UTF-16 the last byte is 0, and the "\r" stands before it.
    const width = this.#format.codec.byteLength("\r");
    const end = bytes.length - (bytes.length % width);
    const held = end >= width && bytes[end - width] === CARRIAGE_RETURN && (width === 1 || bytes[end - 1] === 0);
    return held ? bytes.subarray(0, end - width) : bytes;
  }
}

abstract class TextReading extends Reading<string> {
  protected readonly ahead: TextBuffer;
  readonly #file: TextFile;

  constructor(file: TextFile, store: ByteStore, ahead: TextBuffer) {
    super(store);
    this.ahead = ahead;
    this.#file = file;
  }

  /** The number of bytes to read from the system. */
  protected abstract get missing(): number;

  protected override more(): Promise<boolean> {
    return this.#file.more(this.missing);
  }
}

class Read extends TextReading {
  readonly #count: number;

  constructor(file: TextFile, store: ByteStore, ahead: TextBuffer, count: number) {
    super(file, store, ahead);
    this.#count = count;
  }

  protected override take(ended: boolean): string | typeof WOULD_BLOCK {
    const { ahead } = this;
    return ended || ahead.length >= this.#count ? ahead.take(this.#count) : WOULD_BLOCK;
  }

  protected override get missing(): number {
    return this.#count - this.ahead.length;
  }
}

class ReadLine extends TextReading {
  readonly #limit: number;

  constructor(file: TextFile, store: ByteStore, ahead: TextBuffer, limit: number) {
    super(file, store, ahead);
    this.#limit = limit;
  }

  protected override take(ended: boolean): string | typeof WOULD_BLOCK {
    const { ahead } = this;
    return ahead.takeLine(this.#limit) ?? (ended ? ahead.take(Infinity) : WOULD_BLOCK);
  }

  protected override get missing(): number {
    return BLOCK_BYTES;
  }
}
