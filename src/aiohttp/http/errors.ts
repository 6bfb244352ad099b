/** aiohttp's tree of errors, by its names. A class with two bases there really extends one here; `instanceof` is true of both. */
import { NamedError, TimeoutError, ValueError } from "../../core/errors.js";
import type { CIMultiDictProxy } from "./multidict.js";

/** What was asked for. Mirrors aiohttp.RequestInfo. */
export interface RequestInfo {
  /** Without the fragment. */
  readonly url: URL;
  readonly method: string;
  readonly headers: CIMultiDictProxy;
  readonly realUrl: URL;
}

type ErrorClass = abstract new (...args: never[]) => Error;

/** Second bases: which classes count as subclasses of one that they do not extend. */
const secondBases: { derived: ErrorClass; base: ErrorClass }[] = [];

function isInstance(base: ErrorClass, value: unknown): boolean {
  if (Function.prototype[Symbol.hasInstance].call(base, value)) return true;
  return secondBases.some(
    (one) =>
      (one.base === base || Object.prototype.isPrototypeOf.call(base.prototype as object, one.base.prototype as object)) &&
      Function.prototype[Symbol.hasInstance].call(one.derived, value),
  );
}

/** The root of all errors of this package. Mirrors aiohttp.ClientError. */
export class ClientError extends NamedError {
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this as unknown as ErrorClass, value);
  }
}

/** Where a connection was to go; what errors say of it. */
export interface ConnectionTarget {
  readonly host: string;
  readonly port: number;
  /** Whether TLS is spoken there. */
  readonly isSsl: boolean;
}

/** The server has answered, but not with what was asked for. Mirrors aiohttp.ClientResponseError. */
export class ClientResponseError extends ClientError {
  readonly requestInfo: RequestInfo;
  /** The responses that were redirects. */
  readonly history: readonly unknown[];
  /** 0 where there is none. */
  readonly status: number;
  /** aiohttp's `message`: the reason alone; this error's `message` is the whole text. */
  readonly reason: string;
  readonly headers: CIMultiDictProxy | null;

  constructor(
    requestInfo: RequestInfo,
    history: readonly unknown[],
    options: { status?: number; message?: string; headers?: CIMultiDictProxy | null; cause?: unknown } = {},
  ) {
    const { status = 0, message = "", headers = null, cause } = options;
    super(`${status}, message='${message}', url='${requestInfo.realUrl.href}'`, cause === undefined ? {} : { cause });
    this.requestInfo = requestInfo;
    this.history = history;
    this.status = status;
    this.reason = message;
    this.headers = headers;
  }
}

/** The response is of another content type than `json()` expects. Mirrors aiohttp.ContentTypeError. */
export class ContentTypeError extends ClientResponseError {}

/** The server did not accept to speak WebSocket. Mirrors aiohttp.WSServerHandshakeError. */
export class WSServerHandshakeError extends ClientResponseError {}

/** The proxy refused the tunnel. Mirrors aiohttp.ClientHttpProxyError. */
export class ClientHttpProxyError extends ClientResponseError {}

/** More redirects than `maxRedirects`. Mirrors aiohttp.TooManyRedirects. */
export class TooManyRedirects extends ClientResponseError {}

/** The connection failed, in whatever state it was. Mirrors aiohttp.ClientConnectionError. */
export class ClientConnectionError extends ClientError {}

/** Writing to a connection that is closing. Mirrors aiohttp.ClientConnectionResetError. */
export class ClientConnectionResetError extends ClientConnectionError {
  readonly code = "ECONNRESET";
}

/** The system's error: `code`, `errno`, `syscall`, `address` and `port` are Node's. Mirrors aiohttp.ClientOSError. */
export class ClientOSError extends ClientConnectionError {
  /** The error of the system. */
  readonly osError: NodeJS.ErrnoException;
  readonly code: string | undefined;
  readonly errno: number | undefined;
  readonly syscall: string | undefined;
  readonly address: string | undefined;
  readonly port: number | undefined;

  constructor(osError: Error, message = osError.message) {
    super(message, { cause: osError });
    const { code, errno, syscall, address, port } = osError as NodeJS.ErrnoException & { address?: string; port?: number };
    this.osError = osError;
    this.code = code;
    this.errno = errno;
    this.syscall = syscall;
    this.address = address;
    this.port = port;
  }
}

/** The connection could not be made. Mirrors aiohttp.ClientConnectorError. */
export class ClientConnectorError extends ClientOSError {
  readonly host: string;
  readonly ssl: boolean;
  /** The port that was asked for. */
  override readonly port: number;

  constructor(
    target: ConnectionTarget,
    osError: Error,
    message = `Cannot connect to host ${target.host}:${target.port} ssl:${target.isSsl ? "default" : "none"} [${reasonOf(osError)}]`,
  ) {
    super(osError, message);
    this.host = target.host;
    this.port = target.port;
    this.ssl = target.isSsl;
  }
}

