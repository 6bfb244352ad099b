/** Requests: the object that `session.get(url)` returns, and the steps that run when it is awaited. */
import type { Suspension } from "../../core/contracts.js";
import { TimeoutError, ValueError } from "../../core/errors.js";
import { getRunningLoop } from "../../core/running.js";
import { timeout, timeoutAt } from "../../combinators/timeout.js";
import { Coroutine, coroutine, type CoroutineGenerator } from "../../tasks/coroutine.js";
import { awaitCall } from "../../syntax/await-call.js";
import { asyncWith, lazy, type Outcome } from "../../syntax/async-with.js";
import { describe } from "../../util/format.js";
import { BasicAuth, checkAuth } from "../http/basic-auth.js";
import { prepareBody, type Body, type Data } from "../http/body.js";
import { BodySource, cannotRepeat } from "../http/body-source.js";
import { ClientTimeout, type ClientTimeoutOptions } from "./client-timeout.js";
import { checkSsl, StaleConnectionError, type BaseConnector, type Connection } from "../connection/connector.js";
import { ACCEPT_ENCODING } from "../http/content.js";
import { cookieHeader, cookiePairs, type AbstractCookieJar, type CookiesLike } from "../http/cookies.js";
import { proxyFromEnvironment } from "../connection/dial.js";
import { ClientOSError, ConnectionTimeoutError, ServerDisconnectedError, withoutCredentials, type RequestInfo } from "../http/errors.js";
import { Exchange } from "../connection/exchange.js";
import { isToken } from "../http/header-text.js";
import type { CIMultiDict, HeadersLike } from "../http/multidict.js";
import { checkRedirects, dropCredentials, isRedirect, redirected } from "./redirects.js";
import { checkMaxBodySize, ClientResponse } from "./response.js";
import { proxyOf, routeOf, type Proxy, type Route, type Ssl } from "../connection/route.js";
import { buildUrl, HTTP_SCHEMES, withoutFragment, type QueryLike } from "../http/urls.js";

/** True: a status of 400 or more is an error. A function gets the response and can throw its own error. */
export type RaiseForStatus = boolean | ((response: ClientResponse) => PromiseLike<unknown> | CoroutineGenerator<unknown>);

/** Options of every request. */
export interface RequestOptions {
  /** Appended to the URL's query. */
  params?: QueryLike;
  /** The body: bytes, a string, a form, or an async iterable of chunks. */
  data?: Data | null;
  /** The body, sent as JSON. Cannot be combined with `data`. */
  json?: unknown;
  /** Replace the session's headers of the same names. */
  headers?: HeadersLike;
  /** Sent in addition to the session's cookies. */
  cookies?: CookiesLike;
  auth?: BasicAuth | null;
  /** Whether redirects are followed. Default true; false for HEAD. */
  allowRedirects?: boolean;
  /** Maximum number of redirects; default 10. More are rejected with TooManyRedirects. */
  maxRedirects?: number;
  raiseForStatus?: RaiseForStatus;
  proxy?: string | URL | null;
  proxyAuth?: BasicAuth | null;
  proxyHeaders?: HeadersLike;
  timeout?: ClientTimeout | ClientTimeoutOptions;
  ssl?: Ssl;
  /** The name in the server's certificate; default: the host. */
  serverHostname?: string;
  /** Default headers to leave out: User-Agent, Accept, Accept-Encoding, Content-Type. */
  skipAutoHeaders?: Iterable<string>;
  /** Whether compressed bodies are decompressed. Default true. */
  autoDecompress?: boolean;
  /** Reading from the connection pauses while more than twice this number of bytes is buffered. Default: the session's. */
  readBufsize?: number;
  /**
   * The most bytes that `read()`, `text()` and `json()` of the response take, after decompression; a larger body fails them with
   * ClientPayloadError. Default: the session's; null for no limit.
   */
  maxBodySize?: number | null;
}

