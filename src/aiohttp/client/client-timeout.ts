/** The time limits of a request. */
import { ValueError } from "../../core/errors.js";
import { describe } from "../../util/format.js";

/** Time limits in seconds; null or 0 means no limit. */
export interface ClientTimeoutOptions {
  /** For the whole request: connecting, redirects, and reading the body. */
  total?: number | null;
  /** For getting a connection, including the wait for a free one. */
  connect?: number | null;
  /** For opening a new connection. */
  sockConnect?: number | null;
  /** Between two chunks of the response, counted from when the request is sent. */
  sockRead?: number | null;
}

/**
 * Time limits of a request, in seconds. An expired limit rejects with TimeoutError (`total`), ConnectionTimeoutError (`connect`,
 * `sockConnect`) or SocketTimeoutError (`sockRead`). The latter two are also TimeoutErrors. Mirrors aiohttp.ClientTimeout.
 *
 * ```ts
 * import { ClientTimeout } from "uvio/aiohttp";
 *
 * const timeout = new ClientTimeout({ total: 30, connect: 5 });
 * console.log(timeout.total, timeout.sockRead); // 30 null
 * ```
 */
export class ClientTimeout {
  readonly total: number | null;
  readonly connect: number | null;
  readonly sockConnect: number | null;
  readonly sockRead: number | null;

  constructor(options: ClientTimeoutOptions = {}) {
    this.total = seconds("total", options.total);
    this.connect = seconds("connect", options.connect);
    this.sockConnect = seconds("sockConnect", options.sockConnect);
    this.sockRead = seconds("sockRead", options.sockRead);
  }

  /** Returns the ClientTimeout for the option `timeout`. @internal */
  static from(value: ClientTimeout | ClientTimeoutOptions): ClientTimeout {
    if (value instanceof ClientTimeout) return value;
    if (typeof value !== "object" || value === null)
      throw new TypeError(`timeout must be a ClientTimeout, got ${describe(value)}; use new ClientTimeout({ total: seconds })`);
    return new ClientTimeout(value);
  }
}

/** 300 seconds in total, 30 seconds for opening a connection. */
export const DEFAULT_TIMEOUT = new ClientTimeout({ total: 300, sockConnect: 30 });

function seconds(name: string, value: number | null | undefined): number | null {
  if (value === undefined || value === null || value === 0) return null;
  if (typeof value !== "number" || Number.isNaN(value))
    throw new TypeError(`${name} must be a number of seconds or null, got ${describe(value)}`);
  if (value < 0) throw new ValueError(`${name} must not be negative, got ${value}`);
  return value;
}
