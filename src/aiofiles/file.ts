/** The common base of text and binary files, and the operations that both share. */
import { ValueError } from "../core/errors.js";
import { coroutine, type Coroutine, type CoroutineGenerator } from "../tasks/coroutine.js";
import type { Future } from "../tasks/future.js";
import { SyncAwaitable, WOULD_BLOCK } from "../tasks/fast-path.js";
import { LineIterator } from "../syntax/line-iterator.js";
import { RetryAwaitable } from "../tasks/retry.js";
import { AsyncClosable } from "../syntax/async-with.js";
import { describe } from "../util/format.js";
import type { FilePath } from "./storage/backing.js";
import type { ByteStore } from "./storage/byte-store.js";

/** `whence` of `seek()`: from the start of the file. Mirrors os.SEEK_SET. */
export const SEEK_SET = 0;

/** `whence` of `seek()`: from the current position. Mirrors os.SEEK_CUR. */
export const SEEK_CUR = 1;

/** `whence` of `seek()`: from the end of the file. Mirrors os.SEEK_END. */
export const SEEK_END = 2;

/**
 * The common base of text and binary files. `D` is the type of their data. `open()` creates them; `asyncWith(file, ...)` closes them.
 *
 * Cancelling a task that waits for a file ends the wait at once, but not the system's work. Data that was read stays in the file's buffer
 * for the next read; data that was accepted for writing is written.
 */
export abstract class File<D extends string | Buffer> extends AsyncClosable {
  /** The path given to `open()`. */
  readonly name: FilePath;
  /** @internal */ readonly store: ByteStore;
  readonly #buffering: number;

  /** @internal */
  constructor(store: ByteStore, name: FilePath, buffering: number) {
    super();
    this.store = store;
    this.name = name;
    this.#buffering = buffering;
  }

  /** The mode given to `open()`. */
  get mode(): string {
    return this.store.mode.name;
  }

  /** Whether the file is closed. All other operations on a closed file fail with ValueError. */
  get closed(): boolean {
    return this.store.closed;
  }

  /**
   * Returns the descriptor. Its own position is not used, because reads and writes pass the position to the system. Throws ValueError if
   * the file is closed.
   */
  fileno(): number {
    return this.store.fd;
  }

  /** Whether the file can be read. Throws ValueError if it is closed. */
  readable(): boolean {
    this.store.checkOpen();
    return this.store.mode.readable;
  }

  /** Whether the file can be written. Throws ValueError if it is closed. */
  writable(): boolean {
    this.store.checkOpen();
    return this.store.mode.writable;
  }

  /** Whether the file has a position; pipes and terminals do not. Throws ValueError if it is closed. */
  seekable(): boolean {
    this.store.checkOpen();
    return this.store.seekable;
  }

  /** Reads lines until the end, or until they exceed `hint` bytes (characters in text files). */
  readlines(hint = -1): Coroutine<D[]> {
    checkCount("hint", hint);
    return readLines(this, hint) as Coroutine<D[]>;
  }

  /** Writes each line. Line ends are not added. */
  writelines(lines: Iterable<Writable<D>>): Coroutine<void> {
    if (typeof lines === "string" || typeof (lines as Partial<Iterable<unknown>> | null)?.[Symbol.iterator] !== "function")
      throw new TypeError(`lines must be an iterable of values that write() accepts, got ${describe(lines)}`);
    return writeLines(this as File<string | Buffer>, lines);
  }

  /**
   * Reads `count` bytes (characters in text files), or all with -1. Returns fewer only at the end of the file, and an empty result after
   * that.
   */
  abstract read(count?: number): RetryAwaitable<D>;

  /** Reads one line with its end, at most `limit` bytes (characters in text files) of it if `limit` is not negative. Empty at the end. */
  abstract readline(limit?: number): RetryAwaitable<D>;

  /** Writes all of `data` and returns its length. Data is buffered until the buffer is full, or `flush`, `seek`, `read` or `close`. */
  abstract write(data: Writable<D>): RetryAwaitable<number>;

