/** Bodies that are read while they are sent: Blobs and the caller's async iterables. */
import { Readable } from "node:stream";
import type { EventLoop } from "../../core/contracts.js";
import { Future } from "../../tasks/future.js";
import type { Task } from "../../tasks/task.js";
import { isBytes, viewOf } from "../../util/bytes.js";
import { describe } from "../../util/format.js";
import { ClientPayloadError } from "./errors.js";
import { isByteSource, type ByteSource } from "./form-data.js";

type Piece = Buffer | Blob | ByteSource;

/** The way out of every error about a body that cannot be sent again. */
const REPEATABLE = "Use bytes, a Blob, or an object whose [Symbol.asyncIterator]() starts again each time";

/** Sources that a request has read and that have nothing left: generators, streams. */
const spent = new WeakSet<ByteSource>();

/**
 * The pieces of a body, in order. Reading starts when the request is written to its connection, so a request that finds its connection
 * closed has not touched them. After that the body can be sent again only if every piece can be read from its start again.
 */
export class BodySource {
  readonly #pieces: readonly Piece[];
  /** The iterators of the last reading, by piece. */
  readonly #iterators = new Map<ByteSource, AsyncIterator<Uint8Array | string>>();
  #started = false;
  /** The number of bytes that the longest reading gave. */
  #most = 0;

  /** Throws ClientPayloadError if an earlier request has read a piece that can be read only once. */
  constructor(pieces: readonly Piece[]) {
    for (const piece of pieces)
      if (isByteSource(piece) && spent.has(piece))
        throw new ClientPayloadError(`data was read by an earlier request, and can be read only once. ${REPEATABLE}.`);
    this.#pieces = pieces;
  }

  /** Whether the body can be sent now: it was not sent yet, or all of it can be made again. */
  get repeatable(): boolean {
    return !this.#started || this.#pieces.every((piece) => !isByteSource(piece) || this.#startsAgain(piece));
  }

  /** Yields the bytes. */
  async *read(): AsyncGenerator<Uint8Array | string, void, undefined> {
    this.#started = true;
    let count = 0;
    for (const piece of this.#pieces) {
      for await (const chunk of this.#open(piece)) {
        if (typeof chunk !== "string" && !isBytes(chunk)) throw new TypeError(`data must yield bytes or strings, got ${describe(chunk)}`);
        const bytes = typeof chunk === "string" ? chunk : viewOf(chunk);
        count += Buffer.byteLength(bytes);
        this.#most = Math.max(this.#most, count);
        yield bytes;
      }
    }
    // A class can make new iterators that share what is left. The server must not take the rest for the whole.
    if (count < this.#most)
      throw new ClientPayloadError(`data gave ${this.#most} bytes at first and ${count} when it was read again. ${REPEATABLE}.`);
  }

  #open(piece: Piece): AsyncIterable<Uint8Array | string> | Iterable<Buffer> {
    if (!isByteSource(piece) || piece instanceof Blob) return piece instanceof Blob ? piece.stream() : [piece];
    const iterator = piece[Symbol.asyncIterator]();
    this.#iterators.set(piece, iterator);
    if (iterator === (piece as unknown) || isStream(piece)) spent.add(piece);
    return { [Symbol.asyncIterator]: () => iterator };
  }

  #startsAgain(piece: ByteSource): boolean {
    if (hasPosition(piece)) return false;
    const iterator: unknown = piece[Symbol.asyncIterator]();
    return iterator !== piece && iterator !== this.#iterators.get(piece);
  }
}

/** Returns the error of a body that cannot be sent a second time. `what`: what that prevents; `or`: another way out. */
export function cannotRepeat(what: string, { or = "", cause }: { or?: string; cause?: unknown } = {}): ClientPayloadError {
  return new ClientPayloadError(`${what} with a consumed request body. ${REPEATABLE}${or}.`, cause === undefined ? {} : { cause });
}

/** Whether iterating over the source continues where the last reader stopped: files, streams, queues, iterators. */
function hasPosition(source: ByteSource): boolean {
  const { next, read, get, receive } = source as unknown as Record<string, unknown>;
  return isStream(source) || [next, read, get, receive].some((method) => typeof method === "function");
}

/** Whether the source is a stream of Node or of the web, or another emitter: it gives its data once. */
function isStream(source: ByteSource): boolean {
  const { on, getReader } = source as unknown as Record<string, unknown>;
  return typeof on === "function" || typeof getReader === "function";
}

/**
 * Returns a stream of the source's bytes. The source runs in its own task, so that it can await anything; the task touches the source when
 * the stream is read for the first time. Destroying the stream cancels the task.
 */
export function streamOf(source: BodySource, loop: EventLoop): Readable {
  let wanted = new Future<void>({ loop });
  const stream = new Readable({
    read: () => {
      if (wanted.canSettle()) wanted.setResult(undefined);
    },
    destroy: (error, callback) => {
      task.cancel();
      callback(error);
    },
  });
  const task = loop.createTask<void>(async () => {
    try {
      await wanted;
      for await (const piece of source.read()) {
        if (stream.push(piece)) continue;
        await (wanted = new Future<void>({ loop }));
      }
      stream.push(null);
    } catch (error) {
      if (stream.destroyed) throw error; // The task was cancelled by destroy().
      stream.destroy(error as Error);
    }
  }) as Task<void>;
  return stream;
}
