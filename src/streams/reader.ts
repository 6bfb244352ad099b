/** `StreamReader`, and its read operations. */
import { Readable } from "node:stream";
import type { ReadableStream as WebReadable } from "node:stream/web";
import { STREAM_LIMIT_BYTES } from "../core/constants.js";
import type { EventLoop, Protocol, ReadTransport, Suspension } from "../core/contracts.js";
import { IncompleteReadError, LimitOverrunError, RuntimeError, ValueError } from "../core/errors.js";
import { runningOrCurrentLoop } from "../core/running.js";
import { Future } from "../tasks/future.js";
import { FastPathAwaitable, WOULD_BLOCK } from "../tasks/fast-path.js";
import { LineIterator } from "../syntax/line-iterator.js";
import { RetryAwaitable } from "../tasks/retry.js";
import { bytesOf, lengthOf, viewOf } from "../util/bytes.js";
import { Chunks } from "../util/chunks.js";
import { describe } from "../util/format.js";
import { checkOptions } from "../util/options.js";
import { copyOf } from "../util/slab.js";
import { feedFrom } from "./readable-source.js";
import { ReaderReadable } from "./reader-readable.js";

const NEWLINE = Buffer.from("\n");
const EMPTY = Buffer.alloc(0);

type Pausable = Pick<ReadTransport, "pauseReading" | "resumeReading">;

/** Throws unless `limit` is a positive integer. */
export function checkLimit(limit: number): void {
  if (!Number.isInteger(limit)) throw new TypeError(`limit must be an integer, got ${describe(limit)}`);
  if (limit <= 0) throw new ValueError(`limit must be positive, got ${limit}`);
}

/** Reads from a transport, by one coroutine at a time. Mirrors asyncio.StreamReader. */
export class StreamReader {
  readonly #loop: EventLoop;
  readonly #limit: number;
  readonly #buffer = new Chunks();
  #eof = false;
  #error: Error | null = null;
  #transport: Pausable | null = null;
  #paused = false;
  /** The waiter of the coroutine that waits for data. */
  #waiter: Future<void> | null = null;

  /** `limit`: maximum length of a line in bytes, default 65536. The transport is paused while more than twice as much is buffered. */
  constructor(options: { limit?: number; loop?: EventLoop } = {}) {
    checkOptions(options, "{ limit: 65536 }");
    const { limit = STREAM_LIMIT_BYTES } = options;
    checkLimit(limit);
    this.#limit = limit;
    this.#loop = options.loop ?? runningOrCurrentLoop();
  }

  /**
   * Creates a reader for a Node Readable or a web stream, such as the body of a `fetch()`. Strings in the stream are UTF-8. At most about
   * twice the limit is read ahead. An error of the stream is thrown by the next read. Aborting `signal` destroys the stream, and reads fail
   * with the signal's reason. Throws TypeError for anything but such a stream. Not part of asyncio.
   *
   * ```ts
   * import { Readable } from "node:stream";
   * import * as asyncio from "uvio";
   *
   * await asyncio.run(async () => {
   *   const reader = asyncio.StreamReader.from(Readable.from(["one\nt", "wo\n"]));
   *   console.log(String(await reader.readline()).trim()); // one
   *   console.log(String(await reader.readline()).trim()); // two
   * });
   * ```
   */
  static from(source: Readable | WebReadable, { limit, signal }: { limit?: number; signal?: AbortSignal } = {}): StreamReader {
    const reader = new StreamReader({ limit });
    feedFrom(source, reader, signal);
    return reader;
  }

  /** Reads up to `count` bytes as soon as there are any; with -1 all until the end. Returns an empty buffer at the end of the stream. */
  read(count = -1): FastPathAwaitable<Buffer> {
    if (!Number.isInteger(count)) throw new TypeError(`count must be an integer, got ${describe(count)}`);
    return count < 0 ? new ReadAll(this) : new Read(this, count);
  }

