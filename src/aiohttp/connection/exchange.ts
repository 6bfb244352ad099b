/** One request and its response on one connection: turns undici's events into futures and a stream. */
import type { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import type { EventLoop } from "../../core/contracts.js";
import { TimeoutError, ValueError } from "../../core/errors.js";
import type { TimerHandle } from "../../core/handles.js";
import { Future } from "../../tasks/future.js";
import type { Body } from "../http/body.js";
import { streamOf } from "../http/body-source.js";
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
import { headerText } from "../http/header-text.js";
import { InterimResponses } from "./interim-responses.js";
import { receivedHeaders, type CIMultiDict } from "../http/multidict.js";

/** The parts of a request. */
export interface Message {
  readonly info: RequestInfo;
  /** The path of the URL, or the whole URL if the request goes through a proxy without a tunnel. */
  readonly path: string;
  readonly headers: CIMultiDict;
  readonly body: Body | null;
}

export interface ExchangeOptions {
  readonly loop: EventLoop;
  /** The time of the loop's clock at which the whole exchange must be finished. */
  readonly deadline: number | null;
  /** Maximum number of seconds between two chunks. */
  readonly sockRead: number | null;
  readonly readBufsize: number;
  readonly autoDecompress: boolean;
}

/** Responses with these statuses do not have a body, whatever their headers say. */
export const WITHOUT_BODY = new Set([204, 304]);

type ParsedHeaders = Record<string, string | string[] | undefined>;

/** undici's type lacks `servername`. */
type DispatchOptions = Dispatcher.DispatchOptions & { servername?: string };

/**
 * Holds its connection until the response is complete, fails or is discarded, and then releases it. The first of these ends it: the end of
 * the body, an error of the connection, a timeout, `discard()`.
 */
export class Exchange implements Dispatcher.DispatchHandler, Valve {
  /** Completes when the headers have arrived. Fails with the error that arrived instead of them. */
  readonly head: Future<void>;
  readonly content: ResponseContent;
  status = 0;
  reason = "";
  readonly #connection: Connection;
  readonly #message: Message;
  readonly #options: ExchangeOptions;
  #parsed: ParsedHeaders = {};
  #raw: readonly (Buffer | string)[] = [];
  #headers: CIMultiDict | null = null;
  #controller: Dispatcher.DispatchController | null = null;
  #sink: Sink | null = null;
  #interim: InterimResponses | null = null;
  /** Whether a part of the body has arrived. */
  #hasBody = false;
  #over = false;
  #paused = false;
  /** The stream of the request's body, if it is not bytes. */
  #upload: Readable | null = null;
  #deadline: TimerHandle | null = null;
  #watch: TimerHandle | null = null;
  /** The time of the loop's clock at which the last data arrived. */
  #heard = 0;

  constructor(connection: Connection, message: Message, options: ExchangeOptions) {
    this.#connection = connection;
    this.#message = message;
    this.#options = options;
    const { loop, deadline, readBufsize } = options;
    this.head = new Future<void>({ loop });
    this.content = new ResponseContent({ loop, limit: readBufsize });
    if (deadline !== null)
      this.#deadline = loop.callAt(deadline, () => this.#fail(new TimeoutError("the total timeout has expired"))) as TimerHandle;
  }

  /** Sends the request. */
  start(): void {
    const { path, headers, body, info } = this.#message;
    const { route } = this.#connection;
    if (body !== null && !Buffer.isBuffer(body.content)) {
      this.#upload = streamOf(body.content, this.#options.loop);
      this.#upload.once("end", () => this.#onWritten());
    }
    const options: DispatchOptions = {
      path,
      method: info.method,
      headers: headers.flat(),
      body: this.#upload ?? (body?.content as Buffer | undefined) ?? null,
    };
    this.#interim = new InterimResponses(this.#connection.socket, () => (this.#heard = this.#options.loop.time()));
    if (route.isSsl) options.servername = route.serverHostname ?? route.host;
    this.#connection.client.dispatch(options, this);
  }

  /** Whether the connection was released. */
  get over(): boolean {
    return this.#over;
  }

  get headers(): CIMultiDict {
    return (this.#headers ??= receivedHeaders(this.#raw));
  }

  /** Returns a header by its lower-case name, several values joined by commas. */
  header(name: string): string | null {
    const value = this.#parsed[name];
    return value === undefined ? null : headerText(Array.isArray(value) ? value.join(", ") : value);
  }

  get setCookies(): readonly string[] {
    const value = this.#parsed["set-cookie"];
    return value === undefined ? [] : (Array.isArray(value) ? value : [value]).map(headerText);
  }

  /** Drops the rest of the response and closes the connection. Buffered data can no longer be read. */
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
    if (this.#upload === null) this.#onWritten();
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: ParsedHeaders, reason = ""): void {
    if (status < 200 || this.#over) return;
    this.#heard = this.#options.loop.time();
    this.status = status;
    this.reason = this.#interim?.reason ?? reason;
    this.#parsed = headers;
    if (Array.isArray(controller.rawHeaders)) this.#raw = controller.rawHeaders;
    const encoding = this.#options.autoDecompress ? this.header("content-encoding") : null;
    this.#sink = sinkFor(encoding, this.content, this, (error) => this.#undecodable(error));
    if (this.head.canSettle()) this.head.setResult(undefined);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#over) return;
    this.#heard = this.#options.loop.time();
    this.#hasBody = true;
    this.#sink!.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#over) return;
    this.#sink!.end();
    // undici decides only after this callback returns whether it keeps the connection open.
    queueMicrotask(() => this.#finish(true));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    // A 304 can have the Content-Length that the response to an unconditional request would have. undici expects a body then, and closes the
    // connection.
    const { code } = error as NodeJS.ErrnoException;
    if (code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH" && !this.#hasBody && !this.#over && WITHOUT_BODY.has(this.status)) {
      this.#sink!.end();
      this.#finish(false);
      return;
    }
    this.#fail(this.#describe(error));
  }

  // ------------------------------------------------------------------------------------------------------------------

  #describe(error: Error): Error {
    if (error instanceof ClientError || error instanceof StaleConnectionError) return error;
    const { code = "" } = error as NodeJS.ErrnoException;
    const { info, body } = this.#message;
    if (code === "UND_ERR_INVALID_ARG" || code === "UND_ERR_NOT_SUPPORTED") return new ValueError(error.message, { cause: error });
    if (this.#sink !== null) return new ClientPayloadError("Response payload is not completed", { cause: error });
    const wrong = this.#wrongHead(error);
    if (wrong !== null) return new ClientResponseError(info, [], { status: 400, message: wrong, cause: error });
    if (code === "UND_ERR_SOCKET" || code === "UND_ERR_INFO") return new ServerDisconnectedError(undefined, { cause: error });
    if ((error as NodeJS.ErrnoException).syscall !== undefined) return new ClientOSError(error);
    const what = body === null ? "request" : "request body";
    return new ClientConnectionError(`Can not write ${what} for ${info.realUrl.href}: ${error.message}`, { cause: error });
  }

  /** Returns what is wrong if the server has sent something that is not the head of a response; else null. */
  #wrongHead(error: Error): string | null {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (error.name === "HTTPParserError" || code === "UND_ERR_HEADERS_OVERFLOW") return error.message;
    if (code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH") return "Content-Length is given twice, or together with Transfer-Encoding";
    if (code === "UND_ERR_SOCKET" && error.message.startsWith("bad ")) return `${error.message}: it does not answer the request`;
    return code === "ERR_ASSERTION" ? "the response breaks the rules of HTTP" : null;
  }

  /** Called for a body that cannot be decoded. That can be after the response is complete, because the decoder runs asynchronously. */
  #undecodable(error: ClientPayloadError): void {
    if (this.content.exception() === null) this.content.setException(error);
    this.#finish(false, error);
  }

  #fail(error: Error): void {
    if (this.#over) return;
    if (this.head.canSettle()) this.head.failWith(error);
    else this.content.setException(error);
    this.#sink?.destroy();
    this.#finish(false, error);
  }

  #finish(complete: boolean, error?: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#deadline?.cancel();
    this.#watch?.cancel();
    this.#upload?.destroy();
    this.#interim?.stop();
    if (complete) this.#connection.release(true);
    else void this.#connection.destroy(error ?? new ClientConnectionError("Connection closed"));
  }

  /** Called when undici writes the last piece of the request. `sockRead` counts from when the socket has passed it to the system. */
  #onWritten(): void {
    const { sockRead } = this.#options;
    if (sockRead === null) return;
    const { socket } = this.#connection;
    const watch = (): void => {
      if (this.#over) return;
      this.#heard = this.#options.loop.time();
      this.#watchReading(sockRead);
    };
    // Deferred: undici writes after this callback has returned.
    queueMicrotask(() => {
      if (socket.writableNeedDrain) socket.once("drain", watch);
      else watch();
    });
  }

  /**
   * Fails the exchange if no data arrives for `seconds`. There is one timer, not one per chunk: when it fires, it checks when the last data
   * arrived. While the reader has paused the connection, the time does not count, because the server cannot send then.
   */
  #watchReading(seconds: number): void {
    const { loop } = this.#options;
    this.#watch = loop.callAt(this.#heard + seconds, () => {
      if (this.#paused) this.#heard = loop.time();
      if (loop.time() < this.#heard + seconds) this.#watchReading(seconds);
      else this.#fail(new SocketTimeoutError("Timeout on reading data from socket"));
    }) as TimerHandle;
  }
}