/** The defaults of a session, for options that a request does not give. */
export interface SessionDefaults {
  readonly baseUrl: URL | null;
  readonly headers: CIMultiDict;
  readonly auth: BasicAuth | null;
  readonly timeout: ClientTimeout;
  readonly connector: BaseConnector;
  readonly cookieJar: AbstractCookieJar;
  readonly raiseForStatus: RaiseForStatus;
  readonly jsonSerialize: (value: unknown) => string;
  readonly skipAutoHeaders: ReadonlySet<string>;
  readonly autoDecompress: boolean;
  readonly readBufsize: number;
  readonly maxBodySize: number | null;
  readonly trustEnv: boolean;
  readonly proxy: string | URL | null;
  readonly proxyAuth: BasicAuth | null;
}

/** The parts of a session that a request uses. */
export interface SessionState extends SessionDefaults {
  readonly closed: boolean;
}

/**
 * A request that has not started. Awaiting it, directly or in a task, sends it and returns the response. `asyncWith(it, body)` also
 * releases the response after the block. Mirrors aiohttp's _RequestContextManager.
 */
export class RequestContextManager extends Coroutine<ClientResponse> {
  readonly [lazy] = true;
  readonly #start: () => CoroutineGenerator<ClientResponse>;
  #response: ClientResponse | null = null;

  /** @internal */
  constructor(name: string, start: () => CoroutineGenerator<ClientResponse>) {
    super(name);
    this.#start = start;
  }

  protected override open(): Iterator<Suspension, ClientResponse, unknown> {
    return this.#start();
  }

