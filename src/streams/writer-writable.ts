/** The adapter behind `StreamWriter.toWritable()`. */
import { Writable } from "node:stream";
import type { Awaitable, EventLoop, Transport } from "../core/contracts.js";
import { connectionResetError } from "../core/errors.js";
import { ensureFuture } from "../combinators/ensure-future.js";
import type { Future } from "../tasks/future.js";
import { COMPLETED } from "../tasks/completed.js";

type Callback = (error?: Error | null) => void;

/** The members of a StreamWriter that are used here. */
export interface WriteTarget {
  readonly transport: Transport;
  writelines(list: Iterable<Uint8Array>): void;
  drain(): Awaitable<void>;
}

/** The members of the writer's protocol that are used here. */
export interface WriteProtocol {
  /** Completes when the connection is closed. */
  readonly closed: Future<void>;
  readonly isWritingPaused: boolean;
}

/** Presents a StreamWriter as a Node Writable. Each write waits for `drain()`. */
export class WriterWritable extends Writable {
  readonly #target: WriteTarget;
  readonly #loop: EventLoop;
  /** A pending `drain()`. */
  #draining: Future<void> | null = null;
  /** The callback of `end()`, if it waits until the connection is closed. */
  #finished: Callback | null = null;

  constructor(target: WriteTarget, protocol: WriteProtocol) {
    super();
    const { closed } = protocol;
    this.#target = target;
    this.#loop = closed.getLoop();
    closed.addDoneCallback(() => {
      const hasDropped = protocol.isWritingPaused; // abort() drops unsent data, but a `drain()` that waits does not fail.
      const error = (closed.exception() as Error | null) ?? (hasDropped ? connectionResetError() : null);
      if (this.writableEnded && error === null) this.#finished?.();
      else if (!this.writableFinished) this.destroy(error ?? connectionResetError());
    });
  }

  /** Node calls this for single chunks as well, because there is no _write(). */
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
      // TLS connections and pipes cannot be half closed: the end of the stream closes the connection.
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
