/** The response of a request, and the ways to read its body. */
import { ValueError } from "../../core/errors.js";
import { coroutine, type Coroutine } from "../../tasks/coroutine.js";
import { SyncAwaitable } from "../../tasks/fast-path.js";
import { lazy, type Outcome } from "../../syntax/async-with.js";
import { describe } from "../../util/format.js";
import type { ResponseContent } from "../http/content.js";
import { parseSetCookies, type Morsel } from "../http/cookies.js";
import { ClientResponseError, ContentTypeError, type RequestInfo } from "../http/errors.js";
import type { Exchange } from "../connection/exchange.js";
import type { CIMultiDictProxy } from "../http/multidict.js";

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
  readonly #exchange: Exchange;
  #cookies: ReadonlyMap<string, Morsel> | null = null;
  #body: Buffer | null = null;
  #released = false;
  #inBlock = false;

  /** @internal */
  constructor(exchange: Exchange, info: RequestInfo, history: readonly ClientResponse[]) {
    this.#exchange = exchange;
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

  /** Reads the whole body. A second call returns the same bytes. Rejects with ClientPayloadError if the body is incomplete. */
  read(): Coroutine<Buffer> {
    return readBody(this);
  }

  /**
   * Reads the body as text. `encoding`: default the charset of the response, or UTF-8. With `errors` "strict", bytes that are invalid in
   * the encoding reject with ValueError; with "replace" they become U+FFFD.
   */
  text(encoding: string | null = null, errors: "strict" | "replace" = "strict"): Coroutine<string> {
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
    return (response.body = yield* response.content.read());
  } catch (error) {
    response.close();
    throw error;
  }
});

const readText = coroutine(function* text(response: ClientResponse, encoding: string | null, errors: "strict" | "replace") {
  const body = yield* response.read();
  const decoder = decoderFor(encoding ?? response.charset, encoding !== null, errors === "strict");
  try {
    return decoder.decode(body);
  } catch (error) {
    throw new ValueError(`the body is not ${decoder.encoding}; text(encoding, "replace") replaces invalid bytes`, { cause: error });
  }
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
  const text = yield* response.text(encoding);
  try {
    return loads(text);
  } catch (error) {
    throw new ValueError(`the body is not JSON: ${error instanceof Error ? error.message : describe(error)}`, { cause: error });
  }
});

function isExpected(type: string, expected: string): boolean {
  return expected === "application/json" ? /^application\/(?:[\w.+-]+?\+)?json$/.test(type) : type.includes(expected);
}

/** Returns a decoder. An unknown encoding is an error if the caller named it; if the server named it, UTF-8 is used instead. */
function decoderFor(encoding: string | null, explicit: boolean, fatal: boolean): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(encoding ?? "utf-8", { fatal });
  } catch (error) {
    if (explicit) throw new ValueError(`unknown encoding ${describe(encoding)}`, { cause: error });
    return new TextDecoder("utf-8", { fatal });
  }
}
