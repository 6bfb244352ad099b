/** One request and its response on one connection: undici's events become futures and a stream. */
import type { Dispatcher } from "undici";
import type { EventLoop } from "../../core/contracts.js";
import { TimeoutError, ValueError } from "../../core/errors.js";
import type { TimerHandle } from "../../core/handles.js";
import { Future } from "../../tasks/future.js";
import { streamOf, type Body } from "../http/body.js";
import { StaleConnectionError, type Connection } from "./connector.js";
import { ResponseContent, sinkFor, type Sink, type Valve } from "../http/content.js";
import {
  ClientConnectionError,
  ClientError,
  ClientOSError,
  ClientPayloadError,
  ClientResponseError,
  ServerDisconnectedError,
  SocketTimeoutError,
  type RequestInfo,
} from "../http/errors.js";
import { CIMultiDict } from "../http/multidict.js";

/** What is sent. */
export interface Message {
  readonly info: RequestInfo;
  /** Of the URL, or the whole URL where a proxy is asked. */
  readonly path: string;
  readonly headers: CIMultiDict;
  readonly body: Body | null;
}

export interface ExchangeOptions {
  readonly loop: EventLoop;
  /** When all must be over, in the loop's time. */
  readonly deadline: number | null;
  /** Seconds between two pieces. */
  readonly sockRead: number | null;
  readonly readBufsize: number;
  readonly autoDecompress: boolean;
}

type ParsedHeaders = Record<string, string | string[] | undefined>;

/** undici's own type leaves this one out. */
type DispatchOptions = Dispatcher.DispatchOptions & { servername?: string };

/**
 * Holds its connection until the body has come completely, failed, or is not wanted any more; then gives it back. What ends it is the first of:
 * the end of the body, an error of the connection, a deadline, `abort()`.
 */
export class Exchange implements Dispatcher.DispatchHandler, Valve {
  /** Done when the headers have come; fails with what came instead. */
  readonly head: Future<void>;
  readonly content: ResponseContent;
  status = 0;
  reason = "";
  readonly #connection: Connection;
  readonly #message: Message;
  readonly #options: ExchangeOptions;
  #parsed: ParsedHeaders = {};
  #raw: unknown = null;
  #headers: CIMultiDict | null = null;
  #controller: Dispatcher.DispatchController | null = null;
  #sink: Sink | null = null;
  #over = false;
  #paused = false;
  #deadline: TimerHandle | null = null;
  #watch: TimerHandle | null = null;
  /** When the last byte came, in the loop's time. */
  #heard = 0;

  constructor(connection: Connection, message: Message, options: ExchangeOptions) {
    this.#connection = connection;
    this.#message = message;
    this.#options = options;
    const { loop, deadline, sockRead, readBufsize } = options;
    this.head = new Future<void>({ loop });
    this.content = new ResponseContent({ loop, limit: readBufsize });
    if (deadline !== null)
      this.#deadline = loop.callAt(deadline, () => this.#fail(new TimeoutError("the total time is over"))) as TimerHandle;
    if (sockRead !== null) {
      this.#heard = loop.time();
      this.#watchReading(sockRead);
    }
  }

