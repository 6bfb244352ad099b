import { ValueError } from "../../core/errors.js";
import { describe } from "../../util/format.js";

/** Login and password for HTTP basic authentication. Throws ValueError if the login contains a colon. Mirrors aiohttp.BasicAuth. */
export class BasicAuth {
  readonly login: string;
  readonly password: string;
  /** Encoding of the login and the password: "latin1", the default, or "utf8". */
  readonly encoding: "latin1" | "utf8";

  constructor(login: string, password = "", encoding: "latin1" | "utf8" = "latin1") {
    if (typeof login !== "string") throw new TypeError(`login must be a string, got ${describe(login)}`);
    if (typeof password !== "string") throw new TypeError(`password must be a string, got ${describe(password)}`);
    if (login.includes(":")) throw new ValueError('A ":" is not allowed in login (RFC 1945#section-11.1)');
    this.login = login;
    this.password = password;
    this.encoding = encoding;
  }

  /** Parses an Authorization header. Throws ValueError unless it holds the credentials of basic authentication. */
  static decode(header: string, encoding: "latin1" | "utf8" = "latin1"): BasicAuth {
    const [, encoded] = /^basic +(\S+)$/i.exec(header.trim()) ?? [];
    if (encoded === undefined) throw new ValueError(`header must be "Basic <base64>", got ${describe(header)}`);
    const text = Buffer.from(encoded, "base64").toString(encoding);
    const colon = text.indexOf(":");
    if (colon < 0) throw new ValueError("Invalid credentials: there is no colon in them");
    return new BasicAuth(text.slice(0, colon), text.slice(colon + 1), encoding);
  }

  /** The credentials in a URL; null if it has none. @internal */
  static fromUrl(url: URL): BasicAuth | null {
    if (url.username === "" && url.password === "") return null;
    return new BasicAuth(decodeURIComponent(url.username), decodeURIComponent(url.password));
  }

  /** Returns the value of an Authorization header. */
  encode(): string {
    return `Basic ${Buffer.from(`${this.login}:${this.password}`, this.encoding).toString("base64")}`;
  }
}
