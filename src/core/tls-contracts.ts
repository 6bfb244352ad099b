/** The types of the TLS options that clients and servers take. */
import type { ConnectionOptions as TlsConnectionOptions, SecureContext, TlsOptions } from "node:tls";

/** TLS for a client: true for Node's defaults, a SecureContext, or node:tls options. The server is verified unless they disable it. */
export type ClientTls = true | SecureContext | TlsConnectionOptions;
/** TLS for a server: a SecureContext, or options of node:tls, such as `key`, `cert`, `SNICallback`, `ALPNProtocols` and `requestCert`. */
export type ServerTls = SecureContext | TlsOptions;

/** The timeouts of a TLS connection. They are only allowed with `ssl`. */
export interface TlsTimeouts {
  /** Seconds that the handshake may take; default 60. */
  sslHandshakeTimeout?: number | null;
  /** Seconds that `close()` may take to send what is unsent and to receive the peer's close_notify; default 30. */
  sslShutdownTimeout?: number | null;
}

/** The TLS options of everything that connects. */
export interface TlsClientOptions extends TlsTimeouts {
  /** Whether and how to use TLS. Default: no TLS. */
  ssl?: ClientTls | false | null;
  /** The name to verify the server's certificate against, also sent as SNI. Default: the host. "" verifies no name. */
  serverHostname?: string | null;
}

/** The TLS options of everything that listens. */
export interface TlsServerOptions extends TlsTimeouts {
  /** Whether and how to use TLS. Default: no TLS. */
  ssl?: ServerTls | null;
}

/** Options of `loop.startTls`. */
export interface StartTlsOptions extends TlsTimeouts {
  /** Whether this process is the TLS server. Default false. */
  serverSide?: boolean;
  /** The name to verify the server's certificate against. Required for a client; "" verifies no name. */
  serverHostname?: string | null;
}