  /** Sends the request. */
  start(): void {
    const { path, headers, body, info } = this.#message;
    const { route } = this.#connection;
    const options: DispatchOptions = {
      path,
      method: info.method,
      headers: headers.flat(),
      body: body === null ? null : Buffer.isBuffer(body.content) ? body.content : streamOf(body.content, this.#options.loop),
    };
    if (route.isSsl) options.servername = route.serverHostname ?? route.host;
    this.#connection.client.dispatch(options, this);
  }

  /** Whether the connection was given back. */
  get over(): boolean {
    return this.#over;
  }

  get headers(): CIMultiDict {
    return (this.#headers ??= headersOf(this.#raw));
  }

  /** A header that comes once, by its name in lower case. */
  header(name: string): string | null {
    const value = this.#parsed[name];
    return value === undefined ? null : Array.isArray(value) ? value.join(", ") : value;
  }

  get setCookies(): readonly string[] {
    const value = this.#parsed["set-cookie"];
    return value === undefined ? [] : Array.isArray(value) ? value : [value];
  }

  /** Gives up what has not come yet, and closes the connection for it; what has come and was not read cannot be read any more. */
  discard(): void {
    this.#sink?.destroy();
    const error = new ClientConnectionError("Connection closed");
    if (this.content.exception() === null) this.content.setException(error);
    this.#finish(false, error);
  }

  // ------------------------------------------------------------------------------------------------ back-pressure

  pause(): void {
    this.#paused = true;
    this.#controller?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#heard = this.#options.loop.time();
    this.#controller?.resume();
  }

  // ------------------------------------------------------------------------------------------------ called by undici

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: ParsedHeaders, reason = ""): void {
    if (status < 200 || this.#over) return;
    this.#heard = this.#options.loop.time();
    this.status = status;
    this.reason = reason;
    this.#parsed = headers;
    this.#raw = controller.rawHeaders;
    const encoding = this.#options.autoDecompress ? this.header("content-encoding") : null;
    this.#sink = sinkFor(encoding, this.content, this, (error) => this.#undecodable(error));
    if (!this.head.done()) this.head.setResult(undefined);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#over) return;
    this.#heard = this.#options.loop.time();
    this.#sink!.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#over) return;
    this.#sink!.end();
    // undici decides only after this call whether the connection stays open.
    queueMicrotask(() => this.#finish(true));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(this.#describe(error));
  }

  // ------------------------------------------------------------------------------------------------------------------

  #describe(error: Error): Error {
    if (error instanceof ClientError || error instanceof StaleConnectionError) return error;
    const { code = "" } = error as NodeJS.ErrnoException;
    const { info, body } = this.#message;
    if (code === "UND_ERR_INVALID_ARG" || code === "UND_ERR_NOT_SUPPORTED") return new ValueError(error.message, { cause: error });
    if (this.#sink !== null) return new ClientPayloadError("Response payload is not completed", { cause: error });
    if (error.name === "HTTPParserError" || code === "UND_ERR_HEADERS_OVERFLOW")
      return new ClientResponseError(info, [], { status: 400, message: error.message, cause: error });
    if (code === "UND_ERR_SOCKET" || code === "UND_ERR_INFO") return new ServerDisconnectedError(undefined, { cause: error });
    if ((error as NodeJS.ErrnoException).syscall !== undefined) return new ClientOSError(error);
    const what = body === null ? "request" : "request body";
    return new ClientConnectionError(`Can not write ${what} for ${info.realUrl.href}: ${error.message}`, { cause: error });
  }

  /** Also after all has come: the decoder may lag behind. */
  #undecodable(error: ClientPayloadError): void {
    if (this.content.exception() === null) this.content.setException(error);
    this.#finish(false, error);
  }

  #fail(error: Error): void {
    if (this.#over) return;
    if (!this.head.done()) this.head.failWith(error);
    else this.content.setException(error);
    this.#sink?.destroy();
    this.#finish(false, error);
  }

  #finish(complete: boolean, error?: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#deadline?.cancel();
    this.#watch?.cancel();
    if (complete) this.#connection.release(true);
    else void this.#connection.destroy(error!);
  }

  /** One timer, not one for each piece: looks when the last one came. A reader that does not read is not the server's fault. */
  #watchReading(seconds: number): void {
    const { loop } = this.#options;
    this.#watch = loop.callAt(this.#heard + seconds, () => {
      if (this.#paused) this.#heard = loop.time();
      if (loop.time() < this.#heard + seconds) this.#watchReading(seconds);
      else this.#fail(new SocketTimeoutError("Timeout on reading data from socket"));
    }) as TimerHandle;
  }
}

/** Name and value in turn, as they came. */
function headersOf(raw: unknown): CIMultiDict {
  const headers = new CIMultiDict();
  if (!Array.isArray(raw)) return headers;
  for (let at = 0; at + 1 < raw.length; at += 2) headers.add(textOf(raw[at]), textOf(raw[at + 1]));
  return headers;
}

function textOf(bytes: unknown): string {
  return Buffer.isBuffer(bytes) ? bytes.toString("latin1") : String(bytes);
}
