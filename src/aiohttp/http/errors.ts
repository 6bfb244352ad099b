/**
 * aiohttp's exceptions, by its names. A class that has two base classes in aiohttp extends only one of them here; `instanceof` is true for
 * both.
 */
import { NamedError, TimeoutError, ValueError } from "../../core/errors.js";
import type { CIMultiDictProxy } from "./multidict.js";

/** The method, URL and headers of a request. Mirrors aiohttp.RequestInfo. */
export interface RequestInfo {
  /** Without the fragment. */
  readonly url: URL;
  readonly method: string;
  readonly headers: CIMultiDictProxy;
  readonly realUrl: URL;
}

type ErrorClass = abstract new (...args: never[]) => Error;

/** Second base classes, in aiohttp's sense: `instanceof base` is true for instances of `derived`. */
const secondBases: { derived: ErrorClass; base: ErrorClass }[] = [];

function isInstance(base: ErrorClass, value: unknown): boolean {
  if (Function.prototype[Symbol.hasInstance].call(base, value)) return true;
  return secondBases.some(
    (one) =>
      (one.base === base || Object.prototype.isPrototypeOf.call(base.prototype as object, one.base.prototype as object)) &&
      Function.prototype[Symbol.hasInstance].call(one.derived, value),
  );
}

/** The base class of all client errors. Mirrors aiohttp.ClientError. */
export class ClientError extends NamedError {
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this as unknown as ErrorClass, value);
  }
}

/** The server that a connection was to be made to. */
export interface ConnectionTarget {
  readonly host: string;
  readonly port: number;
  /** Whether the connection uses TLS. */
  readonly isSsl: boolean;
}

/** The server answered with a different response than the request needs. Mirrors aiohttp.ClientResponseError. */
export class ClientResponseError extends ClientError {
  readonly requestInfo: RequestInfo;
  /** The redirects that were followed. */
  readonly history: readonly unknown[];
  /** The response's status; 0 if there is none. */
  readonly status: number;
  /** aiohttp's `message`, the reason alone. The `message` of this object is the whole text. */
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

/** `json()` got a response with another content type than it expects. Mirrors aiohttp.ContentTypeError. */
export class ContentTypeError extends ClientResponseError {}

/** The server refused the WebSocket handshake. Mirrors aiohttp.WSServerHandshakeError. */
export class WSServerHandshakeError extends ClientResponseError {}

/** The proxy refused the tunnel. Mirrors aiohttp.ClientHttpProxyError. */
export class ClientHttpProxyError extends ClientResponseError {}

/** A request was redirected more than `maxRedirects` times. Mirrors aiohttp.TooManyRedirects. */
export class TooManyRedirects extends ClientResponseError {}

/** The base class of errors of a connection, established or not. Mirrors aiohttp.ClientConnectionError. */
export class ClientConnectionError extends ClientError {}

/** Data was written to a connection that is closing. Mirrors aiohttp.ClientConnectionResetError. */
export class ClientConnectionResetError extends ClientConnectionError {
  readonly code = "ECONNRESET";
}

/** A system call failed. `code`, `errno`, `syscall`, `address` and `port` are those of Node's error. Mirrors aiohttp.ClientOSError. */
export class ClientOSError extends ClientConnectionError {
  /** Node's error. */
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

/** The connection could not be established. Mirrors aiohttp.ClientConnectorError. */
export class ClientConnectorError extends ClientOSError {
  readonly host: string;
  readonly ssl: boolean;
  /** The port to connect to. */
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

/** The connection to a Unix socket could not be established. Mirrors aiohttp.UnixClientConnectorError. */
export class UnixClientConnectorError extends ClientConnectorError {
  /** The path of the socket. */
  readonly path: string;