/** A Unix socket could not be connected to. Mirrors aiohttp.UnixClientConnectorError. */
export class UnixClientConnectorError extends ClientConnectorError {
  /** Of the socket. */
  readonly path: string;

  constructor(path: string, target: ConnectionTarget, osError: Error) {
    super(target, osError, `Cannot connect to unix socket ${path} ssl:${target.isSsl ? "default" : "none"} [${reasonOf(osError)}]`);
    this.path = path;
  }
}

/** An attempt at several addresses fails with one error for all, whose own text is empty. */
function reasonOf(error: Error): string {
  if (error.message !== "") return error.message;
  return error instanceof AggregateError ? error.errors.map((one) => (one as Error).message).join("; ") : error.name;
}

/** The host's name could not be resolved. Mirrors aiohttp.ClientConnectorDNSError. */
export class ClientConnectorDNSError extends ClientConnectorError {}

/** The proxy could not be reached. Mirrors aiohttp.ClientProxyConnectionError. */
export class ClientProxyConnectionError extends ClientConnectorError {}

/** TLS failed. Mirrors aiohttp.ClientSSLError. */
export class ClientSSLError extends ClientConnectorError {}

/** The TLS handshake failed. Mirrors aiohttp.ClientConnectorSSLError. */
export class ClientConnectorSSLError extends ClientSSLError {}

/** The server's certificate was not accepted. Mirrors aiohttp.ClientConnectorCertificateError. */
export class ClientConnectorCertificateError extends ClientSSLError {}

/** The server is to blame. Mirrors aiohttp.ServerConnectionError. */
export class ServerConnectionError extends ClientConnectionError {}

/** The server closed the connection instead of answering. Mirrors aiohttp.ServerDisconnectedError. */
export class ServerDisconnectedError extends ServerConnectionError {
  constructor(message = "Server disconnected", options: ErrorOptions = {}) {
    super(message, options);
  }
}

/** The server's certificate is another one than its Fingerprint says. Mirrors aiohttp.ServerFingerprintMismatch. */
export class ServerFingerprintMismatch extends ServerConnectionError {
  /** SHA-256 digests of the certificates. */
  readonly expected: Buffer;
  readonly got: Buffer;
  readonly host: string;
  readonly port: number;

  constructor(expected: Buffer, got: Buffer, { host, port }: ConnectionTarget) {
    super(`the certificate of ${host}:${port} has the fingerprint ${got.toString("hex")}, not ${expected.toString("hex")}`);
    this.expected = expected;
    this.got = got;
    this.host = host;
    this.port = port;
  }
}

/** The server did not do something in time. Also a TimeoutError. Mirrors aiohttp.ServerTimeoutError. */
export class ServerTimeoutError extends TimeoutError {}

/** No connection in `connect` or `sockConnect` seconds. Mirrors aiohttp.ConnectionTimeoutError. */
export class ConnectionTimeoutError extends ServerTimeoutError {}

/** No byte in `sockRead` seconds. Mirrors aiohttp.SocketTimeoutError. */
export class SocketTimeoutError extends ServerTimeoutError {}

/** The body did not come completely, or cannot be decoded. Mirrors aiohttp.ClientPayloadError. */
export class ClientPayloadError extends ClientError {}

/** Not a URL that can be asked for. Also a ValueError. Mirrors aiohttp.InvalidURL. */
export class InvalidURL extends ValueError {
  readonly url: string;
  readonly description: string | null;

  constructor(url: string | URL, description: string | null = null) {
    super(description === null ? String(url) : `${String(url)} - ${description}`);
    this.url = String(url);
    this.description = description;
  }
}

/** The URL that was given. Mirrors aiohttp.InvalidUrlClientError. */
export class InvalidUrlClientError extends InvalidURL {}

/** A redirect that cannot be followed. Mirrors aiohttp.RedirectClientError. */
export class RedirectClientError extends ClientError {}

/** The URL that was given is not of HTTP. Mirrors aiohttp.NonHttpUrlClientError. */
export class NonHttpUrlClientError extends ClientError {
  readonly url: string;

  constructor(url: string | URL, description: string) {
    super(`${String(url)} - ${description}`);
    this.url = String(url);
  }
}

/** A redirect to what is no URL. Mirrors aiohttp.InvalidUrlRedirectClientError. */
export class InvalidUrlRedirectClientError extends InvalidUrlClientError {}

/** A redirect to something that is not HTTP. Mirrors aiohttp.NonHttpUrlRedirectClientError. */
export class NonHttpUrlRedirectClientError extends NonHttpUrlClientError {}

/** A message of another type than `receiveStr` and the like expect. Mirrors aiohttp.WSMessageTypeError. */
export class WSMessageTypeError extends TypeError {
  override name = "WSMessageTypeError";
}

secondBases.push(
  { derived: ServerTimeoutError, base: ServerConnectionError },
  { derived: InvalidURL, base: ClientError },
  { derived: InvalidUrlRedirectClientError, base: RedirectClientError },
  { derived: NonHttpUrlRedirectClientError, base: RedirectClientError },
);
