/** The response of a request, and the ways to read its body. */
import { ValueError } from "../../core/errors.js";
import { coroutine, type Coroutine, type CoroutineGenerator } from "../../tasks/coroutine.js";
import { SyncAwaitable } from "../../tasks/fast-path.js";
import { lazy, type Outcome } from "../../syntax/async-with.js";
import { describe } from "../../util/format.js";
import type { ResponseContent } from "../http/content.js";
import { parseSetCookies, type Morsel } from "../http/cookies.js";
import { ClientPayloadError, ClientResponseError, ContentTypeError, type RequestInfo } from "../http/errors.js";
import { WITHOUT_BODY, type Exchange } from "../connection/exchange.js";
import type { CIMultiDictProxy } from "../http/multidict.js";
import { decodeText, isEncoding, type DecodingErrors } from "../http/text.js";

/** Options of `response.json()`. */
export interface JsonOptions {
  /** Default: the charset of the response, or UTF-8 if it has none. */
  encoding?: string | null;
  /** The expected content type; default "application/json", null for any. */
  contentType?: string | null;
  /** Parses the text; default JSON.parse. */
  loads?: (text: string) => unknown;
}

/**
 * A response whose headers have arrived; the body arrives while it is read. It occupies its connection until the whole body has arrived or
 * `release()` is called. Mirrors aiohttp.ClientResponse.
 */
export class ClientResponse {
  readonly method: string;
  readonly status: number;
  /** The reason phrase beside the status. */
  readonly reason: string;
  /** The URL of the last request, after redirects, without its fragment. */
  readonly url: URL;
  readonly realUrl: URL;
  readonly requestInfo: RequestInfo;
  /** The redirects that led here, oldest first. */
  readonly history: readonly ClientResponse[];
  readonly [lazy] = true;
  /** @internal */
  readonly maxBodySize: number | null;
  readonly #exchange: Exchange;
  #cookies: ReadonlyMap<string, Morsel> | null = null;
  #body: Buffer | null = null;
  #released = false;
  #inBlock = false;

  /** @internal */
  constructor(exchange: Exchange, info: RequestInfo, history: readonly ClientResponse[], maxBodySize: number | null) {
    this.#exchange = exchange;
    this.maxBodySize = maxBodySize;
    this.method = info.method;
    this.status = exchange.status;
    this.reason = exchange.reason;
    this.url = info.url;
    this.realUrl = info.realUrl;
    this.requestInfo = info;
    this.history = history;
  }

  /** The headers; names ignore case. */
  get headers(): CIMultiDictProxy {
    return this.#exchange.headers;
  }

  /** The cookies that this response sets, by name. */
  get cookies(): ReadonlyMap<string, Morsel> {
    return (this.#cookies ??= parseSetCookies(this.#exchange.setCookies));
  }

  /** The body as a stream. A slow reader pauses the connection. */
  get content(): ResponseContent {
    return this.#exchange.content;
  }

  /** Whether the status is below 400. */
  get ok(): boolean {
    return this.status < 400;
  }

  /** Host and port of the URL. */
  get host(): string {
    return this.url.host;
  }

  /** Whether the body has arrived completely, or the response was released. */
  get closed(): boolean {
    return this.#released || this.#exchange.over;
  }

  /** The Content-Type without its parameters; "application/octet-stream" if there is none. */
  get contentType(): string {
    const type = this.#exchange.header("content-type")?.split(";", 1)[0]!.trim().toLowerCase() ?? "";
    return type === "" ? "application/octet-stream" : type;
  }

  /** The charset of the Content-Type; null if it names none. */
  get charset(): string | null {
    const [, quoted, plain] = /;\s*charset\s*=\s*(?:"([^"]*)"|([^\s;]+))/i.exec(this.#exchange.header("content-type") ?? "") ?? [];
    return quoted ?? plain ?? null;
  }

  /** The value of Content-Length; null if there is none. */
  get contentLength(): number | null {
    const text = this.#exchange.header("content-length");
    return text === null || !/^\d+$/.test(text) ? null : Number(text);
  }

  /**
   * Reads the whole body. A second call returns the same bytes. Rejects with ClientPayloadError if the body is incomplete, or larger than
   * the option `maxBodySize`.
   */
  read(): Coroutine<Buffer> {
    return readBody(this);
  }

  /**
   * Reads the body as text. `encoding`: default the charset of the response, or UTF-8; Python's names of encodings and those of the Encoding
   * Standard. With `errors` "strict", bytes that are invalid in the encoding reject with ValueError; with "replace" they become U+FFFD. A
   * byte order mark stays in the text, unless the encoding is utf-16 or utf-8-sig.
   */
  text(encoding: string | null = null, errors: DecodingErrors = "strict"): Coroutine<string> {
    return readText(this, encoding, errors);
  }