  /**
   * Reads one line with its "\n". The last line can lack it; after that it is empty. Rejects with ValueError if the line is longer than the
   * limit.
   */
  readline(): FastPathAwaitable<Buffer> {
    return new ReadLine(this);
  }

  /** Reads exactly `count` bytes. Rejects with IncompleteReadError, which has the partial data, if the stream ends before. */
  readexactly(count: number): FastPathAwaitable<Buffer> {
    if (!Number.isInteger(count)) throw new TypeError(`count must be an integer, got ${describe(count)}`);
    if (count < 0) throw new ValueError(`readexactly size can not be less than zero, got ${count}`);
    return new ReadExactly(this, count);
  }

  /**
   * Reads up to and including the separator; of several separators, the one that ends first. Rejects with LimitOverrunError if that exceeds
   * the limit (the data stays in the buffer), and with IncompleteReadError if the stream ends before.
   */
  readuntil(separator: Uint8Array | string | readonly (Uint8Array | string)[] = NEWLINE): FastPathAwaitable<Buffer> {
    const list = (Array.isArray(separator) ? (separator as readonly unknown[]) : [separator]).map((one) => {
      const bytes = viewOf(bytesOf(one, "separator"));
      if (bytes.length === 0) throw new ValueError("Separator should be at least one-byte string");
      return bytes;
    });
    if (list.length === 0) throw new ValueError("Separator should contain at least one element");
    return new ReadUntil(this, list);
  }

  /** Whether the end was fed and all data before it was read. */
  atEof(): boolean {
    return this.#eof && this.#buffer.length === 0;
  }

  /** Returns the error that the connection was lost with, or null. */
  exception(): Error | null {
    return this.#error;
  }

  /** Makes the pending read and all later reads fail with `error`. */
  setException(error: Error): void {
    this.#error = error;
    const waiter = this.#waiter;
    this.#waiter = null;
    if (waiter?.canSettle() === true) waiter.setException(error);
  }

