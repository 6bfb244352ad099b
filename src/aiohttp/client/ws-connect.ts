/** WebSocket connections: the object that `session.wsConnect(url)` returns, and the handshake that runs when it is awaited. */
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { WebSocket } from "ws";
import type { EventLoop, Suspension } from "../../core/contracts.js";
import { ValueError } from "../../core/errors.js";
import { getRunningLoop } from "../../core/running.js";
import { timeoutAt } from "../../combinators/timeout.js";
import { Coroutine, coroutine, type CoroutineGenerator } from "../../tasks/coroutine.js";
import { Future } from "../../tasks/future.js";
import { asyncWith, lazy, type Outcome } from "../../syntax/async-with.js";
import { describe } from "../../util/format.js";
import { ClientTimeout } from "./client-timeout.js";
import { checkSsl, type Connection } from "../connection/connector.js";
import { ClientConnectionError, ClientOSError, ServerDisconnectedError, WSServerHandshakeError, type RequestInfo } from "../http/errors.js";
import { headerText, isToken } from "../http/header-text.js";
import { receivedHeaders, type CIMultiDict } from "../http/multidict.js";
import { checkRedirects, dropCredentials, isRedirect, redirected, type Redirection } from "./redirects.js";
import {
  addCookies,
  authorize,
  chooseProxy,
  connect,
  defaultAuth,
  requestHeaders,
  type RequestOptions,
  type SessionState,
} from "./request.js";
import { routeOf } from "../connection/route.js";
import { buildWebSocketUrl, WEBSOCKET_SCHEMES, withoutFragment } from "../http/urls.js";
import { ClientWebSocketResponse, type WebSocketBehaviour } from "../websocket/client-websocket-response.js";

/** Options of `session.wsConnect()`. */
export interface WsConnectOptions extends Pick<
  RequestOptions,
  "params" | "headers" | "auth" | "proxy" | "proxyAuth" | "proxyHeaders" | "ssl" | "serverHostname"
> {
  /** Subprotocols, in order of preference. */
  protocols?: readonly string[];
  /** In seconds: for each `receive()`, default null (no limit), and for `close()`, default 10. */
  timeout?: { wsReceive?: number | null; wsClose?: number };
  /** Whether pings are answered automatically and not delivered as messages. Default true. */
  autoping?: boolean;
  /** Seconds of silence after which a ping is sent. The connection is lost if no pong arrives. Default: no pings. */
  heartbeat?: number | null;
  /** The Origin header. */
  origin?: string;
  /** Whether permessage-deflate is offered. Default false. */
  compress?: boolean;
  /** Maximum size of a message in bytes; default 4 MiB, 0 for no limit. */
  maxMsgSize?: number;
}

/**
 * A handshake that has not started. Awaiting it returns the WebSocket; `asyncWith(it, body)` also closes it after the block. Mirrors
 * aiohttp's _WSRequestContextManager.
 */
export class WSRequestContextManager extends Coroutine<ClientWebSocketResponse> {
  readonly [lazy] = true;
  readonly #start: () => CoroutineGenerator<ClientWebSocketResponse>;
  #socket: ClientWebSocketResponse | null = null;

  /** @internal */
  constructor(start: () => CoroutineGenerator<ClientWebSocketResponse>) {
    super("wsConnect");
    this.#start = start;
  }

  protected override open(): Iterator<Suspension, ClientWebSocketResponse, unknown> {
    return this.#start();
  }

