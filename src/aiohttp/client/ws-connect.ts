/** WebSocket connections: the object that `session.wsConnect(url)` returns, and the handshake that runs when it is awaited. */
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { WebSocket } from "ws";
import type { EventLoop, Suspension } from "../../core/contracts.js";
import { getRunningLoop } from "../../core/running.js";
import { timeoutAt } from "../../combinators/timeout.js";
import { Coroutine, coroutine, type CoroutineGenerator } from "../../tasks/coroutine.js";
import { Future } from "../../tasks/future.js";
import { asyncWith, lazy, type Outcome } from "../../syntax/async-with.js";
import { ClientTimeout } from "./client-timeout.js";
import { checkSsl, type Connection } from "../connection/connector.js";
import { ClientConnectionError, ClientOSError, ServerDisconnectedError, WSServerHandshakeError, type RequestInfo } from "../http/errors.js";
import { CIMultiDict } from "../http/multidict.js";
import { addCookies, authorize, chooseProxy, connect, requestHeaders, type RequestOptions, type SessionState } from "./request.js";
import { routeOf } from "../connection/route.js";
import { buildWebSocketUrl, withoutFragment } from "../http/urls.js";
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
  const url = buildWebSocketUrl(address, session.baseUrl, options.params ?? null);
  const headers = requestHeaders(session, options, null);
  headers.delete("Accept-Encoding"); // It describes bodies, and a handshake has none.
  const realUrl = authorize(headers, url, options.auth ?? session.auth);
  addCookies(headers, session.cookieJar, realUrl, undefined);
  if (options.origin !== undefined) headers.set("Origin", options.origin);
  const info: RequestInfo = { url: withoutFragment(realUrl), realUrl, method: "GET", headers };
  const ssl = options.ssl === undefined ? session.connector.ssl : checkSsl(options.ssl);
  const route = routeOf(url, ssl, options.serverHostname ?? null, chooseProxy(session, options, url), true);
  const { wsReceive, wsClose } = checkTimes(options.timeout ?? {});
  const behaviour: WebSocketBehaviour = {
    receiveTimeout: wsReceive,
    closeTimeout: wsClose,
    heartbeat: new ClientTimeout({ total: options.heartbeat }).total,
    autoping: options.autoping ?? true,
  };
  const connection = yield* connect(session.connector, route, { limits, deadline, loop, url }, true);
  let open = false;
  try {
    const handshake = (): CoroutineGenerator<ClientWebSocketResponse> =>
      shakeHands({ session, connection, info, loop, behaviour, options });
    const block = function* (): CoroutineGenerator<ClientWebSocketResponse> {
      return yield* handshake();
    };
    const socket = yield* deadline === null ? handshake() : asyncWith(timeoutAt(deadline), block);
    open = true;
    return socket;
  } finally {
    if (!open) void connection.destroy(new ClientConnectionError("Connection closed"));
  }
}

interface Handshake {
  readonly session: SessionState;
  readonly connection: Connection;
  readonly info: RequestInfo;
  readonly loop: EventLoop;
  readonly behaviour: WebSocketBehaviour;
  readonly options: WsConnectOptions;
}

function* shakeHands({ session, connection, info, loop, behaviour, options }: Handshake): CoroutineGenerator<ClientWebSocketResponse> {
  const done = new Future<ClientWebSocketResponse>({ loop });
  const fail = (error: Error): void => {
    if (!done.done()) done.failWith(error);
  };
  const url = new URL(`${info.realUrl.protocol === "https:" ? "wss:" : "ws:"}${info.realUrl.href.slice(info.realUrl.protocol.length)}`);
  const settings = {
    headers: Object.fromEntries(info.headers),
    perMessageDeflate: options.compress ?? false,
    maxPayload: options.maxMsgSize ?? 4 << 20,
    autoPong: behaviour.autoping,
    createConnection: (): Socket => connection.socket,
  };
  const socket = new WebSocket(withoutFragment(url), [...(options.protocols ?? [])], settings as WebSocket.ClientOptions);
  socket.on("upgrade", (response: IncomingMessage) => {
    const cookies = response.headers["set-cookie"] ?? [];
    if (cookies.length > 0) session.cookieJar.updateFromHeaders(cookies, info.realUrl);
  });
  // Created inside the event: messages can arrive together with the answer to the handshake.
  socket.once("open", () => {
    if (!done.done()) done.setResult(new ClientWebSocketResponse(socket, loop, behaviour));
  });
  socket.on("unexpected-response", (_request, response: IncomingMessage) => {
    const headers = new CIMultiDict();
    for (let at = 0; at + 1 < response.rawHeaders.length; at += 2) headers.add(response.rawHeaders[at]!, response.rawHeaders[at + 1]!);
    fail(new WSServerHandshakeError(info, [], { status: response.statusCode, message: "Invalid response status", headers }));
  });
  socket.on("error", (error) => fail(describeFailure(error, info)));
  socket.on("close", () => connection.release(false));
  let open = false;
  try {
    const result = yield* done;
    open = true;
    return result;
  } finally {
    if (!open) socket.terminate();
  }
}

/** Describes an error before the WebSocket is open: the connection was lost, or ws rejected the answer. */
function describeFailure(error: Error, info: RequestInfo): Error {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall !== undefined) return new ClientOSError(error);
  if (code === "ECONNRESET") return new ServerDisconnectedError(undefined, { cause: error });
  return new WSServerHandshakeError(info, [], { status: 101, message: error.message, cause: error });
}

function checkTimes({ wsReceive, wsClose }: { wsReceive?: number | null; wsClose?: number }): {
  wsReceive: number | null;
  wsClose: number;
} {
  const checked = new ClientTimeout({ sockRead: wsReceive, total: wsClose });
  return { wsReceive: checked.sockRead, wsClose: checked.total ?? 10 };
}
