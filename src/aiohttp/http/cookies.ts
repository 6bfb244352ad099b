/** Cookies: the jar of a session, and the Set-Cookie headers of a response. */
import { Cookie, CookieJar as ToughJar, MemoryCookieStore } from "tough-cookie";
import { ValueError } from "../../core/errors.js";
import { describe } from "../../util/format.js";
import { checkCount } from "../../util/options.js";
import { InvalidURL } from "./errors.js";

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

/** Options of CookieJar. */
export interface CookieJarOptions {
  /** Accepts cookies of servers that are addressed by an IP address. Default false. */
  unsafe?: boolean;
  /**
   * The most cookies of one domain; default 180, as in browsers, 0 for no limit. Expired ones leave first, then those that were not stored or
   * sent for the longest time.
   */
  limitPerHost?: number;
}

/**
 * Keeps cookies in memory, by RFC 6265. Mirrors aiohttp.CookieJar.
 *
 * Cookies of servers that are addressed by an IP address are ignored unless `unsafe` is true: another machine can have that address later.
 * Of several cookies with the same name the most specific one is sent: that of the longest path, then that of the longest domain.
 *
 * ```ts
 * import { CookieJar } from "uvio/aiohttp";
 *
 * const jar = new CookieJar({ limitPerHost: 50 });
 * jar.updateFromHeaders(["level=10; Path=/tower"], new URL("http://example.com/tower/door"));
 * console.log(jar.filterCookies("http://example.com/tower").get("level"), jar.filterCookies("http://example.com/").size); // 10 0
 * ```
 */
export class CookieJar implements AbstractCookieJar, Iterable<Morsel> {
  readonly #unsafe: boolean;
  readonly #limitPerHost: number;
  readonly #store = new MemoryCookieStore();
  readonly #jar = new ToughJar(this.#store, { looseMode: true });
  /** Without a host: sent to all. */
  readonly #shared = new Map<string, string>();
  /** By domain, at least the number of its cookies: expired ones disappear without a notice. Empty as long as the jar is. */
  readonly #counts = new Map<string, number>();
  /** The order in which cookies were stored or sent; the clock's milliseconds are too coarse. */
  readonly #used = new WeakMap<Cookie, number>();
  #uses = 0;

  constructor(options: CookieJarOptions = {}) {
    this.#unsafe = options.unsafe ?? false;
    this.#limitPerHost = checkCount("limitPerHost", options.limitPerHost ?? 180);
  }

  /** The number of cookies that have a host or a domain. */
  get size(): number {
    return this.#stored().length;
  }

  /** Stores cookies by name and value. Without a URL they are sent to all hosts. Throws ValueError for a name that no cookie can have. */
  updateCookies(cookies: CookiesLike, responseUrl?: URL | string): void {
    const url = responseUrl === undefined ? null : urlOf(responseUrl);
    for (const [key, value] of cookiePairs(cookies)) {
      if (url === null) this.#shared.set(key, value);
      else this.#put(new Cookie({ key, value, path: "/" }), url);
    }
  }

  updateFromHeaders(setCookies: readonly string[], responseUrl: URL): void {
    for (const text of setCookies) {
      const cookie = Cookie.parse(text, { loose: true });
      if (cookie !== undefined) this.#put(cookie, responseUrl);
    }
  }

