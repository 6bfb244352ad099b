/** `ClientSession`: HTTP requests with shared connections, cookies and defaults. */
import { inspect, type InspectOptions } from "node:util";
import { RuntimeError, ValueError } from "../../core/errors.js";
import { coroutine, type Coroutine } from "../../tasks/coroutine.js";
import { AsyncClosable } from "../../syntax/async-with.js";
import { describe } from "../../util/format.js";
import { checkAuth, type BasicAuth } from "../http/basic-auth.js";
import { ClientTimeout, DEFAULT_TIMEOUT, type ClientTimeoutOptions } from "./client-timeout.js";
import { BaseConnector, TCPConnector } from "../connection/connector.js";
import { CookieJar, type AbstractCookieJar, type CookiesLike } from "../http/cookies.js";
import { withoutCredentials } from "../http/errors.js";
import { CIMultiDict, type HeadersLike } from "../http/multidict.js";
import { performRequest, RequestContextManager, type RaiseForStatus, type RequestOptions, type SessionDefaults } from "./request.js";
import { checkMaxBodySize } from "./response.js";
import { watchUnclosed } from "./unclosed.js";
import { parseBaseUrl } from "../http/urls.js";
import { performWsConnect, WSRequestContextManager, type WsConnectOptions } from "./ws-connect.js";

/** Options of ClientSession. */
export interface ClientSessionOptions {
  /** Relative URLs are resolved against this one. */
  baseUrl?: string | URL;
  /** Default: a new TCPConnector. */
  connector?: BaseConnector;
  /** Whether closing the session closes the connector; default true. */
  connectorOwner?: boolean;
  /** Sent with every request. */
  headers?: HeadersLike;
  /** Sent with every request, to every host. */
  cookies?: CookiesLike;
  cookieJar?: AbstractCookieJar;
  /** Credentials for requests to the origin of `baseUrl`, or for all requests if there is no `baseUrl`. */
  auth?: BasicAuth;
  /** Default: 300 seconds in total, 30 seconds for opening a connection. */
  timeout?: ClientTimeout | ClientTimeoutOptions;
  raiseForStatus?: RaiseForStatus;
  /** Default: JSON.stringify. */
  jsonSerialize?: (value: unknown) => string;
  skipAutoHeaders?: Iterable<string>;
  autoDecompress?: boolean;
  /** Reading from the connection pauses while more than twice this number of bytes is buffered. Default 65536. */
  readBufsize?: number;
  /**
   * The most bytes that `read()`, `text()` and `json()` of a response take, after decompression; a larger body fails them with
   * ClientPayloadError. Default null: no limit. Beyond aiohttp.
   */
  maxBodySize?: number | null;
  /** Uses the proxies in the environment variables HTTP_PROXY, HTTPS_PROXY and NO_PROXY. Default false. */
  trustEnv?: boolean;
  proxy?: string | URL;
  proxyAuth?: BasicAuth;
}

/**
 * Makes HTTP requests; keeps connections and cookies between them. An application usually needs one session, used for all its requests.
 *
 * ```ts
 * import { createServer } from "node:http";
 * import * as asyncio from "uvio";
 * import { ClientSession } from "uvio/aiohttp";
 *
 * const server = createServer((request, response) => response.end(`you asked for ${request.url}`));
 * await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
 * const { port } = server.address() as { port: number };
 *
 * await asyncio.run(() =>
 *   asyncio.asyncWith(new ClientSession(), (session) =>
 *     asyncio.asyncWith(session.get(`http://127.0.0.1:${port}/levels`, { params: { from: 1 } }), async (response) => {
 *       console.log(response.status, await response.text()); // 200 you asked for /levels?from=1
 *     }),
 *   ),
 * );
 * server.close();
 * ```
 *
 * `await session.get(url)` also returns the response; read it completely or `release()` it. Mirrors aiohttp.ClientSession.
 */
export class ClientSession extends AsyncClosable {
  readonly connectorOwner: boolean;
  readonly #fate: ReturnType<typeof watchUnclosed>;

  constructor(options: ClientSessionOptions = {}) {
    super();
    Object.assign(this, defaultsOf(options));
    this.connectorOwner = options.connectorOwner ?? true;
    this.#fate = watchUnclosed(this); // Last: if the constructor throws, there is nothing to close.
  }

  /** Whether the session or its connector was closed. Requests then throw RuntimeError. */
  get closed(): boolean {
    return this.#fate.closed || this.connector.closed;
  }

