/** The layer between file objects and their backing: runs jobs in order and buffers writes. */
import { isCancelled, ValueError } from "../../core/errors.js";
import type { CoroutineGenerator } from "../../tasks/coroutine.js";
import { wrapFuture } from "../../combinators/ensure-future.js";
import type { Future } from "../../tasks/future.js";
import type { Backing } from "./backing.js";
import { UnsupportedOperation } from "./errors.js";
import type { Mode } from "./mode.js";

/** Size of a read from the system, and of the write buffer. */
export const BLOCK_BYTES = 64 * 1024;
/** Maximum size of one read; node:fs accepts at most 2 GiB. */
const LONGEST_READ = 1 << 30;

/**
 * The bytes below a file object. It runs one job at a time, in the order of the calls. A job belongs to the file, not to the waiting task:
 * if the task is cancelled, the job goes on, and the offset and the buffers reflect its result.
 */
export class ByteStore {
  readonly mode: Mode;
  readonly seekable: boolean;
  readonly #backing: Backing;
  /** The offset of the next block to read, or of the first unwritten byte. The descriptor's own position is not used. */
  offset: number;
  #unwritten: Buffer[] = [];
  #unwrittenBytes = 0;
  #jobs = 0;
  /** Resolves when all jobs so far have finished. Never rejects. */
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

  /** Whether jobs are running. Until they have finished, the buffers can change. */
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

  /** Runs `job` after all earlier jobs. Cancelling the future ends the wait, not the job. */
  run<T>(job: () => Promise<T>): Future<T> {
    this.checkOpen();
    return wrapFuture(this.#enqueue(job));
  }

  /** Completes when all jobs so far have finished. */
  whenIdle(): Future<unknown> {
    return wrapFuture(this.#idle);
  }

  /**
   * Runs `last`, and then closes the file whether or not it failed. A second call waits for the first one. It also fails with the first
   * one's error, unless that was already thrown to a task: a cancelled task has not seen it.
   */
  *close(last: () => Promise<void>): CoroutineGenerator<void> {
    if (this.#closeFailureTold) return;
    this.#closing ??= this.#enqueue(async () => {
      try {
        await last();
      } catch (error) {
        this.#unwritten = [];
        this.#unwrittenBytes = 0;
        // The error of the write is the one to report, not one of closing.
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

  /** Closes a file that was opened after its opening was cancelled. */
  discard(): Promise<void> {
    return (this.#closing = this.#backing.close());
  }

  /** Buffers `data`; the next `flush()` writes it. The caller must not change `data` afterwards. */
  append(data: Buffer): void {
    this.#unwritten.push(data);
    this.#unwrittenBytes += data.length;
  }

  // ---------------------------------------------------------------------------------------------- inside of jobs

  /** Writes the buffered data. If that fails, the rest stays buffered, and the next flush or close tries again. */
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

  /** Writes the buffered data and reads the next block; empty at the end. The returned buffer is not reused. */
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

  /** The number of bytes up to the end plus one, so that one read also finds the end. 0 for files without a known size. */
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
