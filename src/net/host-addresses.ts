/** The IP addresses of hosts, as getaddrinfo returns them. */
import dns, { type LookupAddress } from "node:dns";
import { isIP } from "node:net";
import {
  AI_ADDRCONFIG,
  AI_ALL,
  AI_NUMERICHOST,
  AI_NUMERICSERV,
  AI_PASSIVE,
  AI_V4MAPPED,
  IPPROTO_TCP,
  IPPROTO_UDP,
} from "../core/address-info.js";
import type { AddressInfoOptions } from "../core/contracts.js";
import { getRunningLoop } from "../core/running.js";
import { coroutine } from "../tasks/coroutine.js";
import { Future } from "../tasks/future.js";
import type { Given } from "../util/options.js";

export interface HostAddress {
  address: string;
  family: 4 | 6;
}

export const WILDCARDS: readonly HostAddress[] = [
  { address: "0.0.0.0", family: 4 },
  { address: "::", family: 6 },
];

const LOOPBACKS: readonly HostAddress[] = [
  { address: "127.0.0.1", family: 4 },
  { address: "::1", family: 6 },
];

/** The flags that Node passes on to the system. The others are implemented here. */
const FLAGS_OF_NAMES = AI_ADDRCONFIG | AI_V4MAPPED | AI_ALL;
const FLAGS = FLAGS_OF_NAMES | AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV;

/**
 * Returns all addresses of a host. An IP address is returned without a lookup. Host null stands for this machine: its loopback addresses,
 * or with AI_PASSIVE the wildcard addresses. Rejects with the errors of Node's getaddrinfo: ENOTFOUND, EAI_SOCKTYPE, EAI_BADFLAGS.
 */
export const resolveHost = coroutine(function* resolveHost(host: string | null, hints: Given<AddressInfoOptions>) {
  checkHints(host, hints);
  const { flags = 0 } = hints;
  const family = hints.family === undefined ? 0 : hints.family === "IPv4" ? 4 : 6;
  if (host === null) {
    const own = (flags & AI_PASSIVE) !== 0 ? WILDCARDS : LOOPBACKS;
    return family === 0 ? own : own.filter((one) => one.family === family);
  }
  const literal = isIP(host);
  if (literal !== 0) return [ofFamily({ address: host, family: literal as 4 | 6 }, family, flags)];
  if (host === "" || (flags & AI_NUMERICHOST) !== 0) throw lookupError("ENOTFOUND", host);
  const result = new Future<LookupAddress[]>({ loop: getRunningLoop() });
  dns.lookup(host, { all: true, family, hints: flags & FLAGS_OF_NAMES }, (error, addresses) => {
    if (!result.canSettle()) return;
    if (error !== null) result.setException(error);
    else result.setResult(addresses);
  });
  return (yield* result).map(({ address, family }) => ({ address, family: family as 4 | 6 }));
});

/** Returns the addresses for a server to listen on: those of all its hosts, each once. Host "" means the same as null. */
export const resolveListen = coroutine(function* resolveListen(host: string | readonly string[] | null, hints: Given<AddressInfoOptions>) {
  const hosts = typeof host === "string" || host === null ? [host] : host;
  const seen = new Map<string, HostAddress>();
  for (const one of hosts) {
    for (const address of yield* resolveHost(one === "" ? null : one, hints)) seen.set(address.address, address);
  }
  return [...seen.values()];
});

/** Converts an IP address to the requested family. Throws ENOTFOUND unless it has that family or AI_V4MAPPED allows to map it. */
function ofFamily(literal: HostAddress, family: 0 | 4 | 6, flags: number): HostAddress {
  if (family === 0 || family === literal.family) return literal;
  if (family === 4 || (flags & AI_V4MAPPED) === 0) throw lookupError("ENOTFOUND", literal.address);
  return { address: `::ffff:${literal.address}`, family };
}

/** Throws getaddrinfo's errors for a protocol that the socket type does not support and for unknown flags. */
export function checkHints(host: string | null, { type, proto = 0, flags = 0 }: Given<AddressInfoOptions>): void {
  const isFitting = (proto === IPPROTO_TCP && type !== "dgram") || (proto === IPPROTO_UDP && type !== "stream");
  if (proto !== 0 && !isFitting)
    throw lookupError("EAI_SOCKTYPE", host, `: protocol ${proto} does not fit a ${type ?? "stream or dgram"} socket`);
  if ((flags & ~FLAGS) !== 0) throw lookupError("EAI_BADFLAGS", host, `: unknown flags ${flags & ~FLAGS}`);
}

/** libuv's error numbers, which are the same on every system. */
const LOOKUP_ERRORS = { ENOTFOUND: -3008, EAI_BADFLAGS: -3002, EAI_SOCKTYPE: -3011 } as const;

/** Returns an error of the form that Node's dns.lookup fails with. */
function lookupError(code: keyof typeof LOOKUP_ERRORS, host: string | null, reason = ""): NodeJS.ErrnoException {
  const error = new Error(`getaddrinfo ${code}${host === null ? "" : ` ${host}`}${reason}`);
  return Object.assign(error, { code, errno: LOOKUP_ERRORS[code], syscall: "getaddrinfo", hostname: host ?? "" });
}