  /** Prepares a request with any method. Await the result, or use `asyncWith()`. */
  request(method: string, url: string | URL, options: RequestOptions = {}): RequestContextManager {
    if (this.closed) throw new RuntimeError("Session is closed; create a new one");
    return new RequestContextManager("request", () => performRequest(this, method, url, options));
  }

  /** Prepares a GET request. */
  get(url: string | URL, options: RequestOptions = {}): RequestContextManager {
    return this.request("GET", url, options);
  }

  /** Prepares a HEAD request. It follows redirects only if `allowRedirects` is true. */
  head(url: string | URL, options: RequestOptions = {}): RequestContextManager {
    return this.request("HEAD", url, options);
  }

  /** Prepares an OPTIONS request. */
  options(url: string | URL, options: RequestOptions = {}): RequestContextManager {
    return this.request("OPTIONS", url, options);
  }

  /** Prepares a POST request. */
  post(url: string | URL, options: RequestOptions = {}): RequestContextManager {
    return this.request("POST", url, options);
  }

  /** Prepares a PUT request. */
  put(url: string | URL, options: RequestOptions = {}): RequestContextManager {
    return this.request("PUT", url, options);
  }

  /** Prepares a PATCH request. */
  patch(url: string | URL, options: RequestOptions = {}): RequestContextManager {
    return this.request("PATCH", url, options);
  }

  /** Prepares a DELETE request. */
  delete(url: string | URL, options: RequestOptions = {}): RequestContextManager {
    return this.request("DELETE", url, options);
  }

  /** Prepares a WebSocket connection. Await the result, or use `asyncWith()`. */
  wsConnect(url: string | URL, options: WsConnectOptions = {}): WSRequestContextManager {
    if (this.closed) throw new RuntimeError("Session is closed; create a new one");
    return new WSRequestContextManager(() => performWsConnect(this, url, options));
  }

  /** Closes the connections and waits until their sockets are closed. Requests in progress fail. A second call has no effect. */
  override close(): Coroutine<void> {
    return closeSession(this, () => (this.#fate.closed = true));
  }

  override toString(): string {
    return `<ClientSession${this.closed ? " closed" : ""}>`;
  }

  /** Its fields, for logs. "***" stands for a login and a password in a URL. */
  toJSON(): object {
    const { baseUrl, proxy } = this;
    const shown = (url: URL | string | null): string | null => (url === null ? null : withoutCredentials(url));
    return { ...this, baseUrl: shown(baseUrl), proxy: shown(proxy) };
  }

  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `ClientSession ${inspect(this.toJSON(), options)}`;
  }
}

/** The defaults are its fields. */
export interface ClientSession extends SessionDefaults {}

const closeSession = coroutine(function* close(session: ClientSession, mark: () => void) {
  mark();
  if (session.connectorOwner) yield* session.connector.close();
});

/** Checks the options, and fills in what they do not say. */
function defaultsOf(options: ClientSessionOptions): SessionDefaults {
  const cookieJar = options.cookieJar ?? new CookieJar();
  if (options.cookies !== undefined) cookieJar.updateCookies(options.cookies);
  const readBufsize = options.readBufsize ?? 65_536;
  if (!Number.isInteger(readBufsize) || readBufsize <= 0)
    throw new ValueError(`readBufsize must be a number of bytes above 0, got ${describe(readBufsize)}`);
  return {
    baseUrl: options.baseUrl === undefined ? null : parseBaseUrl(options.baseUrl),
    headers: new CIMultiDict(options.headers),
    auth: checkAuth("auth", options.auth),
    timeout: options.timeout === undefined ? DEFAULT_TIMEOUT : ClientTimeout.from(options.timeout),
    connector: checkConnector(options.connector),
    cookieJar,
    raiseForStatus: options.raiseForStatus ?? false,
    jsonSerialize: options.jsonSerialize ?? JSON.stringify,
    skipAutoHeaders: new Set([...(options.skipAutoHeaders ?? [])].map((name) => name.toLowerCase())),
    autoDecompress: options.autoDecompress ?? true,
    readBufsize,
    maxBodySize: checkMaxBodySize(options.maxBodySize ?? null),
    trustEnv: options.trustEnv ?? false,
    proxy: options.proxy ?? null,
    proxyAuth: checkAuth("proxyAuth", options.proxyAuth),
  };
}

function checkConnector(connector: BaseConnector | undefined): BaseConnector {
  if (connector === undefined || connector === null) return new TCPConnector();
  if (connector instanceof BaseConnector) return connector;
  throw new TypeError(`connector must be a BaseConnector, got ${describe(connector)}`);
}
