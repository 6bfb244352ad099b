/** The body of a response: the reader, and the sinks that feed it plain or decompressed bytes. */
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from "node:zlib";
import type { Transform } from "node:stream";
import { StreamReader } from "../../streams/reader.js";
import { coroutine, type Coroutine } from "../../tasks/coroutine.js";
import { describe } from "../../util/format.js";
import { ClientPayloadError } from "./errors.js";

/** The body of a response: a StreamReader with aiohttp's methods for reading in chunks. Mirrors aiohttp.StreamReader. */
export class ResponseContent extends StreamReader {
  /** Reads buffered bytes; waits if there are none. Resolves to an empty buffer at the end. */
  readany(): Coroutine<Buffer> {
    return readSome(this, this.limit);
  }

  /** Iterates over the body in chunks of at most `size` bytes. TypeError unless `size` is a positive integer. */
  async *iterChunked(size: number): AsyncGenerator<Buffer, void, undefined> {
    if (!Number.isInteger(size) || size <= 0) throw new TypeError(`size must be a positive integer, got ${describe(size)}`);
    for (;;) {
      const piece = await this.read(size);
      if (piece.length === 0) return;
      yield piece;
    }
  }

  /** Iterates over the body in chunks as they arrive. */
  iterAny(): AsyncGenerator<Buffer, void, undefined> {
    return this.iterChunked(this.limit);
  }
}

const readSome = coroutine(function* readany(content: ResponseContent, size: number) {
  return yield* content.read(size);
});

/** The flow control of the connection that a body arrives on. */
export interface Valve {
  pause(): void;
  resume(): void;
}

/** Receives the bytes of a body as they arrive on the connection. */
export interface Sink {
  push(chunk: Buffer): void;
  /** The body is complete. */
  end(): void;
  /** Drops the rest of the body: nothing more arrives, and nothing reads it. */
  destroy(): void;
}

/** Passes bytes on unchanged. */
class PlainSink implements Sink {
  readonly #content: ResponseContent;

  constructor(content: ResponseContent, valve: Valve) {
    this.#content = content;
    content.setTransport({ pauseReading: () => valve.pause(), resumeReading: () => valve.resume() });
  }

  push(chunk: Buffer): void {
    this.#content.feedData(chunk);
  }

  end(): void {
    this.#content.feedEof();
  }

  destroy(): void {}
}

/** Decompresses bytes. A full reader pauses the decoder, and a decoder with full input pauses the connection. */
class DecodingSink implements Sink {
  readonly #content: ResponseContent;
  readonly #valve: Valve;
  readonly #encoding: string;
  readonly #fail: (error: ClientPayloadError) => void;
  #decoder: Transform | null = null;
  #paused = false;

  constructor(content: ResponseContent, valve: Valve, encoding: string, fail: (error: ClientPayloadError) => void) {
    this.#content = content;
    this.#valve = valve;
    this.#encoding = encoding;
    this.#fail = fail;
    content.setTransport({ pauseReading: () => this.#pause(true), resumeReading: () => this.#pause(false) });
  }

  push(chunk: Buffer): void {
    this.#decoder ??= this.#open(chunk);
    if (!this.#decoder.write(chunk)) this.#valve.pause();
  }

  end(): void {
    // A body without bytes, such as the answer to HEAD, is not a compressed stream: a decoder would fail at its end.
    if (this.#decoder === null) this.#content.feedEof();
    else this.#decoder.end();
  }

  destroy(): void {
    this.#decoder?.destroy();
  }

  #open(first: Buffer): Transform {
    const decoder = decoderOf(this.#encoding, first);
    decoder.on("data", (data: Buffer) => this.#content.feedData(data));
    decoder.on("end", () => this.#content.feedEof());
    decoder.on("drain", () => this.#valve.resume());
    decoder.on("error", (cause) => this.#fail(new ClientPayloadError(`Can not decode content-encoding: ${this.#encoding}`, { cause })));
    if (this.#paused) decoder.pause();
    return decoder;
  }

  #pause(paused: boolean): void {
    this.#paused = paused;
    if (paused) this.#decoder?.pause();
    else this.#decoder?.resume();
  }
}

function decoderOf(encoding: string, first: Buffer): Transform {
  switch (encoding) {
    case "br":
      return createBrotliDecompress();
    case "deflate":
      // Some servers omit zlib's header. Its first byte has the compression method, 8, in its lower half.
      return (first[0]! & 0x0f) === 8 ? createInflate() : createInflateRaw();
    default:
      return createGunzip();
  }
}

const ENCODINGS = new Set(["gzip", "x-gzip", "deflate", "br"]);

/** The value of the default Accept-Encoding header. */
export const ACCEPT_ENCODING = "gzip, deflate, br";

/** Returns the sink for a body with this Content-Encoding. `fail` is called if the bytes cannot be decoded. */
export function sinkFor(encoding: string | null, content: ResponseContent, valve: Valve, fail: (error: ClientPayloadError) => void): Sink {
  const name = encoding?.trim().toLowerCase() ?? "";
  return ENCODINGS.has(name) ? new DecodingSink(content, valve, name, fail) : new PlainSink(content, valve);
}
