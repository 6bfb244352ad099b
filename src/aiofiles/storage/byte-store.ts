import { isCancelled, ValueError } from "../../core/errors.js";
import type { CoroutineGenerator } from "../../tasks/coroutine.js";
import { wrapFuture } from "../../combinators/ensure-future.js";
import type { Future } from "../../tasks/future.js";
import type { Backing } from "./backing.js";
import { UnsupportedOperation } from "./errors.js";
import type { Mode } from "./mode.js";

/** What one read from the system asks for, and what is written at once. */
export const BLOCK_BYTES = 64 * 1024;
/** The longest single read; node:fs takes at most 2 GiB. */
const LONGEST_READ = 1 << 30;

/**
 * The bytes below a file object: one job of the system at a time, in the order they were asked for. A job belongs to the file and not to
 * whoever waits for it: when a waiting task is cancelled the job goes on, and what it has read or written is accounted for.
 */
export class ByteStore {
  readonly mode: Mode;
  readonly seekable: boolean;
  readonly #backing: Backing;
  /** Where the next block is read, or the first byte that waits is written. Kept here: the descriptor's own is not used. */
  offset: number;
  #unwritten: Buffer[] = [];
  #unwrittenBytes = 0;
  #jobs = 0;
  /** Settled when all jobs so far are done; never rejects. */
  #idle: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | null = null;
  #closeFailureTold = false;

  constructor(backing: Backing, mode: Mode, offset: number) {
    this.#backing = backing;
    this.mode = mode;
    this.offset = offset;
    this.seekable = backing.seekable;
  }

  get closed(): boolean {
    return this.#closing !== null;
  }

  /** Jobs are under way: whatever is buffered may change any moment. */
  get busy(): boolean {
    return this.#jobs > 0;
  }

  get unwrittenBytes(): number {
    return this.#unwrittenBytes;
  }

  get fd(): number {
    this.checkOpen();
    const { fd } = this.#backing;
    if (fd === null) throw new UnsupportedOperation("fileno: the file is in memory; await rollover() first");
    return fd;
  }

  checkOpen(): void {
    if (this.#closing !== null) throw new ValueError("I/O operation on closed file.");
  }

  checkReadable(): void {
    this.checkOpen();
    if (!this.mode.readable) throw new UnsupportedOperation(`not readable: the file was opened with mode "${this.mode.name}"`);
  }

  checkWritable(): void {
    this.checkOpen();
    if (!this.mode.writable) throw new UnsupportedOperation(`not writable: the file was opened with mode "${this.mode.name}"`);
  }

  checkSeekable(): void {
    this.checkOpen();
    if (!this.seekable) throw new UnsupportedOperation("underlying stream is not seekable: it is a pipe, a socket or a terminal");
  }

  /** Runs `job` after all others. Waiting for it can be cancelled; the job cannot. */
  run<T>(job: () => Promise<T>): Future<T> {
    this.checkOpen();
    return wrapFuture(this.#enqueue(job));
  }

  /** Done when the jobs so far are. */
  whenIdle(): Future<unknown> {
    return wrapFuture(this.#idle);
  }

  /** Runs `last` and closes, whatever comes of it. A second call waits for the first, and fails only if nobody was told why that failed. */
  *close(last: () => Promise<void>): CoroutineGenerator<void> {
    if (this.#closeFailureTold) return;
    this.#closing ??= this.#enqueue(async () => {
      try {
        await last();
      } catch (error) {
        this.#unwritten = [];
        this.#unwrittenBytes = 0;
        // What could not be written is the news.
        await this.#backing.close().catch(() => undefined);
        throw error;
      }
      await this.#backing.close();
    });
    try {
      yield* wrapFuture(this.#closing);
    } catch (error) {
      if (!isCancelled(error)) this.#closeFailureTold = true;
      throw error;
    }
  }

  /** Closes a file that nobody got to see. */
  discard(): Promise<void> {
    return (this.#closing = this.#backing.close());
  }

  /** To be written, by the next job that calls `flush`. `data` is the store's from now on. */
  append(data: Buffer): void {
    this.#unwritten.push(data);
    this.#unwrittenBytes += data.length;
  }

  // ---------------------------------------------------------------------------------------------- inside of jobs

  /** Writes what waits. What could not be written goes on waiting: the next flush, or close, tries and fails again. */
  async flush(): Promise<void> {
    if (this.#unwrittenBytes === 0) return;
    let data = this.#unwritten.length === 1 ? this.#unwritten[0]! : Buffer.concat(this.#unwritten);
    try {
      while (data.length > 0) {
        const written = await this.#backing.write(data, this.offset);
        this.offset += written;
        data = data.subarray(written);
      }
    } finally {
      this.#unwritten = data.length === 0 ? [] : [data];
      this.#unwrittenBytes = data.length;
    }
    if (this.mode.appending && this.seekable) this.offset = await this.#backing.size();
  }

  /** The next block, after what waits was written; empty at the end. The buffer is the caller's. */
  async read(bytes: number): Promise<Buffer> {
    await this.flush();
    const size = Number.isFinite(bytes) ? bytes : await this.#rest();
    const block = Buffer.allocUnsafeSlow(Math.min(Math.max(size, BLOCK_BYTES), LONGEST_READ));
    const read = await this.#backing.read(block, this.offset);
    this.offset += read;
    return block.subarray(0, read);
  }

  size(): Promise<number> {
    return this.#backing.size();
  }

  truncate(size: number): Promise<void> {
    return this.#backing.truncate(size);
  }

  // ----------------------------------------------------------------------------------------------

  /** One more than what is left, so that the end is seen; nothing for files whose size says nothing. */
  async #rest(): Promise<number> {
    return this.seekable ? (await this.#backing.size()) - this.offset + 1 : 0;
  }

  #enqueue<T>(job: () => Promise<T>): Promise<T> {
    this.#jobs++;
    const done = this.#idle.then(job).finally(() => this.#jobs--);
    this.#idle = done.catch(() => undefined);
    return done;
  }
}
