import { ValueError } from "../../core/errors.js";
import { describe } from "../../util/format.js";

const BEYOND_LATIN1 = /[^\0-\xff]/;

/**
 * Login and password for HTTP basic authentication. Throws ValueError if the login contains a colon, or if the encoding does not have a
 * character of them. The password is not shown when the object is printed. Mirrors aiohttp.BasicAuth.
 */
export class BasicAuth {
  readonly login: string;
  readonly #password: string;
  /** Encoding of the login and the password: "latin1", the default, or "utf8". */
  readonly encoding: "latin1" | "utf8";

  constructor(login: string, password = "", encoding: "latin1" | "utf8" = "latin1") {
    if (typeof login !== "string") throw new TypeError(`login must be a string, got ${describe(login)}`);
    if (typeof password !== "string") throw new TypeError(`password must be a string, got ${typeof password}`);
    if (login.includes(":")) throw new ValueError('A ":" is not allowed in login (RFC 1945#section-11.1)');
    if (encoding === "latin1" && BEYOND_LATIN1.test(login + password))
      throw new ValueError('the login and the password have characters that latin1 does not have; the encoding "utf8" has them');
    this.login = login;
    this.#password = password;
    this.encoding = encoding;
  }

  get password(): string {
    return this.#password;
  }

  /** Parses an Authorization header. Throws ValueError unless it holds the credentials of basic authentication. */
  static decode(header: string, encoding: "latin1" | "utf8" = "latin1"): BasicAuth {
    const [, encoded] = /^basic +(\S+)$/i.exec(header.trim()) ?? [];
    if (encoded === undefined) throw new ValueError(`header must be "Basic <base64>"; it has ${header.length} characters`);
    const text = Buffer.from(encoded, "base64").toString(encoding);
    const colon = text.indexOf(":");
    if (colon < 0) throw new ValueError("Invalid credentials: there is no colon in them");
    return new BasicAuth(text.slice(0, colon), text.slice(colon + 1), encoding);
  }

  /** The credentials in a URL; null if it has none. @internal */
  static fromUrl(url: URL): BasicAuth | null {
    if (url.username === "" && url.password === "") return null;
    const [login, password] = [decoded(url.username), decoded(url.password)];
    return new BasicAuth(login, password, BEYOND_LATIN1.test(login + password) ? "utf8" : "latin1");
  }

  /** Returns the value of an Authorization header. */
  encode(): string {
    return `Basic ${Buffer.from(`${this.login}:${this.password}`, this.encoding).toString("base64")}`;
  }
}

/** Decodes a part of a URL. A percent sign that encodes nothing stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Returns a BasicAuth or null. Throws TypeError for anything else, without a word of it: it may be a password. */
export function checkAuth(name: string, auth: unknown): BasicAuth | null {
  if (auth === undefined || auth === null) return null;
  if (auth instanceof BasicAuth) return auth;
  throw new TypeError(`${name} must be a BasicAuth, got a value of type ${typeof auth}; use new BasicAuth(login, password)`);
}
