/** The adapter behind `StreamReader.toReadable()`. */
import { Readable } from "node:stream";
import type { EventLoop } from "../core/contracts.js";
import { ensureFuture } from "../combinators/ensure-future.js";
import type { Future } from "../tasks/future.js";
import { WOULD_BLOCK, type FastPathAwaitable } from "../tasks/fast-path.js";

/** The method of a StreamReader that is used here. */
export interface ReadSource {
  read(count: number): FastPathAwaitable<Buffer>;
}

/** Presents a StreamReader as a Node Readable. It reads only on demand. */
export class ReaderReadable extends Readable {
  readonly #source: ReadSource;
  readonly #loop: EventLoop;
  /** A pending read. */
  #waiting: Future<Buffer> | null = null;

  constructor(source: ReadSource, loop: EventLoop) {
    super();
    this.#source = source;
    this.#loop = loop;
  }

  override _read(size: number): void {
    const reading = this.#source.read(size);
    try {
      const block = reading.tryNow();
      if (block !== WOULD_BLOCK) return this.#took(block);
      this.#waiting = ensureFuture(reading, { loop: this.#loop });
    } catch (error) {
      this.destroy(error as Error);
      return;
    }
    this.#waiting.addDoneCallback((done) => {
      this.#waiting = null;
      if (done.cancelled()) return void this.destroy(); // By _destroy(), or because the run ended.
      const error = done.exception();
      if (error === null) this.#took(done.result());
      else this.destroy(error as Error);
    });
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    if (this.#waiting?.canSettle() === true) this.#waiting.cancel();
    callback(error);
  }

  #took(block: Buffer): void {
    this.push(block.length === 0 ? null : block);
  }
}