  aenter(): Coroutine<ClientWebSocketResponse> {
    return enter(this, (socket) => (this.#socket = socket));
  }

  aexit(outcome: Outcome): Coroutine<void> {
    return this.#socket!.aexit(outcome);
  }
}

const enter = coroutine(function* aenter(request: WSRequestContextManager, keep: (socket: ClientWebSocketResponse) => void) {
  const socket = yield* request;
  keep(socket);
  return socket;
});

/** Opens a connection and performs the WebSocket handshake. */
export function* performWsConnect(
  session: SessionState,
  address: string | URL,
  options: WsConnectOptions,
): CoroutineGenerator<ClientWebSocketResponse> {
  const loop = getRunningLoop();
  const limits = session.timeout;
  const deadline = limits.total === null ? null : loop.time() + limits.total;
  let url = buildWebSocketUrl(address, session.baseUrl, options.params ?? null);
  /** The caller's credentials are sent to this origin only, not to another one that a redirect leads to. */
  const { origin } = url;
  const headers = requestHeaders(session, options, null);
  headers.delete("Accept-Encoding"); // It describes bodies, and a handshake has none.
  if (options.origin !== undefined) headers.set("Origin", options.origin);
  const ssl = options.ssl === undefined ? session.connector.ssl : checkSsl(options.ssl);
  const { wsReceive, wsClose } = checkTimes(options.timeout ?? {});
  const behaviour: WebSocketBehaviour = {
    receiveTimeout: wsReceive,
    closeTimeout: wsClose,
    heartbeat: new ClientTimeout({ total: options.heartbeat }).total,
    autoping: options.autoping ?? true,
  };
  const history: Redirection[] = [];
  for (;;) {
    const own = headers.copy();
    const realUrl = authorize(own, url, url.origin === origin ? (options.auth ?? defaultAuth(session, url)) : null);
    addCookies(own, session.cookieJar, realUrl, undefined);
    const info: RequestInfo = { url: withoutFragment(realUrl), realUrl, method: "GET", headers: own };
    const route = routeOf(url, ssl, options.serverHostname ?? null, chooseProxy(session, options, url), true);
    const connection = yield* connect(session.connector, route, { limits, deadline, url }, true);
    let outcome: ClientWebSocketResponse | Redirection | null = null;
    try {
      const handshake = (): CoroutineGenerator<ClientWebSocketResponse | Redirection> =>
        shakeHands({ session, connection, info, loop, behaviour, options, history });
      const block = function* (): CoroutineGenerator<ClientWebSocketResponse | Redirection> {
        return yield* handshake();
      };
      outcome = yield* deadline === null ? handshake() : asyncWith(timeoutAt(deadline), block);
      if (outcome instanceof ClientWebSocketResponse) return outcome;
    } finally {
      if (!(outcome instanceof ClientWebSocketResponse)) void connection.destroy(new ClientConnectionError("Connection closed"));
    }
    history.push(outcome);
    checkRedirects(history, MAX_REDIRECTS);
    url = redirected(url, outcome.headers.getone("Location"), WEBSOCKET_SCHEMES);
    if (url.origin !== origin) dropCredentials(headers);
  }
}

/** As many as of a request. */
const MAX_REDIRECTS = 10;

interface Handshake {
  readonly session: SessionState;
  readonly connection: Connection;
  readonly info: RequestInfo;
  readonly loop: EventLoop;
  readonly behaviour: WebSocketBehaviour;
  readonly options: WsConnectOptions;
  readonly history: readonly Redirection[];
}

function* shakeHands({
  session,
  connection,
  info,
  loop,
  behaviour,
  options,
  history,
}: Handshake): CoroutineGenerator<ClientWebSocketResponse | Redirection> {
  const done = new Future<ClientWebSocketResponse | Redirection>({ loop });
  const fail = (error: Error): void => {
    if (done.canSettle()) done.failWith(error);
  };
  const url = withoutFragment(new URL(info.realUrl));
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const settings = {
    headers: (info.headers as CIMultiDict).grouped(),
    perMessageDeflate: options.compress ?? false,
    maxPayload: options.maxMsgSize ?? 4 << 20,
    autoPong: behaviour.autoping,
    createConnection: (): Socket => connection.socket,
  };
  const socket = new WebSocket(url, checkProtocols(options.protocols ?? []), settings as WebSocket.ClientOptions);
  const keepCookies = (response: IncomingMessage): void => {
    const cookies = response.headers["set-cookie"] ?? [];
    if (cookies.length > 0) session.cookieJar.updateFromHeaders(cookies.map(headerText), info.realUrl);
  };
  socket.on("upgrade", keepCookies);
  // Created inside the event: messages can arrive together with the answer to the handshake.
  socket.once("open", () => {
    if (done.canSettle()) done.setResult(new ClientWebSocketResponse(socket, connection.socket, loop, behaviour));
  });
  socket.on("unexpected-response", (_request, response: IncomingMessage) => {
    keepCookies(response);
    const { statusCode: status = 0, rawHeaders } = response;
    const headers = receivedHeaders(rawHeaders);
    if (isRedirect(status, headers.get("Location"))) {
      if (done.canSettle()) done.setResult({ requestInfo: info, status, headers });
    } else fail(new WSServerHandshakeError(info, history, { status, message: "Invalid response status", headers }));
  });
  socket.on("error", (error) => fail(describeFailure(error, info, history)));
  socket.on("close", () => connection.release(false));
  let open = false;
  try {
    const result = yield* done;
    open = result instanceof ClientWebSocketResponse;
    return result;
  } finally {
    if (!open) socket.terminate();
  }
}

/** Describes an error before the WebSocket is open: the connection was lost, or ws rejected the answer. */
function describeFailure(error: Error, info: RequestInfo, history: readonly Redirection[]): Error {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall !== undefined) return new ClientOSError(error);
  if (code === "ECONNRESET") return new ServerDisconnectedError(undefined, { cause: error });
  return new WSServerHandshakeError(info, history, { status: 101, message: error.message, cause: error });
}

function checkTimes({ wsReceive, wsClose }: { wsReceive?: number | null; wsClose?: number }): {
  wsReceive: number | null;
  wsClose: number;
} {
  const checked = new ClientTimeout({ sockRead: wsReceive, total: wsClose });
  return { wsReceive: checked.sockRead, wsClose: checked.total ?? 10 };
}

function checkProtocols(protocols: readonly string[]): string[] {
  const list = [...protocols];
  for (const [at, one] of list.entries())
    if (typeof one !== "string" || !isToken(one) || list.indexOf(one) !== at)
      throw new ValueError(`protocols must be different tokens of HTTP, got ${describe(one)}`);
  return list;
}