  /** Writes buffered data to the system. */
  flush(): Coroutine<void> {
    return flush(this);
  }

  /**
   * Moves the position and returns it. `offset`: bytes from the start of the file (`whence` SEEK_SET), from the position (SEEK_CUR) or
   * from the end (SEEK_END). In text files, use results of `tell()` with SEEK_SET; SEEK_CUR and SEEK_END accept only 0 and otherwise
   * reject with UnsupportedOperation.
   */
  seek(offset: number, whence = SEEK_SET): Coroutine<number> {
    if (!Number.isSafeInteger(offset)) throw new TypeError(`offset must be an integer, got ${describe(offset)}`);
    if (whence !== SEEK_SET && whence !== SEEK_CUR && whence !== SEEK_END)
      throw new ValueError(`whence must be 0 (SEEK_SET), 1 (SEEK_CUR) or 2 (SEEK_END), got ${describe(whence)}`);
    return seek(this, offset, whence);
  }

  /** Returns the position in bytes from the start of the file, for text files as well. */
  tell(): Coroutine<number> {
    return tell(this);
  }

  /** Sets the length of the file to `size` bytes (default: the position) and returns it. The position does not change. */
  truncate(size: number | null = null): Coroutine<number> {
    if (size !== null && !Number.isSafeInteger(size)) throw new TypeError(`size must be an integer or null, got ${describe(size)}`);
    if (size !== null && size < 0) throw new ValueError(`negative size: ${size}`);
    return truncate(this, size);
  }

  /** Writes buffered data and closes the file. The file is closed even if writing fails. A second call has no effect. */
  override close(): Coroutine<void> {
    return close(this);
  }

  /** Called by `asyncWith()`. */
  override aenter(): SyncAwaitable<this> {
    return new SyncAwaitable(() => {
      this.store.checkOpen();
      return this;
    });
  }

  /** Iterates over the lines until the end. */
  [Symbol.asyncIterator](): AsyncIterableIterator<D> {
    return new LineIterator(this);
  }

  override toString(): string {
    return `<${this.constructor.name} name='${String(this.name)}' mode='${this.mode}'${this.closed ? " closed" : ""}>`;
  }

  // ---------------------------------------------------------------------------------------------- for this folder

  /** Closes a file that was opened after its opening was cancelled. @internal */
  discard(): Promise<void> {
    return this.store.discard();
  }

  /** Returns the next line if it is buffered, else null. @internal */
  abstract readLineNow(): D | null;
  /** The number of bytes between the position and the store's offset. @internal */
  abstract bytesAhead(): number;
  /** Drops the data that was read ahead. @internal */
  abstract dropAhead(): void;
  /** Encodes buffered text and appends it to the store's bytes. @internal */
  abstract encodeRest(): void;
  /** Throws UnsupportedOperation if the position cannot be moved there. @internal */
  abstract checkSeek(offset: number, whence: number): void;

  /** Whether the buffer must be written when it has `pending` bytes. */
  protected isFull(pending: number): boolean {
    return pending >= this.#buffering;
  }
}

/** The types that a file of `D` can write. */
export type Writable<D> = D extends string ? string : Uint8Array | string;

/** The members of a file that the operations below use. @internal */
type View = Pick<File<string | Buffer>, "store" | "bytesAhead" | "dropAhead" | "encodeRest" | "checkSeek">;

/** Writes all pending data. Afterwards the store's offset is the position plus the data that was read ahead. */
async function settle(file: Pick<View, "store" | "encodeRest">): Promise<void> {
  file.encodeRest();
  await file.store.flush();
}

const flush = coroutine(function* flush(file: View) {
  yield* file.store.run(() => settle(file));
});

const close = coroutine(function* close(file: View) {
  yield* file.store.close(() => settle(file));
});

