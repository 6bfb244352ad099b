import { Cookie, CookieJar as ToughJar, MemoryCookieStore } from "tough-cookie";
import { describe } from "../../util/format.js";

/** A cookie that a server has set. Mirrors http.cookies.Morsel. */
export interface Morsel {
  readonly key: string;
  readonly value: string;
  /** Null where only the host that set it gets it. */
  readonly domain: string | null;
  readonly path: string | null;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly sameSite: string | null;
  /** Null for a cookie of the session. */
  readonly expires: Date | null;
  /** Seconds. */
  readonly maxAge: number | null;
}

/** Cookies to send: names and values. */
export type CookiesLike = Iterable<readonly [string, string]> | Readonly<Record<string, string>>;

/** What keeps a session's cookies. Mirrors aiohttp.abc.AbstractCookieJar. */
export interface AbstractCookieJar {
  /** Takes cookies by name and value; for all hosts where no URL is given. */
  updateCookies(cookies: CookiesLike, responseUrl?: URL | string): void;
  /** Takes what a response's Set-Cookie headers say. */
  updateFromHeaders(setCookies: readonly string[], responseUrl: URL): void;
  /** Names and values of the cookies to be sent to a URL. */
  filterCookies(requestUrl: URL | string): Map<string, string>;
  clear(): void;
}

/** The URL of cookies that go to every host. */
const SHARED = new URL("http://shared.invalid/");

/**
 * Keeps cookies by RFC 6265, in memory. Servers that are named by an IP address may set none unless `unsafe`: any machine can have
 * that address tomorrow. Mirrors aiohttp.CookieJar.
 */
export class CookieJar implements AbstractCookieJar, Iterable<Morsel> {
  readonly #unsafe: boolean;
  #jar = newJar();
  /** Nothing was ever put in: most sessions ask their jar for every request, and have no cookies. */
  #empty = true;
  readonly #shared = new Map<string, string>();

  constructor(options: { unsafe?: boolean } = {}) {
    this.#unsafe = options.unsafe ?? false;
  }

  /** How many cookies there are. */
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

  /** Forgets all cookies, or those for which `predicate` is true. */
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

  /** Forgets the cookies of a domain and those below it. */
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

/** Keeps no cookies. Mirrors aiohttp.DummyCookieJar. */
export class DummyCookieJar implements AbstractCookieJar {
  updateCookies(): void {}

  updateFromHeaders(): void {}

  filterCookies(): Map<string, string> {
    return new Map();
  }

  clear(): void {}
}

/** The cookies that Set-Cookie headers set, by name. */
export function parseSetCookies(headers: readonly string[]): Map<string, Morsel> {
  const cookies = new Map<string, Morsel>();
  for (const text of headers) {
    const cookie = Cookie.parse(text, { loose: true });
    if (cookie !== undefined) cookies.set(cookie.key, morselOf(cookie));
  }
  return cookies;
}

/** The pairs of what a `cookies` option holds. */
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
