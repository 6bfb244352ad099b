/** Checks TLS options and converts them to those of node:tls. */
import { isIP } from "node:net";
import type { ConnectionOptions, SecureContext, TlsOptions } from "node:tls";
import type { ClientTls, ServerTls, TlsClientOptions, TlsTimeouts } from "../core/contracts.js";
import { ValueError } from "../core/errors.js";
import { withPlainBytes } from "../util/bytes.js";
import { describe } from "../util/format.js";
import type { Given } from "../util/options.js";

/** The settings of one side of TLS connections. */
export interface TlsSettings {
  readonly serverSide: boolean;
  /** Created once for all connections. */
  readonly context: SecureContext;
  /** The options for node:tls, without those of the underlying socket. */
  readonly options: Given<ConnectionOptions> | TlsOptions;
  /** Seconds. */
  readonly handshakeTimeout: number;
  /** Seconds. */
  readonly shutdownTimeout: number;
}

/** Loads node:tls with the first TLS connection: loading it earlier would add a tenth to the time that importing uvio takes. */
export function nodeTls(): typeof import("node:tls") {
  return process.getBuiltinModule("node:tls");
}

/** asyncio's SSL_HANDSHAKE_TIMEOUT and SSL_SHUTDOWN_TIMEOUT. */
const HANDSHAKE_SECONDS = 60;
const SHUTDOWN_SECONDS = 30;

/** Returns the settings for a client's options, or null without TLS. `host` is the host to connect to, null for a path. */
export function clientTls(options: TlsClientOptions, host: string | null): TlsSettings | null {
  const { ssl, serverHostname } = options;
  if (!isWanted(ssl)) {
    if (serverHostname !== undefined && serverHostname !== null) throw new ValueError("serverHostname is only meaningful with ssl");
    refuseTimeouts(options);
    return null;
  }
  return clientSettings(ssl, serverHostname, host, options);
}

/** Returns the settings for a server's options, or null without TLS. */
export function serverTls(options: TlsTimeouts & { ssl?: ServerTls | null }): TlsSettings | null {
  const { ssl } = options;
  if (ssl === undefined || ssl === null) {
    refuseTimeouts(options);
    return null;
  }
  return serverSettings(ssl, options);
}

/** Returns the settings of a TLS client. Throws TypeError or ValueError for invalid options. */
export function clientSettings(
  ssl: ClientTls,
  serverHostname: string | null | undefined,
  host: string | null,
  timeouts: TlsTimeouts,
): TlsSettings {
  if (ssl !== true) checkTls(ssl, "true, ");
  const given: ConnectionOptions = ssl === true || isContext(ssl) ? {} : withPlainBytes(ssl);
  const name = serverHostname ?? given.servername ?? host;
  if (typeof name !== "string" && name !== null) throw new TypeError(`serverHostname must be a string, got ${describe(name)}`);
  if (name === null || (name === "" && (serverHostname ?? given.servername) === undefined)) {
    throw new ValueError('serverHostname is required with ssl if there is no host; "" connects without verifying the name');
  }
  return {
    serverSide: false,
    context: isContext(ssl) ? ssl : (given.secureContext ?? nodeTls().createSecureContext(given)),
    // A name is sent to the server as SNI and verified; an IP address is only verified.
    options: {
      ...given,
      host: name,
      servername: isIP(name) === 0 ? name : "",
      checkServerIdentity: name === "" ? () => undefined : (given.checkServerIdentity ?? nodeTls().checkServerIdentity),
    },
    ...seconds(timeouts),
  };
}

/** Returns the settings of a TLS server. Throws TypeError or ValueError for invalid options. */
export function serverSettings(ssl: ServerTls, timeouts: TlsTimeouts): TlsSettings {
  checkTls(ssl, "");
  const given: TlsOptions = isContext(ssl) ? {} : withPlainBytes(ssl);
  return {
    serverSide: true,
    // The defaults of tls.Server. OpenSSL resumes the session of a client with a certificate only if there is a sessionIdContext.
    context: isContext(ssl) ? ssl : nodeTls().createSecureContext({ honorCipherOrder: true, sessionIdContext: "uvio", ...given }),
    options: given,
    ...seconds(timeouts),
  };
}

function isWanted(ssl: ClientTls | boolean | null | undefined): ssl is ClientTls {
  return ssl !== undefined && ssl !== null && ssl !== false;
}

function isContext(ssl: ClientTls | ServerTls): ssl is SecureContext {
  return typeof ssl === "object" && "context" in ssl;
}

function checkTls(ssl: unknown, alternative: string): void {
  if (typeof ssl === "object" && ssl !== null) return;
  throw new TypeError(`ssl must be ${alternative}a tls.SecureContext or an object of tls options, got ${describe(ssl)}`);
}

function seconds({ sslHandshakeTimeout, sslShutdownTimeout }: TlsTimeouts): Pick<TlsSettings, "handshakeTimeout" | "shutdownTimeout"> {
  return {
    handshakeTimeout: positive("sslHandshakeTimeout", sslHandshakeTimeout) ?? HANDSHAKE_SECONDS,
    shutdownTimeout: positive("sslShutdownTimeout", sslShutdownTimeout) ?? SHUTDOWN_SECONDS,
  };
}

function positive(name: string, value: unknown): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== "number") throw new TypeError(`${name} must be a number of seconds, got ${describe(value)}`);
  if (!(value > 0)) throw new ValueError(`${name} should be a positive number of seconds, got ${value}`);
  return value;
}

function refuseTimeouts(options: TlsTimeouts): void {
  for (const name of ["sslHandshakeTimeout", "sslShutdownTimeout"] as const) {
    if (options[name] !== undefined && options[name] !== null) throw new ValueError(`${name} is only meaningful with ssl`);
  }
}