  aenter(): Coroutine<ClientResponse> {
    return enter(this, (response) => (this.#response = response));
  }

  aexit(outcome: Outcome): ReturnType<ClientResponse["aexit"]> {
    return this.#response!.aexit(outcome);
  }
}

const enter = coroutine(function* aenter(request: RequestContextManager, keep: (response: ClientResponse) => void) {
  const response = yield* request;
  keep(response);
  return yield* response.aenter();
});

/** Methods of requests that can be sent twice. */
const IDEMPOTENT = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);

/** Sends a request and follows its redirects. */
export function* performRequest(
  session: SessionState,
  verb: string,
  address: string | URL,
  options: RequestOptions,
): CoroutineGenerator<ClientResponse> {
  const loop = getRunningLoop();
  const limits = options.timeout === undefined ? session.timeout : ClientTimeout.from(options.timeout);
  const deadline = limits.total === null ? null : loop.time() + limits.total;
  const maxBodySize = options.maxBodySize === undefined ? session.maxBodySize : checkMaxBodySize(options.maxBodySize);
  const { allowRedirects = verb !== "HEAD", maxRedirects = 10 } = options;
  const history: ClientResponse[] = [];
  let method = checkMethod(verb);
  let body = prepareBody(options.data, options.json, session.jsonSerialize);
  let url = buildUrl(address, session.baseUrl, options.params ?? null);
  /** The caller's credentials are sent to this origin only, not to another one that a redirect leads to. */
  const { origin } = url;
  const headers = requestHeaders(session, options, body);
  const ssl = options.ssl === undefined ? session.connector.ssl : checkSsl(options.ssl);
  const { serverHostname = null } = options;

  for (;;) {
    const sameOrigin = url.origin === origin;
    const own = headers.copy();
    const realUrl = authorize(own, url, sameOrigin ? (options.auth ?? defaultAuth(session, url)) : null);
    addCookies(own, session.cookieJar, realUrl, sameOrigin ? options.cookies : undefined);
    const info: RequestInfo = { url: withoutFragment(realUrl), realUrl, method, headers: own };
    const proxy = chooseProxy(session, options, url);
    const route = routeOf(url, ssl, serverHostname, proxy);
    const exchange: Exchange = yield* exchangeOn(session, route, { limits, deadline, url }, { method, body }, (connection) => {
      const viaProxy = proxy !== null && !route.isSsl;
      if (viaProxy) {
        own.update(proxy.headers);
        if (!own.has("Host")) own.set("Host", url.host);
      }
      const path = `${viaProxy ? url.origin : ""}${url.pathname}${url.search}`;
      return new Exchange(
        connection,
        { info, path, headers: own, body },
        {
          loop,
          deadline,
          sockRead: limits.sockRead,
          readBufsize: options.readBufsize ?? session.readBufsize,
          autoDecompress: options.autoDecompress ?? session.autoDecompress,
        },
      );
    });
    if (exchange.setCookies.length > 0) session.cookieJar.updateFromHeaders(exchange.setCookies, realUrl);

    const response: ClientResponse = new ClientResponse(exchange, info, [...history], maxBodySize);
    const location = exchange.header("location") ?? exchange.header("uri");
    if (!allowRedirects || !isRedirect(exchange.status, location)) {
      yield* checkStatus(response, options.raiseForStatus ?? session.raiseForStatus);
      return response;
    }
    history.push(response);
    response.release();
    checkRedirects(history, maxRedirects);
    if ((exchange.status === 303 && method !== "HEAD") || ((exchange.status === 301 || exchange.status === 302) && method === "POST")) {
      method = "GET";
      body = null;
      for (const name of ["Content-Length", "Content-Type"]) headers.delete(name);
    } else if (!isRepeatable(body)) {
      throw cannotRepeat("Cannot follow redirect", { or: ", or set allowRedirects to false" });
    }
    url = redirected(url, location, HTTP_SCHEMES);
    if (url.origin !== origin) dropCredentials(headers);
  }
}

interface Limits {
  readonly limits: ClientTimeout;
  readonly deadline: number | null;
  readonly url: URL;
}

/** Sends a request on a connection of the route and waits for the headers of the response. */
function* exchangeOn(
  session: SessionState,
  route: Route,
  limits: Limits,
  { method, body }: { method: string; body: Body | null },
  make: (connection: Connection) => Exchange,
): CoroutineGenerator<Exchange> {
  for (;;) {
    const connection = session.connector.takeIdle(route) ?? (yield* connect(session.connector, route, limits));
    // A request that could not be repeated must not meet a connection whose end has arrived already.
    const onlyOnce = !IDEMPOTENT.has(method) || body?.content instanceof BodySource;
    if (connection.reused && onlyOnce && !(yield* connection.isAlive())) continue;
    const exchange = make(connection);
    try {
      exchange.start();
      yield* exchange.head;
      return exchange;
    } catch (error) {
      exchange.discard(); // Closes the connection if this task was cancelled.
      // A server can close an idle connection at the moment when the client uses it again. If nothing was sent yet, the request is sent on
      // another connection. If something may have been sent, only an idempotent request is repeated, because the server may have processed
      // it. A failure of a new connection is final.
      const lost = error instanceof ServerDisconnectedError || error instanceof ClientOSError;
      if (!(error instanceof StaleConnectionError || (connection.reused && IDEMPOTENT.has(method) && lost))) throw error;
      // A source that was read would be sent empty, and the server would take that for the whole.
      if (!isRepeatable(body)) throw cannotRepeat("The connection was lost, and the request cannot be repeated", { cause: error });
    }
  }
}

/** Whether the body can be sent, again if it was sent before. */
function isRepeatable(body: Body | null): boolean {
  return body === null || Buffer.isBuffer(body.content) || body.content.repeatable;
}

/** Gets a connection from the connector, within the time limits. */
export function* connect(
  connector: BaseConnector,
  route: Route,
  { limits, deadline, url }: Limits,
  fresh = false,
): CoroutineGenerator<Connection> {
  const acquire = (): CoroutineGenerator<Connection> => connector.acquire(route, limits.sockConnect, fresh);
  const inTime = function* (): CoroutineGenerator<Connection> {
    try {
      return yield* limits.connect === null ? acquire() : asyncWith(timeout(limits.connect), acquireBlock);
    } catch (error) {
      if (error instanceof TimeoutError)
        throw new ConnectionTimeoutError(`Connection timeout to host ${withoutCredentials(url)}`, { cause: error });
      throw error;
    }
  };
  const acquireBlock = function* (): CoroutineGenerator<Connection> {
    return yield* acquire();
  };
  return yield* deadline === null ? inTime() : asyncWith(timeoutAt(deadline), inTime);
}

function checkMethod(method: string): string {
  if (typeof method === "string" && isToken(method)) return method.toUpperCase();
  if (typeof method !== "string") throw new TypeError(`method must be a string, got ${describe(method)}`);
  throw new ValueError(`method must be a valid HTTP method, got ${describe(method)}`);
}

const USER_AGENT = `uvio Node.js/${process.versions.node}`;

/** Returns the headers of a request: the session's, overridden by the request's, and the default ones. */
export function requestHeaders(
  session: SessionState,
  options: Pick<RequestOptions, "headers" | "skipAutoHeaders">,
  body: Body | null,
): CIMultiDict {
  const headers = session.headers.copy();
  if (options.headers !== undefined) headers.update(options.headers);
  const { skipAutoHeaders = [] } = options;
  const skipped = new Set([...skipAutoHeaders].map((name) => name.toLowerCase()));
  const add = (name: string, value: string): void => {
    const key = name.toLowerCase();
    if (!headers.has(name) && !skipped.has(key) && !session.skipAutoHeaders.has(key)) headers.add(name, value);
  };
  add("Accept", "*/*");
  add("Accept-Encoding", ACCEPT_ENCODING);
  add("User-Agent", USER_AGENT);
  const { contentType = null, length = null } = body ?? {};
  if (contentType !== null) add("Content-Type", contentType);
  if (length !== null && !headers.has("Content-Length")) headers.add("Content-Length", String(length));
  return headers;
}

/** Adds the credentials in the URL, or the given ones, to the headers. Returns the URL without credentials. */
export function authorize(headers: CIMultiDict, url: URL, given: BasicAuth | null): URL {
  checkAuth("auth", given);
  const inUrl = BasicAuth.fromUrl(url);
  const bare = new URL(url.href);
  bare.username = bare.password = "";
  const auth = inUrl ?? given;
  if (auth === null) return bare;
  if (headers.has("Authorization"))
    throw new ValueError("Cannot combine AUTHORIZATION header with AUTH argument or credentials encoded in URL");
  headers.add("Authorization", auth.encode());
  return bare;
}

/** The session's credentials, if they are for this URL. */
export function defaultAuth({ auth, baseUrl }: SessionDefaults, url: URL): BasicAuth | null {
  return baseUrl === null || baseUrl.origin === url.origin ? auth : null;
}

export function addCookies(headers: CIMultiDict, jar: AbstractCookieJar, url: URL, own: CookiesLike | undefined): void {
  const cookies = jar.filterCookies(url);
  if (own !== undefined) for (const [name, value] of cookiePairs(own)) cookies.set(name, value);
  if (cookies.size === 0) return;
  const given = headers.get("Cookie");
  const text = cookieHeader(cookies);
  headers.set("Cookie", given === null ? text : `${given}; ${text}`);
}

export function chooseProxy(
  session: SessionState,
  options: Pick<RequestOptions, "proxy" | "proxyAuth" | "proxyHeaders">,
  url: URL,
): Proxy | null {
  const given = options.proxy === undefined ? session.proxy : options.proxy;
  const { proxyHeaders = null } = options;
  if (given === null) {
    const found = session.trustEnv ? proxyFromEnvironment(url) : null;
    return found === null ? null : proxyOf(found.url, found.auth, proxyHeaders);
  }
  const proxy = buildUrl(given, null, null);
  return proxyOf(proxy, checkAuth("proxyAuth", options.proxyAuth) ?? session.proxyAuth ?? BasicAuth.fromUrl(proxy), proxyHeaders);
}

function* checkStatus(response: ClientResponse, raise: RaiseForStatus): CoroutineGenerator<void> {
  try {
    if (typeof raise === "function") yield* awaitCall(raise, response);
    else if (raise) response.raiseForStatus();
  } catch (error) {
    response.release();
    throw error;
  }
}
