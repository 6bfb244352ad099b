/** The route of a request: server, TLS options and proxy. Requests with equal routes can share a connection. */
import type { ConnectionOptions as TlsOptions } from "node:tls";
import type { BasicAuth } from "../http/basic-auth.js";
import type { ConnectionTarget } from "../http/errors.js";
import type { Fingerprint } from "./fingerprint.js";
import { CIMultiDict, type HeadersLike } from "../http/multidict.js";

/**
 * TLS options: true verifies the server's certificate, false does not. A Fingerprint accepts one certificate only. An object holds options
 * of node:tls.
 */
export type Ssl = boolean | Fingerprint | TlsOptions;

export interface Proxy {
  readonly url: URL;
  /** Includes Proxy-Authorization if there are credentials. */
  readonly headers: CIMultiDict;
}

export interface Route extends ConnectionTarget {
  /** Scheme, host and port of the URL. */
  readonly origin: string;
  readonly ssl: Ssl;
  /** The name in the server's certificate; null if it is the host. */
  readonly serverHostname: string | null;
  readonly proxy: Proxy | null;
  /** Whether the connection is a tunnel through the proxy. Always true with TLS; also true for a WebSocket without TLS. */
  readonly tunnel: boolean;
  /** Equal for routes that can share a connection. */
  readonly key: string;
}

/** Numbers for objects of TLS options, which are distinguished by identity. */
const sslNumbers = new WeakMap<object, number>();
let sslCount = 0;

export function routeOf(url: URL, ssl: Ssl, serverHostname: string | null, proxy: Proxy | null, tunnel = false): Route {
  const isSsl = url.protocol === "https:";
  let key = url.origin;
  if (isSsl && ssl !== true) key += ` ssl=${sslName(ssl)}`;
  if (serverHostname !== null) key += ` name=${serverHostname}`;
  if (proxy !== null) key += ` proxy=${proxy.url.href} ${JSON.stringify(proxy.headers.flat())}`;
  return {
    host: bareHost(url),
    port: url.port === "" ? (isSsl ? 443 : 80) : Number(url.port),
    isSsl,
    origin: url.origin,
    ssl,
    serverHostname,
    proxy,
    tunnel: isSsl || tunnel,
    key,
  };
}

export function proxyOf(proxy: URL, auth: BasicAuth | null, headers: HeadersLike | null): Proxy {
  const all = new CIMultiDict(headers);
  if (auth !== null) all.set("Proxy-Authorization", auth.encode());
  return { url: proxy, headers: all };
}

/** Returns the host name, or the IP address without the brackets of IPv6. */
export function bareHost(url: URL): string {
  return url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
}

function sslName(ssl: Ssl): string {
  if (typeof ssl === "boolean") return String(ssl);
  let number = sslNumbers.get(ssl);
  if (number === undefined) sslNumbers.set(ssl, (number = ++sslCount));
  return `options${number}`;
}
