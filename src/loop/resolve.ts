import dns, { type LookupAddress } from "node:dns";
import { isIP } from "node:net";
import { getRunningLoop } from "../core/running.js";
import { coroutine } from "../tasks/coroutine.js";
import { Future } from "../tasks/future.js";
import { describe } from "../util/format.js";

export interface HostAddress {
  address: string;
  family: 4 | 6;
}

export const WILDCARDS: readonly HostAddress[] = [
  { address: "0.0.0.0", family: 4 },
  { address: "::", family: 6 },
];

/** Addresses of a host name, all that the system knows; an address literal needs no look-up. Rejects with Node's ENOTFOUND error. */
export const resolveHost = coroutine(function* resolveHost(host: string, family: "IPv4" | "IPv6" | undefined) {
  const literal = isIP(host);
  if (literal !== 0) return [{ address: host, family: literal as 4 | 6 }];
  const result = new Future<LookupAddress[]>({ loop: getRunningLoop() });
  dns.lookup(host, { all: true, family: family === "IPv4" ? 4 : family === "IPv6" ? 6 : 0 }, (error, addresses) => {
    if (result.done()) return;
    if (error !== null) result.setException(error);
    else result.setResult(addresses);
  });
  return (yield* result).map(({ address, family }) => ({ address, family: family as 4 | 6 }));
});

/** Where a server is to listen: every address of every host; null and "" mean all interfaces. */
export const resolveListen = coroutine(function* resolveListen(
  host: string | readonly string[] | null,
  family: "IPv4" | "IPv6" | undefined,
) {
  const hosts = host === null || host === "" ? [null] : typeof host === "string" ? [host] : host;
  const seen = new Map<string, HostAddress>();
  for (const one of hosts) {
    const addresses: readonly HostAddress[] = one === null || one === "" ? WILDCARDS : yield* resolveHost(one, family);
    for (const address of addresses) {
      if (family === undefined || address.family === (family === "IPv4" ? 4 : 6)) seen.set(address.address, address);
    }
  }
  return [...seen.values()];
});

/** TypeErrors for what is no host, port or family. */
export function checkEndpoint(host: unknown, port: unknown, family: unknown): void {
  const list = Array.isArray(host) ? (host as unknown[]) : [host];
  for (const one of list) {
    if (one !== null && typeof one !== "string")
      throw new TypeError(`host must be a string, a list of strings or null, got ${describe(one)}`);
  }
  if (typeof port !== "number" || !Number.isInteger(port)) throw new TypeError(`port must be an integer, got ${describe(port)}`);
  if (port < 0 || port > 65535) throw new RangeError(`port must be 0 to 65535, got ${port}`);
  if (family !== undefined && family !== "IPv4" && family !== "IPv6")
    throw new TypeError(`family must be "IPv4" or "IPv6", got ${describe(family)}`);
}
