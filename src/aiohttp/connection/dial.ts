/** Opens sockets: TCP, Unix, TLS on top of them, and tunnels through proxies. */
import { request } from "node:http";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions as TlsOptions } from "node:tls";
import { getRunningLoop } from "../../core/running.js";
import { coroutine } from "../../tasks/coroutine.js";
import { Future } from "../../tasks/future.js";
import { withPlainBytes } from "../../util/bytes.js";
import { BasicAuth } from "../http/basic-auth.js";
import {
  ClientConnectorCertificateError,
  ClientConnectorDNSError,
  ClientConnectorError,
  ClientConnectorSSLError,
  ClientHttpProxyError,
  ClientOSError,
  ClientProxyConnectionError,
  InvalidUrlClientError,
  UnixClientConnectorError,
  type ConnectionTarget,
} from "../http/errors.js";
import { Fingerprint } from "./fingerprint.js";
import { headerText } from "../http/header-text.js";
import { CIMultiDict } from "../http/multidict.js";
import type { HandleOwner, OwnedHandle } from "../../transports/owned-handles.js";
import { bareHost, routeOf, type Proxy, type Route, type Ssl } from "./route.js";

export interface DialOptions {
  /** 4 or 6 to use addresses of one IP version only; 0 for both. */
  readonly family: 0 | 4 | 6;
  readonly localAddress: string | undefined;
}

/** Connects to a Unix socket. The route must not have a proxy. */
export const dialUnix = coroutine(function* dialUnix(route: Route, path: string) {
  const connecting = owned(connectTcp({ path, highWaterMark: 65536 } as never));
  const socket = yield* connected(connecting, "connect", (error) => new UnixClientConnectorError(path, route, error));
  return route.isSsl ? yield* startTls(socket, route, route.ssl, route.serverHostname) : socket;
});

/** Opens the socket of a route, ready for the first byte of a request. Cancelling it destroys the socket. */
export const dial = coroutine(function* dial(route: Route, options: DialOptions) {
  const { proxy } = route;
  if (proxy === null) {
    const socket = yield* openTcp(route, options);
    return route.isSsl ? yield* startTls(socket, route, route.ssl, route.serverHostname) : socket;
  }
  const socket = yield* dialProxy(proxy, options);
  if (!route.tunnel) return socket;
  const tunnel = yield* openTunnel(socket, proxy, route);
  if (!route.isSsl) return tunnel;
  return yield* startTls(tunnel, route, route.ssl, route.serverHostname);
});

const dialProxy = coroutine(function* dialProxy(proxy: Proxy, options: DialOptions) {
  const target = routeOf(proxy.url, true, null, null);
  try {
    const socket = yield* openTcp(target, options);
    return target.isSsl ? yield* startTls(socket, target, true, null) : socket;
  } catch (error) {
    if (error instanceof ClientConnectorError) throw new ClientProxyConnectionError(target, error.osError);
    throw error;
  }
});

/** Has the running loop destroy the socket when it is closed, as everything that it has opened. Sockets of a session may stay open until then. */
function owned(socket: Socket): Socket {
  const { ownedHandles } = getRunningLoop() as HandleOwner;
  const handle: OwnedHandle = { dispose: () => socket.destroy() };
  ownedHandles.add(handle);
  return socket.once("close", () => ownedHandles.delete(handle));
}

/** Waits for `event` of a socket. Destroys the socket if that fails or is cancelled. */
const connected = coroutine(function* connected(socket: Socket, event: string, describeError: (error: Error) => Error) {
  const future = new Future<void>({ loop: getRunningLoop() });
  const onReady = (): void => {
    if (future.canSettle()) future.setResult(undefined);
  };
  const onError = (error: Error): void => {
    if (future.canSettle()) future.failWith(describeError(error));
  };
  const onClose = (): void => onError(Object.assign(new Error("Connection closed by peer"), { code: "ECONNRESET" }));
  socket.once(event, onReady).on("error", onError).once("close", onClose);
  let done = false;
  try {
    yield* future;
    done = true;
    return socket;
  } finally {
    socket.off(event, onReady).off("close", onClose);
    if (done) socket.off("error", onError);
    else socket.destroy(); // The error listener stays: an error can still be emitted.
  }
});

