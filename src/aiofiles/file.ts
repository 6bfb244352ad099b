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

/** For `seek`: from the file's beginning. Mirrors os.SEEK_SET. */
export const SEEK_SET = 0;

/** For `seek`: from where the position is. Mirrors os.SEEK_CUR. */
export const SEEK_CUR = 1;

/** For `seek`: from the file's end. Mirrors os.SEEK_END. */
export const SEEK_END = 2;

/**
 * What text and binary files have in common. `D` is what they give. Made by `open()`; a manager itself, for `asyncWith(file, ...)`.
 *
 * A task that waits for a file can be cancelled at once, but the system's work goes on: what it has read stays in the file's buffer for the
 * next read, what was accepted for writing is written.
 */
export abstract class File<D extends string | Buffer> extends AsyncClosable {
  /** As it was given to `open()`. */
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

  /** As it was given to `open()`. */
  get mode(): string {
    return this.store.mode.name;
  }

  /** Whether it was closed; then everything else is a ValueError. */
  get closed(): boolean {
    return this.store.closed;
  }

  /** The descriptor. Its own position is not the file's: reads and writes say where. ValueError when the file is closed. */
  fileno(): number {
    return this.store.fd;
  }

  /** Whether its mode lets it be read. ValueError when the file is closed. */
  readable(): boolean {
    this.store.checkOpen();
    return this.store.mode.readable;
  }

  /** Whether its mode lets it be written. ValueError when the file is closed. */
  writable(): boolean {
    this.store.checkOpen();
    return this.store.mode.writable;
  }

  /** Whether it has a position: pipes and terminals have none. ValueError when the file is closed. */
  seekable(): boolean {
    this.store.checkOpen();
    return this.store.seekable;
  }

  /** All lines until the end, or until they have more than `hint` bytes (characters in text). */
  readlines(hint = -1): Coroutine<D[]> {
    checkCount("hint", hint);
    return readLines(this, hint) as Coroutine<D[]>;
  }

  /** Writes each of the lines; no line ends are added. */
  writelines(lines: Iterable<Writable<D>>): Coroutine<void> {
    if (typeof lines === "string" || typeof (lines as Partial<Iterable<unknown>> | null)?.[Symbol.iterator] !== "function")
      throw new TypeError(`lines must be an iterable of what write() takes, got ${describe(lines)}`);
    return writeLines(this as File<string | Buffer>, lines);
  }

  /** Up to `count` bytes (characters in text), less only at the end of the file; all until the end with -1. Empty at the end. */
  abstract read(count?: number): RetryAwaitable<D>;

  /** One line with its end; cut off after `limit` bytes (characters in text) where that is not negative. Empty at the end. */
  abstract readline(limit?: number): RetryAwaitable<D>;

  /** Writes all of `data` and gives its length. What is short is kept until there is more of it, or `flush`, `seek`, `read` or `close`. */
  abstract write(data: Writable<D>): RetryAwaitable<number>;

  /** Hands what was written to the system. */
  flush(): Coroutine<void> {
    return flush(this);
  }

  /**
   * Moves to `offset` bytes from the beginning (`whence` 0, SEEK_SET), the position (1) or the end (2); gives the new position. In text
   * only what `tell()` gave, 0 and the end are places to go to.
   */
  seek(offset: number, whence = SEEK_SET): Coroutine<number> {
    if (!Number.isSafeInteger(offset)) throw new TypeError(`offset must be an integer number of bytes, got ${describe(offset)}`);
    if (whence !== SEEK_SET && whence !== SEEK_CUR && whence !== SEEK_END)
      throw new ValueError(`whence must be 0 (the beginning), 1 (the position) or 2 (the end), got ${describe(whence)}`);
    return seek(this, offset, whence);
  }

  /** The position, in bytes from the beginning; in text too. */
  tell(): Coroutine<number> {
    return tell(this);
  }

