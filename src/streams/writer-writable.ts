import { Writable } from "node:stream";
import type { Awaitable, EventLoop, Transport } from "../core/contracts.js";
import { connectionResetError } from "../core/errors.js";
import { ensureFuture } from "../combinators/ensure-future.js";
import type { Future } from "../tasks/future.js";
import { COMPLETED } from "../tasks/completed.js";

type Callback = (error?: Error | null) => void;

/** What is written to: a StreamWriter. */
export interface WriteTarget {
  readonly transport: Transport;
  writelines(list: Iterable<Uint8Array>): void;
  drain(): Awaitable<void>;
}

/** A StreamWriter as a Writable of Node's, which waits for `drain()` after each write. */
export class WriterWritable extends Writable {
  readonly #target: WriteTarget;
  readonly #loop: EventLoop;
  /** A write that waits until there is room. */
  #draining: Future<void> | null = null;
  /** Of an end() that waits until the connection is gone. */
  #finished: Callback | null = null;

  /** `closed`: done when the connection is gone. */
  constructor(target: WriteTarget, closed: Future<void>) {
    super();
    this.#target = target;
    this.#loop = closed.getLoop();
    closed.addDoneCallback(() => {
      const error = closed.exception() as Error | null;
      if (this.writableEnded && error === null) this.#finished?.();
      else if (!this.writableFinished) this.destroy(error ?? connectionResetError());
    });
  }

  /** Of one chunk as well: Node calls it where there is no _write. */
  override _writev(chunks: readonly { chunk: Buffer }[], callback: Callback): void {
    try {
      this.#target.writelines(chunks.map(({ chunk }) => chunk));
      const draining = this.#target.drain();
      if (draining === COMPLETED) return callback();
      this.#draining = ensureFuture(draining, { loop: this.#loop });
    } catch (error) {
      return callback(error as Error);
    }
    this.#draining.addDoneCallback((done) => {
      this.#draining = null;
      callback(done.cancelled() ? connectionResetError() : (done.exception() as Error | null));
    });
  }

  override _final(callback: Callback): void {
    const { transport } = this.#target;
    if (transport.canWriteEof()) {
      transport.writeEof();
      callback();
    } else {
      // With TLS, and with pipes for writing, the end is the end of the connection.
      this.#finished = callback;
      transport.close();
    }
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#draining?.cancel();
    if (!this.writableFinished) this.#target.transport.abort();
    callback(error);
  }
}
