/** Types only: what everything that connects or listens takes for TLS. */
import type { ConnectionOptions as TlsConnectionOptions, SecureContext, TlsOptions } from "node:tls";

/** A client's side of TLS: true for Node's defaults, a context, or options of node:tls. Servers are verified unless the options say otherwise. */
export type ClientTls = true | SecureContext | TlsConnectionOptions;
/** A server's side of TLS: a context, or options of node:tls (`key`, `cert`, `SNICallback`, `ALPNProtocols`, `requestCert` ...). */
export type ServerTls = SecureContext | TlsOptions;

/** Only with `ssl`. */
export interface TlsTimeouts {
  /** Seconds after which a handshake is given up; default 60. */
  sslHandshakeTimeout?: number | null;
  /** Seconds that closing waits for the peer's farewell; default 30. */
  sslShutdownTimeout?: number | null;
}

export interface TlsClientOptions extends TlsTimeouts {
  ssl?: ClientTls | false | null;
  /** The name that the server's certificate must be for, and that the server is told (SNI). Default: the host; "" checks no name. */
  serverHostname?: string | null;
}

export interface TlsServerOptions extends TlsTimeouts {
  ssl?: ServerTls | null;
}

/** Options of `loop.startTls`. */
export interface StartTlsOptions extends TlsTimeouts {
  /** Whether this is the server's side. Default false. */
  serverSide?: boolean;
  /** A client must give it; "" checks no name. */
  serverHostname?: string | null;
}
