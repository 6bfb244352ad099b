/** Feeds a StreamReader from a Node or web stream. */
import { addAbortSignal, finished, Readable } from "node:stream";
import type { ReadableStream as WebReadable } from "node:stream/web";
import type { ReadTransport } from "../core/contracts.js";
import { bytesOf } from "../util/bytes.js";
import { describe } from "../util/format.js";

/** The methods of a StreamReader that are used here. */
export interface Fed {
  setTransport(transport: Pick<ReadTransport, "pauseReading" | "resumeReading">): void;
  feedData(data: Uint8Array): void;
  feedEof(): void;
  setException(error: Error): void;
}

/** Feeds `reader` with the data of a Node or web stream, and then with its end or its error. A full reader pauses the stream. */
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
      readable.destroy(error as Error); // A TypeError: the stream yields something other than bytes.
    }
  });
}

function nodeReadable(source: Readable | WebReadable): Readable {
  if (source instanceof ReadableStream) return Readable.fromWeb(source);
  if (typeof (source as Partial<Readable> | null)?.pipe === "function" && typeof source.resume === "function") return source;
  throw new TypeError(`source must be a Node Readable or a ReadableStream, got ${describe(source)}`);
}
