import { addAbortSignal, finished, Readable } from "node:stream";
import type { ReadableStream as WebReadable } from "node:stream/web";
import type { ReadTransport } from "../core/contracts.js";
import { bytesOf } from "../transports/flow-control.js";
import { describe } from "../util/format.js";

/** What is fed: a StreamReader. */
export interface Fed {
  setTransport(transport: Pick<ReadTransport, "pauseReading" | "resumeReading">): void;
  feedData(data: Uint8Array): void;
  feedEof(): void;
  setException(error: Error): void;
}

/** Feeds `reader` with what a Readable of Node's or of the web gives, as fast as it is read; then with its end, or its error. */
export function feedFrom(source: Readable | WebReadable, reader: Fed, signal: AbortSignal | undefined): void {
  const readable = nodeReadable(source);
  if (signal !== undefined) addAbortSignal(signal, readable);
  reader.setTransport({ pauseReading: () => readable.pause(), resumeReading: () => readable.resume() });
  finished(readable, { writable: false }, (error) => {
    if (error === null || error === undefined) reader.feedEof();
    else reader.setException(signal?.aborted === true ? (signal.reason as Error) : error);
  });
  readable.on("data", (data: Uint8Array | string) => {
    try {
      reader.feedData(bytesOf(data));
    } catch (error) {
      readable.destroy(error as Error); // A TypeError: the source gives something else than bytes.
    }
  });
}

function nodeReadable(source: Readable | WebReadable): Readable {
  if (source instanceof ReadableStream) return Readable.fromWeb(source);
  if (typeof (source as Partial<Readable> | null)?.pipe === "function" && typeof source.resume === "function") return source;
  throw new TypeError(`source must be a Readable of Node's or a ReadableStream, got ${describe(source)}`);
}