  /** Sets the transport that is paused while the buffer is too full. */
  setTransport(transport: Pausable): void {
    if (this.#transport !== null) throw new RuntimeError("StreamReader already has a transport");
    this.#transport = transport;
  }

  /** Continues the connection with another transport, after startTls(). @internal */
  replaceTransport(transport: ReadTransport): void {
    this.#transport = transport;
    this.#paused = false;
  }

  /** Appends a copy of `data` to the buffer; a string is UTF-8. For protocols and tests. Mirrors StreamReader.feed_data. */
  feedData(data: Uint8Array | string): void {
    const bytes = bytesOf(data);
    this.feedLasting(lengthOf(bytes) === 0 ? EMPTY : copyOf(bytes));
  }

  /** Like feedData(), without the copy: the bytes must not change any more. @internal */
  feedLasting(bytes: Buffer): void {
    if (this.#eof) throw new RuntimeError("feedData after feedEof");
    if (bytes.length === 0) return;
    this.#buffer.push(bytes);
    this.#wake();
    if (this.#transport !== null && !this.#paused && this.#buffer.length > 2 * this.#limit) {
      this.#paused = true;
      this.#transport.pauseReading();
    }
  }

  /** Marks the end of the stream: a pending read gets the buffered data. For protocols and tests. Mirrors StreamReader.feed_eof. */
  feedEof(): void {
    this.#eof = true;
    this.#wake();
  }

  /**
   * Returns a Node Readable for the rest of the stream. Use only that from now on. It reads on demand; destroying it stops reading, but
   * does not close the connection. Not part of asyncio.
   */
  toReadable(): Readable {
    return new ReaderReadable(this, this.#loop);
  }

  /** Like `toReadable()`, as a web stream. */
  toWeb(): WebReadable<Uint8Array> {
    return Readable.toWeb(this.toReadable());
  }

  /** Iterates over the lines until the end, as readline() returns them. Leaving the loop early does not close the stream. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Buffer, undefined> {
    return new LineIterator<Buffer>(this);
  }

  toString(): string {
    return `<StreamReader ${this.#buffer.length} bytes${this.#eof ? " eof" : ""}${this.#error !== null ? ` exception=${String(this.#error)}` : ""}>`;
  }

  // ---------------------------------------------------------------------------------------------- for this folder

  /** @internal */
  get limit(): number {
    return this.#limit;
  }

  /** @internal */
  get buffer(): Chunks {
    return this.#buffer;
  }

  /** @internal */
  get ended(): boolean {
    return this.#eof;
  }

  /** Removes and returns all buffered data: it belongs to a layer that is put below the reader. @internal */
  takeBuffered(): Buffer {
    return this.#buffer.take(this.#buffer.length);
  }

  /** Passes all buffered data, and the end if it was fed, to the new receiver. Reading from this reader fails afterwards. @internal */
  handOver(successor: Required<Pick<Protocol, "dataReceived" | "eofReceived">>): void {
    const { length } = this.#buffer;
    if (length > 0) successor.dataReceived(this.#buffer.take(length));
    if (this.#eof) successor.eofReceived();
    this.setException(new RuntimeError("the connection was converted to a Duplex; read from that"));
  }

  /** Throws the error that was set. For a read that starts, it takes precedence over buffered data. @internal */
  checkError(): void {
    if (this.#error !== null) throw this.#error;
  }

  /** @internal */
  take(count: number): Buffer {
    const data = this.#buffer.take(count);
    if (this.#paused && this.#buffer.length <= this.#limit) this.#resume();
    return data;
  }

  /** Returns the result of a readline() that starts, or null if it has to wait. Throws the errors of readline(). @internal */
  readLineNow(): Buffer | null {
    this.checkError();
    return this.takeLine();
  }

  /** Like readLineNow(), but without regard to an error that was set. @internal */
  takeLine(): Buffer | null {
    const buffer = this.#buffer;
    const found = buffer.indexOfByte(10, 0);
    if (found >= 0) {
      const line = this.take(found + 1);
      if (found > this.#limit) throw new ValueError("Separator is found, but chunk is longer than limit");
      return line;
    }
    if (buffer.length > this.#limit) {
      this.take(buffer.length);
      throw new ValueError("Separator is not found, and chunk exceed the limit");
    }
    return this.#eof ? this.take(buffer.length) : null;
  }

  /** Returns a future that completes when data, the end or an error arrives. `method` is the caller's name, for the error. @internal */
  waitForData(method: string): Future<void> {
    if (this.#waiter !== null) {
      throw new RuntimeError(`${method}() called while another coroutine is already waiting for incoming data`);
    }
    if (this.#paused) this.#resume(); // Otherwise a read of more than the limit would wait forever.
    return (this.#waiter = new Future<void>({ loop: this.#loop }));
  }

  /** The wait for `future`, which waitForData returned, was cancelled. @internal */
  stopWaiting(future: Future<void>): void {
    if (this.#waiter === future) this.#waiter = null;
  }

  #wake(): void {
    const waiter = this.#waiter;
    if (waiter === null) return;
    this.#waiter = null;
    if (waiter.canSettle()) waiter.setResult(undefined);
  }

  #resume(): void {
    this.#paused = false;
    this.#transport!.resumeReading();
  }
}

/** A read operation. It is retried each time data arrives. */
abstract class Reading extends RetryAwaitable<Buffer> {
  protected readonly reader: StreamReader;
  abstract readonly method: string;
  #hasWaited = false;

  constructor(reader: StreamReader) {
    super();
    this.reader = reader;
  }

  /** Returns the result if the buffer has it. Throws if the stream has ended without it. */
  protected abstract take(): Buffer | typeof WOULD_BLOCK;

  /**
   * An error takes precedence over buffered data when the read starts, but not when data has woken it. As in asyncio, that read gets its
   * data, even if the error was set in the same turn.
   */
  override tryNow(): Buffer | typeof WOULD_BLOCK {
    const { reader } = this;
    if (!this.#hasWaited) reader.checkError();
    const result = this.take();
    if (result === WOULD_BLOCK) reader.checkError();
    return result;
  }

  override waitToRetry(): Future<void> {
    this.#hasWaited = true;
    return this.reader.waitForData(this.method);
  }

  override stopWaiting(future: Future<void>): void {
    this.reader.stopWaiting(future);
  }
}

class Read extends Reading {
  readonly #count: number;

  constructor(reader: StreamReader, count: number) {
    super(reader);
    this.#count = count;
  }

  get method(): string {
    return "read";
  }

  protected override take(): Buffer | typeof WOULD_BLOCK {
    const { reader } = this;
    if (this.#count === 0) return EMPTY;
    const { length } = reader.buffer;
    if (length === 0) return reader.ended ? EMPTY : WOULD_BLOCK;
    return reader.take(Math.min(length, this.#count));
  }
}

class ReadAll extends FastPathAwaitable<Buffer> {
  readonly #reader: StreamReader;

  constructor(reader: StreamReader) {
    super();
    this.#reader = reader;
  }

  override tryNow(): typeof WOULD_BLOCK {
    this.#reader.checkError();
    return WOULD_BLOCK;
  }

  protected override *slowPath(): Generator<Suspension, Buffer, unknown> {
    const blocks: Buffer[] = [];
    for (;;) {
      const block = yield* new Read(this.#reader, this.#reader.limit);
      if (block.length === 0) return Buffer.concat(blocks);
      blocks.push(block);
    }
  }
}

class ReadExactly extends Reading {
  readonly #count: number;

  constructor(reader: StreamReader, count: number) {
    super(reader);
    this.#count = count;
  }

  get method(): string {
    return "readexactly";
  }

  protected override take(): Buffer | typeof WOULD_BLOCK {
    const { reader } = this;
    if (this.#count === 0) return EMPTY;
    if (reader.buffer.length >= this.#count) return reader.take(this.#count);
    if (reader.ended) throw new IncompleteReadError(reader.take(reader.buffer.length), this.#count);
    return WOULD_BLOCK;
  }
}

class ReadUntil extends Reading {
  readonly #separators: readonly Uint8Array[];
  readonly #longest: number;
  readonly #shortest: number;
  /** The buffer does not contain a separator before this index. */
  #searched = 0;

  constructor(reader: StreamReader, separators: readonly Uint8Array[]) {
    super(reader);
    this.#separators = separators;
    this.#longest = Math.max(...separators.map((one) => one.length));
    this.#shortest = Math.min(...separators.map((one) => one.length));
  }

  get method(): string {
    return "readuntil";
  }

  protected override take(): Buffer | typeof WOULD_BLOCK {
    const { reader } = this;
    const { buffer, limit } = reader;
    if (buffer.length - this.#searched >= this.#shortest) {
      let start = -1;
      let end = Infinity;
      for (const separator of this.#separators) {
        const found = buffer.indexOf(separator, this.#searched);
        if (found >= 0 && found + separator.length < end) {
          start = found;
          end = found + separator.length;
        }
      }
      if (start >= 0) {
        if (start > limit) throw new LimitOverrunError("Separator is found, but chunk is longer than limit", start);
        return reader.take(end);
      }
      this.#searched = Math.max(0, buffer.length + 1 - this.#longest);
      if (this.#searched > limit) throw new LimitOverrunError("Separator is not found, and chunk exceed the limit", this.#searched);
    }
    if (reader.ended) throw new IncompleteReadError(reader.take(buffer.length), null);
    return WOULD_BLOCK;
  }
}

class ReadLine extends Reading {
  get method(): string {
    return "readline";
  }

  protected override take(): Buffer | typeof WOULD_BLOCK {
    return this.reader.takeLine() ?? WOULD_BLOCK;
  }
}
