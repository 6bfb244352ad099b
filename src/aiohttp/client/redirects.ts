/** Redirects of requests and of WebSocket handshakes: where they lead, and what of the caller's goes along. */
import { InvalidUrlRedirectClientError, NonHttpUrlRedirectClientError, TooManyRedirects, type RequestInfo } from "../http/errors.js";
import type { CIMultiDict, CIMultiDictProxy } from "../http/multidict.js";

const STATUSES = new Set([301, 302, 303, 307, 308]);

/** Sent to the origin that the caller named only, not to another one that a redirect leads to. */
const CREDENTIALS = ["Authorization", "Cookie", "Proxy-Authorization"];

/** Whether a response is a redirect. */
export function isRedirect(status: number, location: string | null): location is string {
  return location !== null && STATUSES.has(status);
}

/** A response that redirected. */
export interface Redirection {
  readonly requestInfo: RequestInfo;
  readonly status: number;
  readonly headers: CIMultiDictProxy;
}

/** Throws TooManyRedirects if the limit is reached; 0 is none. */
export function checkRedirects(history: readonly Redirection[], limit: number): void {
  if (limit <= 0 || history.length < limit) return;
  const { requestInfo, headers, status } = history[0]!;
  throw new TooManyRedirects(requestInfo, history, { status, message: `more than ${limit} redirects`, headers });
}

/** Resolves a Location against the URL that it came from. `schemes`: those that it can have, and the ones that stand for them. */
export function redirected(from: URL, location: string, schemes: ReadonlyMap<string, string>): URL {
  if (!URL.canParse(location, from.href))
    throw new InvalidUrlRedirectClientError(location, "Server attempted redirecting to a location that does not look like a URL");
  const to = new URL(location, from);
  const scheme = schemes.get(to.protocol);
  if (scheme === undefined) throw new NonHttpUrlRedirectClientError(location, "the server redirected to a URL that is not HTTP");
  to.protocol = scheme;
  if (to.hash === "") to.hash = from.hash;
  return to;
}

/** Removes the caller's credentials from the headers of a request to another origin. */
export function dropCredentials(headers: CIMultiDict): void {
  for (const name of CREDENTIALS) headers.delete(name);
}
