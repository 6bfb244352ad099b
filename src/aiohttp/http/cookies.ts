/** Cookies: the jar of a session, and the Set-Cookie headers of a response. */
import { Cookie, CookieJar as ToughJar, MemoryCookieStore } from "tough-cookie";
import { describe } from "../../util/format.js";

/** A cookie set by a server. Mirrors http.cookies.Morsel. */
export interface Morsel {
  readonly key: string;
  readonly value: string;
  /** The domain it is sent to; null if it is sent only to the host that set it. */
  readonly domain: string | null;
  readonly path: string | null;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly sameSite: string | null;
  /** Null for a session cookie. */
  readonly expires: Date | null;
  /** In seconds. */
  readonly maxAge: number | null;
}

/** Cookies to send, as names and values. */
export type CookiesLike = Iterable<readonly [string, string]> | Readonly<Record<string, string>>;

/** The interface of a session's cookie jar. Mirrors aiohttp.abc.AbstractCookieJar. */
export interface AbstractCookieJar {
  /** Stores cookies by name and value. Without a URL they are sent to all hosts. */
  updateCookies(cookies: CookiesLike, responseUrl?: URL | string): void;
  /** Stores the cookies of a response's Set-Cookie headers. */
  updateFromHeaders(setCookies: readonly string[], responseUrl: URL): void;
  /** Returns the names and values of the cookies to send to a URL. */
  filterCookies(requestUrl: URL | string): Map<string, string>;
  clear(): void;
}

/** Stands for "all hosts" in place of a response's URL. */
const SHARED = new URL("http://shared.invalid/");

/**
 * Keeps cookies in memory, by RFC 6265. Mirrors aiohttp.CookieJar.
 *
 * Cookies of servers that are addressed by an IP address are ignored unless `unsafe` is true: another machine can have that address later.
 */
export class CookieJar implements AbstractCookieJar, Iterable<Morsel> {
  readonly #unsafe: boolean;
  #jar = newJar();
  /** True until the first cookie is stored. Then filterCookies(), called once a request, can skip the search. */
  #empty = true;
  readonly #shared = new Map<string, string>();

  constructor(options: { unsafe?: boolean } = {}) {
    this.#unsafe = options.unsafe ?? false;
  }

  /** The number of cookies that have a host or a domain. */
  get size(): number {
    return [...this].length;
  }

  updateCookies(cookies: CookiesLike, responseUrl?: URL | string): void {
    const url = responseUrl === undefined ? SHARED : new URL(responseUrl);
    for (const [key, value] of cookiePairs(cookies)) {
      if (url === SHARED) this.#shared.set(key, value);
      else this.#put(new Cookie({ key, value, path: "/" }), url);
    }
  }

  updateFromHeaders(setCookies: readonly string[], responseUrl: URL): void {
    for (const text of setCookies) {
      const cookie = Cookie.parse(text, { loose: true });
      if (cookie !== undefined) this.#put(cookie, responseUrl);
    }
  }

  filterCookies(requestUrl: URL | string): Map<string, string> {
    const found = new Map(this.#shared);
    if (this.#empty) return found;
    for (const { key, value } of this.#jar.getCookiesSync(new URL(requestUrl).href)) found.set(key, value);
    return found;
  }

  /** Removes all cookies, or those for which `predicate` returns true. */
  clear(predicate?: (cookie: Morsel) => boolean): void {
    if (predicate === undefined) {
      this.#jar = newJar();
      this.#empty = true;
      this.#shared.clear();
      return;
    }
    const kept = this.#stored().filter((cookie) => !predicate(morselOf(cookie)));
    this.#jar = ToughJar.deserializeSync({ ...this.#jar.serializeSync()!, cookies: kept.map((cookie) => cookie.toJSON()) });
  }

  /** Removes the cookies of a domain and of its subdomains. */
  clearDomain(domain: string): void {
    this.clear((cookie) => cookie.domain === domain || cookie.domain?.endsWith(`.${domain}`) === true);
  }

  [Symbol.iterator](): Iterator<Morsel> {
    return this.#stored().map(morselOf)[Symbol.iterator]();
  }

  #stored(): Cookie[] {
    return (this.#jar.serializeSync()?.cookies ?? []).flatMap((one) => Cookie.fromJSON(one) ?? []);
  }

  #put(cookie: Cookie, url: URL): void {
    if (!this.#unsafe && isAddress(url.hostname)) return;
    this.#jar.setCookieSync(cookie, url.href, { ignoreError: true });
    this.#empty = false;
  }
}

/** Stores nothing. Mirrors aiohttp.DummyCookieJar. */
export class DummyCookieJar implements AbstractCookieJar {
  updateCookies(): void {}

  updateFromHeaders(): void {}

  filterCookies(): Map<string, string> {
    return new Map();
  }

  clear(): void {}
}

/** Parses Set-Cookie headers into cookies by name. */
export function parseSetCookies(headers: readonly string[]): Map<string, Morsel> {
  const cookies = new Map<string, Morsel>();
  for (const text of headers) {
    const cookie = Cookie.parse(text, { loose: true });
    if (cookie !== undefined) cookies.set(cookie.key, morselOf(cookie));
  }
  return cookies;
}

/** Returns a `cookies` option as pairs. Throws TypeError if it holds anything but strings. */
export function cookiePairs(cookies: CookiesLike): (readonly [string, string])[] {
  if (typeof cookies !== "object" || cookies === null) throw new TypeError(`cookies must be an object or pairs, got ${describe(cookies)}`);
  const pairs = Symbol.iterator in cookies ? [...(cookies as Iterable<readonly [string, string]>)] : Object.entries(cookies);
  for (const [key, value] of pairs) {
    if (typeof key !== "string" || typeof value !== "string")
      throw new TypeError(`cookie ${String(key)} must be a string, got ${describe(value)}`);
  }
  return pairs;
}

function newJar(): ToughJar {
  return new ToughJar(new MemoryCookieStore(), { looseMode: true });
}

function isAddress(hostname: string): boolean {
  return hostname.startsWith("[") || /^\d+\.\d+\.\d+\.\d+$/.test(hostname);
}

function morselOf(cookie: Cookie): Morsel {
  const { expires, maxAge } = cookie;
  return {
    key: cookie.key,
    value: cookie.value,
    domain: cookie.domain,
    path: cookie.path,
    secure: cookie.secure,
    httpOnly: cookie.httpOnly,
    sameSite: cookie.sameSite ?? null,
    expires: expires instanceof Date ? expires : null,
    maxAge: typeof maxAge === "number" ? maxAge : null,
  };
}