const openTcp = coroutine(function* openTcp(target: ConnectionTarget, { family, localAddress }: DialOptions) {
  const { host, port } = target;
  const socket = owned(connectTcp({ host, port, family, localAddress, noDelay: true, keepAlive: true, highWaterMark: 65536 } as never));
  return yield* connected(socket, "connect", (error) =>
    (error as NodeJS.ErrnoException).syscall === "getaddrinfo"
      ? new ClientConnectorDNSError(target, error)
      : new ClientConnectorError(target, error),
  );
});

const startTls = coroutine(function* startTls(socket: Socket, target: ConnectionTarget, ssl: Ssl, serverHostname: string | null) {
  const fingerprint = ssl instanceof Fingerprint ? ssl : null;
  const own: TlsOptions =
    ssl instanceof Fingerprint
      ? { rejectUnauthorized: false }
      : typeof ssl === "boolean"
        ? { rejectUnauthorized: ssl }
        : withPlainBytes(ssl);
  const name = serverHostname ?? target.host;
  const secure = connectTls({ ALPNProtocols: ["http/1.1"], ...own, socket, ...(isIP(name) === 0 ? { servername: name } : { host: name }) });
  yield* connected(secure, "secureConnect", (error) =>
    isCertificateError(error) ? new ClientConnectorCertificateError(target, error) : new ClientConnectorSSLError(target, error),
  );
  try {
    fingerprint?.check(secure.getPeerCertificate().raw, target);
  } catch (error) {
    secure.on("error", () => {}).destroy();
    throw error;
  }
  return secure;
});

const CERTIFICATE_CODES =
  /^(CERT_|CRL_|DEPTH_ZERO_SELF_SIGNED_CERT$|SELF_SIGNED_CERT_IN_CHAIN$|UNABLE_TO_|INVALID_CA$|PATH_LENGTH_EXCEEDED$|HOSTNAME_MISMATCH$|ERR_TLS_CERT_)/;

function isCertificateError(error: Error): boolean {
  return CERTIFICATE_CODES.test((error as NodeJS.ErrnoException).code ?? "");
}

/** Opens a tunnel through a proxy, with HTTP's CONNECT. */
const openTunnel = coroutine(function* openTunnel(socket: Socket, proxy: Proxy, route: Route) {
  const authority = `${route.host.includes(":") ? `[${route.host}]` : route.host}:${route.port}`;
  const answer = new Future<{ status: number; message: string; socket: Socket }>({ loop: getRunningLoop() });
  const fail = (error: Error): void => {
    if (answer.canSettle()) answer.failWith(new ClientOSError(error));
  };
  const connecting = request({
    method: "CONNECT",
    path: authority,
    headers: { Host: authority, ...proxy.headers.grouped() },
    createConnection: () => socket, // Used in place of an agent, which would open another socket.
  });
  connecting.on("connect", ({ statusCode = 0, statusMessage = "" }, tunnel) => {
    if (!answer.canSettle()) tunnel.destroy();
    else answer.setResult({ status: statusCode, message: headerText(statusMessage), socket: tunnel as Socket });
  });
  connecting.on("error", fail);
  connecting.end();
  let open = false;
  try {
    const { status, message, socket: tunnel } = yield* answer;
    if (status !== 200) {
      const url = new URL(route.origin);
      throw new ClientHttpProxyError({ url, realUrl: url, method: "CONNECT", headers: new CIMultiDict(proxy.headers) }, [], {
        status,
        message,
      });
    }
    open = true;
    return tunnel;
  } finally {
    if (!open) socket.destroy();
  }
});

/** Returns the proxy for a URL by the environment variables HTTP_PROXY, HTTPS_PROXY and NO_PROXY, in either case; null if there is none. */
export function proxyFromEnvironment(url: URL): { url: URL; auth: BasicAuth | null } | null {
  const read = (name: string): string | undefined => process.env[name.toLowerCase()] ?? process.env[name];
  const proxy = read(url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY");
  if (proxy === undefined || proxy === "") return null;
  const host = bareHost(url).toLowerCase();
  for (const entry of (read("NO_PROXY") ?? "").split(",")) {
    const suffix = entry.trim().toLowerCase().replace(/^\./, "");
    if (suffix === "*" || (suffix !== "" && (host === suffix || host.endsWith(`.${suffix}`)))) return null;
  }
  const text = proxy.includes("://") ? proxy : `http://${proxy}`;
  if (!URL.canParse(text)) throw new InvalidUrlClientError(text, "the environment names it as a proxy");
  const parsed = new URL(text);
  return { url: parsed, auth: BasicAuth.fromUrl(parsed) };
}