  constructor(path: string, target: ConnectionTarget, osError: Error) {
    super(target, osError, `Cannot connect to unix socket ${path} ssl:${target.isSsl ? "default" : "none"} [${reasonOf(osError)}]`);
    this.path = path;
  }
}

/** The text of an error. Node reports a failure at several addresses as an AggregateError with an empty message. */
function reasonOf(error: Error): string {
  if (error.message !== "") return error.message;
  return error instanceof AggregateError ? error.errors.map((one) => (one as Error).message).join("; ") : error.name;
}

/** The host's name could not be resolved. Mirrors aiohttp.ClientConnectorDNSError. */
export class ClientConnectorDNSError extends ClientConnectorError {}

/** The proxy could not be reached. Mirrors aiohttp.ClientProxyConnectionError. */
export class ClientProxyConnectionError extends ClientConnectorError {}

/** The base class of TLS errors. Mirrors aiohttp.ClientSSLError. */
export class ClientSSLError extends ClientConnectorError {}

/** The TLS handshake failed. Mirrors aiohttp.ClientConnectorSSLError. */
export class ClientConnectorSSLError extends ClientSSLError {}

/** The server's certificate was rejected. Mirrors aiohttp.ClientConnectorCertificateError. */
export class ClientConnectorCertificateError extends ClientSSLError {}

/** The base class of errors caused by the server. Mirrors aiohttp.ServerConnectionError. */
export class ServerConnectionError extends ClientConnectionError {}

/** The server closed the connection before it sent a response. Mirrors aiohttp.ServerDisconnectedError. */
export class ServerDisconnectedError extends ServerConnectionError {
  constructor(message = "Server disconnected", options: ErrorOptions = {}) {
    super(message, options);
  }
}

/** The server's certificate does not match its Fingerprint. Mirrors aiohttp.ServerFingerprintMismatch. */
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

/** The server did not respond in time. Also a TimeoutError. Mirrors aiohttp.ServerTimeoutError. */
export class ServerTimeoutError extends TimeoutError {}

/** No connection was available within `connect` or `sockConnect` seconds. Mirrors aiohttp.ConnectionTimeoutError. */
export class ConnectionTimeoutError extends ServerTimeoutError {}

/** No data arrived for `sockRead` seconds. Mirrors aiohttp.SocketTimeoutError. */
export class SocketTimeoutError extends ServerTimeoutError {}

/** The body is incomplete or cannot be decoded. Mirrors aiohttp.ClientPayloadError. */
export class ClientPayloadError extends ClientError {}

/**
 * Returns the URL for a message, with "***" in place of a login and a password: messages end up in logs. A text that is not a URL is cut at
 * its last "@", so it can lose more than the credentials.
 */
export function withoutCredentials(url: URL | string): string {
  const text = String(url);
  if (!text.includes("@")) return text;
  const parsed = URL.canParse(text) ? new URL(text) : null;
  if (parsed === null || parsed.host === "")
    return text.replace(/^((?:[a-z][a-z\d+.-]*:)?[\\/]{2,})?[^]*@/i, (_all, start = "") => `${start as string}***@`);
  if (parsed.username === "" && parsed.password === "") return text;
  parsed.username = "***";
  parsed.password = "";
  return parsed.href;
}

/** A URL is invalid. Also a ValueError. Mirrors aiohttp.InvalidURL. */
export class InvalidURL extends ValueError {
  /** "***" stands for a login and a password in it. */
  readonly url: string;
  readonly description: string | null;

  constructor(url: string | URL, description: string | null = null) {
    const shown = withoutCredentials(url);
    super(description === null ? shown : `${shown} - ${description}`);
    this.url = shown;
    this.description = description;
  }
}

/** The URL of a request is invalid. Mirrors aiohttp.InvalidUrlClientError. */
export class InvalidUrlClientError extends InvalidURL {}

/** A redirect cannot be followed. Mirrors aiohttp.RedirectClientError. */
export class RedirectClientError extends ClientError {}

/** The URL of a request has a scheme other than HTTP's. Mirrors aiohttp.NonHttpUrlClientError. */
export class NonHttpUrlClientError extends ClientError {
  /** "***" stands for a login and a password in it. */
  readonly url: string;

  constructor(url: string | URL, description: string) {
    const shown = withoutCredentials(url);
    super(`${shown} - ${description}`);
    this.url = shown;
  }
}

/** A redirect leads to an invalid URL. Mirrors aiohttp.InvalidUrlRedirectClientError. */
export class InvalidUrlRedirectClientError extends InvalidUrlClientError {}

/** A redirect leads to a URL with a scheme other than HTTP's. Mirrors aiohttp.NonHttpUrlRedirectClientError. */
export class NonHttpUrlRedirectClientError extends NonHttpUrlClientError {}

/** A WebSocket message has another type than `receiveStr()` or `receiveBytes()` expects. Mirrors aiohttp.WSMessageTypeError. */
export class WSMessageTypeError extends TypeError {
  override name = "WSMessageTypeError";
}

secondBases.push(
  { derived: ServerTimeoutError, base: ServerConnectionError },
  { derived: InvalidURL, base: ClientError },
  { derived: InvalidUrlRedirectClientError, base: RedirectClientError },
  { derived: NonHttpUrlRedirectClientError, base: RedirectClientError },
);
