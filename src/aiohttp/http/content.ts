/** The bytes of a response, as they are read. */
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from "node:zlib";
import type { Transform } from "node:stream";
import { StreamReader } from "../../streams/reader.js";
import { coroutine, type Coroutine } from "../../tasks/coroutine.js";
import { describe } from "../../util/format.js";
import { ClientPayloadError } from "./errors.js";

/** A response's body: a StreamReader, with aiohttp's ways to read it by pieces. */
export class ResponseContent extends StreamReader {
  /** What has come; waits until there is something. Empty at the end. */
  readany(): Coroutine<Buffer> {
    return readSome(this, this.limit);
  }

  /** The body in pieces of at most `size` bytes. */
  async *iterChunked(size: number): AsyncGenerator<Buffer, void, undefined> {
    if (!Number.isInteger(size) || size <= 0) throw new TypeError(`size must be a positive number of bytes, got ${describe(size)}`);
    for (;;) {
      const piece = await this.read(size);
      if (piece.length === 0) return;
      yield piece;
    }
  }

  /** The body in pieces as they come. */
  iterAny(): AsyncGenerator<Buffer, void, undefined> {
    return this.iterChunked(this.limit);
  }
}

const readSome = coroutine(function* readany(content: ResponseContent, size: number) {
  return yield* content.read(size);
});

/** Where a response's bytes go, and what can hold them back. */
export interface Valve {
  pause(): void;
  resume(): void;
}

/** Takes the bytes of a body as they come from the connection. */
export interface Sink {
  push(chunk: Buffer): void;
  /** The body is complete. */
  end(): void;
  /** Nothing more comes, and nobody reads. */
  destroy(): void;
}

/** Bytes as they are. */
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

/** Compressed bytes. A reader that does not read pauses the decoder, and a decoder whose input is full pauses the connection. */
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
    // No byte at all, as after HEAD, is no compressed stream.
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
      // Some servers leave out zlib's header, which begins with the compression method 8.
      return (first[0]! & 0x0f) === 8 ? createInflate() : createInflateRaw();
    default:
      return createGunzip();
  }
}

const ENCODINGS = new Set(["gzip", "x-gzip", "deflate", "br"]);

/** The encodings that are asked for. */
export const ACCEPT_ENCODING = "gzip, deflate, br";

/** What takes the bytes of a body of this Content-Encoding; `fail` is told what cannot be decoded. */
export function sinkFor(encoding: string | null, content: ResponseContent, valve: Valve, fail: (error: ClientPayloadError) => void): Sink {
  const name = encoding?.trim().toLowerCase() ?? "";
  return ENCODINGS.has(name) ? new DecodingSink(content, valve, name, fail) : new PlainSink(content, valve);
}