  /** Makes the file `size` bytes long, as long as the position is where it is null; gives the size. The position stays. */
  truncate(size: number | null = null): Coroutine<number> {
    if (size !== null && !Number.isSafeInteger(size))
      throw new TypeError(`size must be an integer number of bytes or null, got ${describe(size)}`);
    if (size !== null && size < 0) throw new ValueError(`negative size: ${size}`);
    return truncate(this, size);
  }

  /** Writes what waits and closes. The file is closed even if that fails. Closing again does nothing. */
  override close(): Coroutine<void> {
    return close(this);
  }

  /** For `asyncWith(file, ...)`. */
  override aenter(): SyncAwaitable<this> {
    return new SyncAwaitable(() => {
      this.store.checkOpen();
      return this;
    });
  }

  /** Lines until the end. */
  [Symbol.asyncIterator](): AsyncIterableIterator<D> {
    return new LineIterator(this);
  }

  override toString(): string {
    return `<${this.constructor.name} name='${String(this.name)}' mode='${this.mode}'${this.closed ? " closed" : ""}>`;
  }

  // ---------------------------------------------------------------------------------------------- for this folder

  /** Closes a file that nobody got to see. @internal */
  discard(): Promise<void> {
    return this.store.discard();
  }

  /** The next line if that needs no waiting; null if it does. @internal */
  abstract readLineNow(): D | null;
  /** Bytes from the position to the store's offset. @internal */
  abstract bytesAhead(): number;
  /** Forgets what was read ahead. @internal */
  abstract dropAhead(): void;
  /** Gives the store what is not bytes yet. @internal */
  abstract encodeRest(): void;
  /** UnsupportedOperation for a place that cannot be gone to. @internal */
  abstract checkSeek(offset: number, whence: number): void;

  /** Whether a write of what waits is due, now that `pending` waits. */
  protected isFull(pending: number): boolean {
    return pending >= this.#buffering;
  }
}

/** What can be written to a file that gives `D`. */
export type Writable<D> = D extends string ? string : Uint8Array | string;

/** What the operations below need of a file. @internal */
type View = Pick<File<string | Buffer>, "store" | "bytesAhead" | "dropAhead" | "encodeRest" | "checkSeek">;

/** Gives all that is pending to the system; afterwards the store's offset is the position, but for what was read ahead. */
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

/** A read of some kind: tried again whenever more was read from the system. */
export abstract class Reading<T> extends RetryAwaitable<T> {
  protected readonly store: ByteStore;
  /** The last read from the system has met the end. */
  #ended = false;

  constructor(store: ByteStore) {
    super();
    this.store = store;
  }

  /** What is there if it is enough, or all there is; WOULD_BLOCK otherwise. */
  protected abstract take(ended: boolean): T | typeof WOULD_BLOCK;
  /** A job: reads more into the file's buffer; false at the end. */
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

/** What a write needs of its file. @internal */
interface AcceptingFile<W> extends Pick<View, "store" | "encodeRest"> {
  /** Adds the data to what waits; true if that is to be written now. */
  accept(data: W): boolean;
}

/** A write: first accepted, in whole and at once, and then waited for where so much waits that it is due. */
export class Write<W extends { readonly length: number }> extends RetryAwaitable<number> {
  readonly #file: AcceptingFile<W>;
  readonly #data: W;
  #accepted = false;

  /** @internal */
  constructor(file: AcceptingFile<W>, data: W) {
    super();
    this.#file = file;
    this.#data = data;
  }

  override tryNow(): number | typeof WOULD_BLOCK {
    if (this.#accepted) return this.#data.length;
    const { store } = this.#file;
    store.checkWritable();
    if (store.busy) return WOULD_BLOCK;
    this.#accepted = true;
    return this.#file.accept(this.#data) ? WOULD_BLOCK : this.#data.length;
  }

  override waitToRetry(): Future<unknown> {
    const { store } = this.#file;
    return this.#accepted ? store.run(() => settle(this.#file)) : store.whenIdle();
  }
}

export function checkCount(name: string, count: unknown): void {
  if (!Number.isInteger(count)) throw new TypeError(`${name} must be an integer, got ${describe(count)}`);
}
