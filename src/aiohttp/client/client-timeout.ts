import { ValueError } from "../../core/errors.js";
import { describe } from "../../util/format.js";

/** Seconds; null or 0 for no limit. */
export interface ClientTimeoutOptions {
  /** For everything: connecting, redirects, and reading the body. */
  total?: number | null;
  /** For getting a connection, waiting for a free one included. */
  connect?: number | null;
  /** For making a new connection. */
  sockConnect?: number | null;
  /** Between two pieces of the response. */
  sockRead?: number | null;
}

/**
 * How long a request may take, in seconds. What is exceeded fails with TimeoutError (`total`), ConnectionTimeoutError (`connect`, `sockConnect`) or
 * SocketTimeoutError (`sockRead`); the latter two are TimeoutErrors as well. Mirrors aiohttp.ClientTimeout.
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

  /** Of what a `timeout` option holds. @internal */
  static from(value: ClientTimeout | ClientTimeoutOptions): ClientTimeout {
    if (value instanceof ClientTimeout) return value;
    if (typeof value !== "object" || value === null)
      throw new TypeError(`timeout must be a ClientTimeout, got ${describe(value)}; write new ClientTimeout({ total: seconds })`);
    return new ClientTimeout(value);
  }
}

/** Five minutes in all, thirty seconds for the connection. */
export const DEFAULT_TIMEOUT = new ClientTimeout({ total: 300, sockConnect: 30 });

function seconds(name: string, value: number | null | undefined): number | null {
  if (value === undefined || value === null || value === 0) return null;
  if (typeof value !== "number" || Number.isNaN(value))
    throw new TypeError(`${name} must be a number of seconds or null, got ${describe(value)}`);
  if (value < 0) throw new ValueError(`${name} must not be negative, got ${value}`);
  return value;
}