const seek = coroutine(function* seek(file: View, offset: number, whence: number) {
  const { store } = file;
  store.checkSeekable();
  file.checkSeek(offset, whence);
  return yield* store.run(async () => {
    await settle(file);
    const base = whence === SEEK_SET ? 0 : whence === SEEK_CUR ? store.offset - file.bytesAhead() : await store.size();
    const target = base + offset;
    if (target < 0) throw new ValueError(`negative seek position ${target}`);
    file.dropAhead();
    return (store.offset = target);
  });
});

const tell = coroutine(function* tell(file: View) {
  const { store } = file;
  store.checkSeekable();
  return yield* store.run(async () => {
    await settle(file);
    return store.offset - file.bytesAhead();
  });
});

const truncate = coroutine(function* truncate(file: View, size: number | null) {
  const { store } = file;
  store.checkWritable();
  store.checkSeekable();
  return yield* store.run(async () => {
    await settle(file);
    const position = store.offset - file.bytesAhead();
    file.dropAhead();
    store.offset = position;
    await store.truncate(size ?? position);
    return size ?? position;
  });
});

const readLines = coroutine(function* readlines(file: File<string | Buffer>, hint: number): CoroutineGenerator<(string | Buffer)[]> {
  const lines: (string | Buffer)[] = [];
  let length = 0;
  do {
    const line = yield* file.readline();
    if (line.length === 0) break;
    lines.push(line);
    length += line.length;
  } while (hint <= 0 || length <= hint);
  return lines;
});

const writeLines = coroutine(function* writelines(file: File<string | Buffer>, lines: Iterable<string | Uint8Array>) {
  for (const line of lines) yield* file.write(line as string);
});

/** A read operation. It is retried after each block from the system. */
export abstract class Reading<T> extends RetryAwaitable<T> {
  protected readonly store: ByteStore;
  /** Whether the last read from the system reached the end. */
  #ended = false;

  constructor(store: ByteStore) {
    super();
    this.store = store;
  }

  /** Takes the buffered data if there is enough, or if `ended` is true. Otherwise returns WOULD_BLOCK. */
  protected abstract take(ended: boolean): T | typeof WOULD_BLOCK;
  /** Reads more into the file's buffer, as a job of the store. Resolves to false at the end. */
  protected abstract more(): Promise<boolean>;

  override tryNow(): T | typeof WOULD_BLOCK {
    const { store } = this;
    store.checkReadable();
    return store.busy ? WOULD_BLOCK : this.take(this.#ended);
  }

  override waitToRetry(): Future<unknown> {
    this.#ended = false;
    const { store } = this;
    if (store.busy) return store.whenIdle();
    return store.run(async () => {
      this.#ended = !(await this.more());
    });
  }
}

/** The members of a file that a write operation uses. @internal */
interface AcceptingFile<W> extends Pick<View, "store" | "encodeRest"> {
  /** Buffers the data. Returns true if the buffer must be written now. */
  accept(data: W): boolean;
}

/** A write operation. It first buffers all of the data in one step, and waits only if the buffer must be written then. */
export class Write<W> extends RetryAwaitable<number> {
  readonly #file: AcceptingFile<W>;
  readonly #data: W;
  readonly #length: number;
  #accepted = false;

  /** @internal */
  constructor(file: AcceptingFile<W>, data: W, length: number) {
    super();
    this.#file = file;
    this.#data = data;
    this.#length = length;
  }

  override tryNow(): number | typeof WOULD_BLOCK {
    if (this.#accepted) return this.#length;
    const { store } = this.#file;
    store.checkWritable();
    if (store.busy) return WOULD_BLOCK;
    this.#accepted = true;
    return this.#file.accept(this.#data) ? WOULD_BLOCK : this.#length;
  }

  override waitToRetry(): Future<unknown> {
    const { store } = this.#file;
    return this.#accepted ? store.run(() => settle(this.#file)) : store.whenIdle();
  }
}

export function checkCount(name: string, count: unknown): void {
  if (!Number.isInteger(count)) throw new TypeError(`${name} must be an integer, got ${describe(count)}`);
}
