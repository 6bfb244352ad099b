/** Turns the options `data` and `json` of a request into its body. */
import { Readable } from "node:stream";
import { types } from "node:util";
import type { EventLoop } from "../../core/contracts.js";
import { ValueError } from "../../core/errors.js";
import { Future } from "../../tasks/future.js";
import type { Task } from "../../tasks/task.js";
import { isBytes, viewOf } from "../../util/bytes.js";
import { describe } from "../../util/format.js";
import { FormData, isByteSource, type ByteSource, type FormLike } from "./form-data.js";

/** Types that the option `data` accepts. Strings are sent as UTF-8. */
export type Data = string | Uint8Array | ArrayBuffer | URLSearchParams | FormData | globalThis.FormData | Blob | ByteSource | FormLike;

/** A request's body with its headers' values. */
export interface Body {
  readonly contentType: string | null;
  /** The bytes, or a source that can be read once. */
  readonly content: Buffer | ByteSource;
  /** Length in bytes; null if it is known only when the source ends. */
  readonly length: number | null;
}

/** Builds the body for `data` or `json`; null if neither is given. Throws ValueError if both are. */
export function prepareBody(data: Data | null | undefined, json: unknown, serialize: (value: unknown) => string): Body | null {
  if (json !== undefined) {
    if (data !== undefined && data !== null) throw new ValueError("data and json parameters can not be used at the same time");
    const text: unknown = serialize(json);
    if (typeof text !== "string") throw new TypeError(`json must be serializable as JSON, got ${describe(json)}`);
    return ofBytes(Buffer.from(text), "application/json");
  }
  if (data === undefined || data === null) return null;
  if (typeof data === "string") return ofBytes(Buffer.from(data), "text/plain; charset=utf-8");
  if (typeof data !== "object") throw refused(data);
  if (isBytes(data)) return ofBytes(viewOf(data), "application/octet-stream");
  if (types.isArrayBuffer(data)) return ofBytes(viewOf(new Uint8Array(data)), "application/octet-stream");
  if (data instanceof Uint8Array) throw refused(data); // A proxy of one, for example.
  if (data instanceof URLSearchParams) return ofBytes(Buffer.from(data.toString()), "application/x-www-form-urlencoded");
  if (data instanceof FormData) return ofForm(data);
  if (data instanceof globalThis.FormData) return ofForm(new FormData(data.entries(), { multipart: true }));
  if (data instanceof Blob) return { contentType: data.type || "application/octet-stream", content: data.stream(), length: data.size };
  if (isByteSource(data)) return { contentType: "application/octet-stream", content: data, length: null };
  return ofForm(new FormData(data));
}

function refused(data: unknown): TypeError {
  return new TypeError(`data must be bytes, a string, a form or an async iterable, got ${describe(data)}`);
}

function ofBytes(content: Buffer, contentType: string): Body {
  return { contentType, content, length: content.length };
}

function ofForm(form: FormData): Body {
  const { contentType, pieces } = form.encode();
  if (pieces.every((piece): piece is Buffer => piece instanceof Buffer)) return ofBytes(Buffer.concat(pieces), contentType);
  let length: number | null = 0;
  for (const piece of pieces) {
    const size: number | null = piece instanceof Buffer ? piece.length : piece instanceof Blob ? piece.size : null;
    length = length === null || size === null ? null : length + size;
  }
  return { contentType, content: inTurn(pieces), length };
}

async function* inTurn(pieces: readonly (Buffer | Blob | ByteSource)[]): AsyncGenerator<Uint8Array | string, void, undefined> {
  for (const piece of pieces) {
    if (piece instanceof Buffer) yield piece;
    else yield* piece instanceof Blob ? piece.stream() : piece;
  }
}

/**
 * Returns a stream of the chunks that the source yields. The source runs in its own task, so that it can await anything. Destroying the
 * stream cancels that task. undici destroys it when the request ends early.
 */
export function streamOf(source: ByteSource, loop: EventLoop): Readable {
  let wanted: Future<void> | null = null;
  const stream = new Readable({
    read: () => {
      if (wanted?.done() === false) wanted.setResult(undefined);
    },
    destroy: (error, callback) => {
      task.cancel();
      callback(error);
    },
  });
  const task = loop.createTask<void>(async () => {
    try {
      for await (const piece of source) {
        if (typeof piece !== "string" && !isBytes(piece)) throw new TypeError(`data must yield bytes or strings, got ${describe(piece)}`);
        if (stream.push(typeof piece === "string" ? piece : viewOf(piece))) continue;
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
