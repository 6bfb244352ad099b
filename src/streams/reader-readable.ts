import { Readable } from "node:stream";
import type { EventLoop } from "../core/contracts.js";
import { ensureFuture } from "../combinators/ensure-future.js";
import type { Future } from "../tasks/future.js";
import { WOULD_BLOCK, type FastPathAwaitable } from "../tasks/fast-path.js";

/** What is read from: a StreamReader. */
export interface ReadSource {
  read(count: number): FastPathAwaitable<Buffer>;
}

/** A StreamReader as a Readable of Node's, which reads as much as it is asked for. */
export class ReaderReadable extends Readable {
  readonly #source: ReadSource;
  readonly #loop: EventLoop;
  /** A read that waits for data. */
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
      if (done.cancelled()) return void this.destroy(); // By us, or because the run is over.
      const error = done.exception();
      if (error === null) this.#took(done.result());
      else this.destroy(error as Error);
    });
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#waiting?.cancel();
    callback(error);
  }

  #took(block: Buffer): void {
    this.push(block.length === 0 ? null : block);
  }
}