  /**
   * Reads the body as JSON; null if it is empty. Rejects with ContentTypeError if the response has another content type, and with
   * ValueError if the body is not JSON.
   */
  json<T = unknown>(options: JsonOptions = {}): Coroutine<T> {
    return readJson(this, options) as Coroutine<T>;
  }

  /** Throws ClientResponseError if the status is 400 or more. Outside an `asyncWith()` block it also releases the response. */
  raiseForStatus(): void {
    if (this.ok) return;
    if (!this.#inBlock) this.release();
    const { requestInfo, history, status, reason, headers } = this;
    throw new ClientResponseError(requestInfo, history, { status, message: reason, headers });
  }

  /** Drops the rest of the body. If the body has not arrived completely, the connection is closed. Reading fails from now on. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#exchange.discard();
  }

  /** Equivalent to `release()`. */
  close(): void {
    this.release();
  }

  aenter(): SyncAwaitable<this> {
    return new SyncAwaitable(() => {
      this.#inBlock = true;
      return this;
    });
  }

  aexit(_outcome: Outcome): SyncAwaitable<void> {
    return new SyncAwaitable(() => this.release());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
  }

  toString(): string {
    return `<ClientResponse(${this.url.href}) [${this.status} ${this.reason}]>`;
  }

  /** @internal */
  get body(): Buffer | null {
    return this.#body;
  }

  /** @internal */
  set body(body: Buffer) {
    this.#body = body;
  }
}

const readBody = coroutine(function* read(response: ClientResponse) {
  if (response.body !== null) return response.body;
  try {
    return (response.body = yield* response.maxBodySize === null ? response.content.read() : readLimited(response, response.maxBodySize));
  } catch (error) {
    response.close();
    throw error;
  }
});

function* readLimited(response: ClientResponse, limit: number): CoroutineGenerator<Buffer> {
  const { method, status, content, contentLength } = response;
  // An answer to HEAD, and a 304, have the length of a body that does not come. That of a compressed body does not tell how large it is.
  const isComing = method !== "HEAD" && !WITHOUT_BODY.has(status);
  if (isComing && contentLength !== null && contentLength > limit && !response.headers.has("Content-Encoding")) throw tooLarge(limit);
  const pieces: Buffer[] = [];
  let size = 0;
  for (;;) {
    const piece = yield* content.read(limit + 1 - size);
    if (piece.length === 0) return Buffer.concat(pieces, size);
    size += piece.length;
    if (size > limit) throw tooLarge(limit);
    pieces.push(piece);
  }
}

function tooLarge(limit: number): ClientPayloadError {
  return new ClientPayloadError(`the body is larger than maxBodySize, ${limit} bytes; raise it, or read response.content in pieces`);
}

/** Throws TypeError unless the option is a number of bytes or null. */
export function checkMaxBodySize(size: number | null): number | null {
  if (size === null || (Number.isSafeInteger(size) && size >= 0)) return size;
  throw new TypeError(`maxBodySize must be a non-negative integer or null, got ${describe(size)}`);
}

const readText = coroutine(function* text(response: ClientResponse, encoding: string | null, errors: DecodingErrors) {
  if (errors !== "strict" && errors !== "replace") throw new ValueError(`errors must be "strict" or "replace", got ${describe(errors)}`);
  if (encoding !== null && (typeof encoding !== "string" || !isEncoding(encoding)))
    throw new ValueError(`unknown encoding ${describe(encoding)}`);
  const { charset } = response;
  // An unknown encoding is an error if the caller named it. If the server named it, UTF-8 is used instead.
  return decodeText(yield* response.read(), encoding ?? (charset !== null && isEncoding(charset) ? charset : "utf-8"), errors);
});

const readJson = coroutine(function* json(response: ClientResponse, options: JsonOptions) {
  const { encoding = null, contentType = "application/json", loads = JSON.parse as (text: string) => unknown } = options;
  const body = yield* response.read();
  if (contentType !== null && !isExpected(response.contentType, contentType)) {
    const { requestInfo, history, status, headers } = response;
    const message = `Attempt to decode JSON with unexpected mimetype: ${response.contentType}`;
    throw new ContentTypeError(requestInfo, history, { status, message, headers });
  }
  if (body.toString("latin1").trim() === "") return null;
  const text = (yield* response.text(encoding)).replace(/^\ufeff/, ""); // JSON.parse() refuses a byte order mark.
  try {
    return loads(text);
  } catch (error) {
    throw new ValueError(`the body is not JSON: ${error instanceof Error ? error.message : describe(error)}`, { cause: error });
  }
});

function isExpected(type: string, expected: string): boolean {
  return expected === "application/json" ? /^application\/(?:[\w.+-]+?\+)?json$/.test(type) : type.includes(expected);
}
