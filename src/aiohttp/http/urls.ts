/** Builds the URL of a request from the caller's URL, the session's base URL and the query. */
import { describe } from "../../util/format.js";
import { InvalidUrlClientError, NonHttpUrlClientError } from "./errors.js";

type QueryValue = string | number | bigint | boolean;

/** A query. An array stands for several values of the same name. */
export type QueryLike =
  string | URLSearchParams | Iterable<readonly [string, QueryValue]> | Readonly<Record<string, QueryValue | readonly QueryValue[]>>;

/** The schemes of requests. */
export const HTTP_SCHEMES: ReadonlyMap<string, string> = new Map([
  ["http:", "http:"],
  ["https:", "https:"],
]);
/** The schemes of WebSockets, and those of their handshakes. */
export const WEBSOCKET_SCHEMES: ReadonlyMap<string, string> = new Map([
  ["ws:", "http:"],
  ["wss:", "https:"],
  ["http:", "http:"],
  ["https:", "https:"],
]);

/** URL removes what is in front of the scheme. */
const WITH_SCHEME = /^[\0- ]*[a-z][a-z\d+.-]*:/i;

/** Resolves `url` against `base` and appends `params` to its query. Throws NonHttpUrlClientError unless the scheme is HTTP's. */
export function buildUrl(url: string | URL, base: URL | null, params: QueryLike | null): URL {
  return build(url, base, params, HTTP_SCHEMES, "http: and https:");
}

/** Builds the URL of a WebSocket's handshake: the schemes ws: and wss: become http: and https:. */
export function buildWebSocketUrl(url: string | URL, base: URL | null, params: QueryLike | null): URL {
  return build(url, base, params, WEBSOCKET_SCHEMES, "ws:, wss:, http: and https:");
}

function build(
  url: string | URL,
  base: URL | null,
  params: QueryLike | null,
  schemes: ReadonlyMap<string, string>,
  supported: string,
): URL {
  if (typeof url !== "string" && !(url instanceof URL)) throw new TypeError(`url must be a string or a URL, got ${describe(url)}`);
  const built = parse(url, base);
  const scheme = schemes.get(built.protocol);
  if (scheme === undefined) throw new NonHttpUrlClientError(url, `only ${supported} are supported`);
  built.protocol = scheme;
  addQuery(built, params);
  return built;
}

/** Parses the option `baseUrl` of a session. */
export function parseBaseUrl(base: string | URL): URL {
  const url = parse(base, null);
  if (!HTTP_SCHEMES.has(url.protocol)) throw new NonHttpUrlClientError(base, "only http: and https: are supported");
  return url;
}

function parse(url: string | URL, base: URL | null): URL {
  if (url instanceof URL) return new URL(url.href);
  let parsed: URL;
  try {
    parsed = base === null ? new URL(url) : new URL(url, base);
  } catch {
    const isRelative = base === null && !WITH_SCHEME.test(url);
    throw new InvalidUrlClientError(
      url,
      isRelative ? "a relative URL requires a session with a baseUrl" : "the host or the port is invalid",
    );
  }
  if (parsed.hostname === "" && HTTP_SCHEMES.has(parsed.protocol)) throw new InvalidUrlClientError(url, "the URL has no host");
  return parsed;
}

function addQuery(url: URL, params: QueryLike | null): void {
  if (params === null) return;
  const query = url.searchParams;
  if (typeof params === "string" || params instanceof URLSearchParams) {
    for (const [name, value] of new URLSearchParams(params)) query.append(name, value);
    return;
  }
  if (typeof params !== "object") throw new TypeError(`params must be an object, pairs or a string, got ${describe(params)}`);
  const pairs = Symbol.iterator in params ? params : Object.entries(params);
  for (const [name, value] of pairs as Iterable<readonly [string, QueryValue | readonly QueryValue[]]>) {
    for (const one of Array.isArray(value) ? (value as readonly QueryValue[]) : [value as QueryValue])
      query.append(name, queryText(name, one));
  }
}

function queryText(name: string, value: QueryValue): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return String(value);
  throw new TypeError(`params.${name} must be a string, a number or a boolean, got ${describe(value)}`);
}

/** Returns the URL without its fragment. */
export function withoutFragment(url: URL): URL {
  if (url.hash === "") return url;
  const bare = new URL(url.href);
  bare.hash = "";
  return bare;
}