  /** Returns the cookies to send to a URL: their names, and their values as they are sent. */
  filterCookies(requestUrl: URL | string): Map<string, string> {
    const found = new Map(this.#shared);
    if (this.#counts.size === 0) return found;
    const cookies = this.#jar.getCookiesSync(urlOf(requestUrl).href).sort(byGenerality);
    for (const cookie of cookies) {
      this.#used.set(cookie, this.#uses++);
      found.set(cookie.key, cookie.value);
    }
    return found;
  }

  /** Removes all cookies, or those for which `predicate` returns true. */
  clear(predicate?: (cookie: Morsel) => boolean): void {
    if (predicate === undefined) {
      this.#jar.removeAllCookiesSync();
      this.#counts.clear();
      this.#shared.clear();
      return;
    }
    for (const cookie of this.#stored()) if (predicate(morselOf(cookie))) this.#remove(cookie);
  }

  /** Removes the cookies of a domain and of its subdomains. */
  clearDomain(domain: string): void {
    this.clear((cookie) => cookie.domain === domain || cookie.domain?.endsWith(`.${domain}`) === true);
  }

  [Symbol.iterator](): Iterator<Morsel> {
    return this.#stored().map(morselOf)[Symbol.iterator]();
  }

  #stored(): Cookie[] {
    const now = Date.now();
    let stored: Cookie[] = [];
    this.#store.getAllCookies((_error, cookies) => (stored = cookies ?? [])); // Synchronous.
    return stored.filter((cookie) => !isExpired(cookie, now));
  }

  #put(cookie: Cookie, url: URL): void {
    if (!this.#unsafe && isAddress(url.hostname)) return;
    const stored = this.#jar.setCookieSync(cookie, url.href, { ignoreError: true });
    const domain = stored?.domain;
    if (stored === undefined || domain === undefined || domain === null) return;
    this.#used.set(stored, this.#uses++);
    const count = (this.#counts.get(domain) ?? 0) + 1;
    this.#counts.set(domain, this.#limitPerHost > 0 && count > this.#limitPerHost ? this.#limit(domain) : count);
  }

  /** Removes what is above the limit of a domain. Returns the number of its cookies. */
  #limit(domain: string): number {
    let cookies: Cookie[] = [];
    this.#store.findCookies(domain, "", true, (_error, found) => (cookies = found ?? [])); // Synchronous; of parent domains as well.
    const now = Date.now();
    const rank = (cookie: Cookie): number => this.#used.get(cookie) ?? -1;
    const kept = cookies.filter((cookie) => cookie.domain === domain && !isExpired(cookie, now));
    while (kept.length > this.#limitPerHost) kept.splice(kept.indexOf(kept.reduce((a, b) => (rank(b) < rank(a) ? b : a))), 1);
    // Stored again, because the store keeps an entry for each path that a cookie ever had.
    this.#store.removeCookies(domain, "", () => {});
    for (const cookie of kept) this.#store.putCookie(cookie, () => {});
    return kept.length;
  }

  #remove({ domain, path, key }: Cookie): void {
    this.#store.removeCookie(domain ?? "", path ?? "", key, () => {});
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

/**
 * Returns a `cookies` option as pairs of names and values as they are sent. Throws TypeError if it holds anything but strings, ValueError for
 * a name that no cookie can have.
 */
export function cookiePairs(cookies: CookiesLike): (readonly [string, string])[] {
  if (typeof cookies !== "object" || cookies === null) throw new TypeError(`cookies must be an object or pairs, got ${describe(cookies)}`);
  const pairs = Symbol.iterator in cookies ? [...(cookies as Iterable<readonly [string, string]>)] : Object.entries(cookies);
  return pairs.map(([key, value]) => {
    if (typeof key !== "string" || typeof value !== "string")
      throw new TypeError(`cookie ${String(key)} must be a string, got ${describe(value)}`);
    return [checkCookieName(key), LEGAL.test(value) ? value : quoted(value)] as const;
  });
}

/** Names, and values that need no quotes, by Python's http.cookies. */
const LEGAL = /^[\w!#$%&'*+.^`|~:-]+$/;

function checkCookieName(key: string): string {
  if (LEGAL.test(key)) return key;
  throw new ValueError(`Illegal key ${describe(key)}: the name of a cookie has letters, digits and !#$%&'*+-.^_\`|~: only`);
}

/** Quotes a value as Python's http.cookies does: characters that could end it become octal numbers. */
function quoted(value: string): string {
  const inside = value.replace(/["\\]/g, "\\$&").replace(/[^\w!#$%&'*+.^`|~:\- ()/<=>?@[\]{}"\\\u0100-\uffff]/g, octal);
  return `"${inside}"`;
}

function octal(char: string): string {
  return `\\${char.charCodeAt(0).toString(8).padStart(3, "0")}`;
}

/** Returns the Cookie header of these cookies, most of which are as a server has set them. */
export function cookieHeader(cookies: ReadonlyMap<string, string>): string {
  return [...cookies]
    .map(([name, value]) => {
      if (/[;=\0-\x1f\x7f]/.test(name)) checkCookieName(name);
      return `${name}=${/[;\0-\x1f\x7f]/.test(value) ? quoted(value) : value}`;
    })
    .join("; ");
}

/** The less specific cookie comes first: RFC 6265 prefers the longest path. Then a cookie of the host alone, then the longest domain. */
function byGenerality(one: Cookie, other: Cookie): number {
  const length = (text: string | null): number => text?.length ?? 0;
  return (
    length(one.path) - length(other.path) || length(one.domain) - length(other.domain) || Number(one.hostOnly) - Number(other.hostOnly)
  );
}

function isExpired(cookie: Cookie, now: number): boolean {
  const time = cookie.expiryTime();
  return time !== undefined && time <= now;
}

function urlOf(url: URL | string): URL {
  if (url instanceof URL) return url;
  if (!URL.canParse(url)) throw new InvalidURL(url, "a cookie jar requires an absolute URL");
  return new URL(url);
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
