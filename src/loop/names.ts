/** Host names and addresses. */
import { lookupService } from "node:dns";
import { isIP } from "node:net";
import type { Address, AddressInfoOptions, AddressLike, EventLoop, NameInfoOptions } from "../core/contracts.js";
import { coroutine, type Coroutine } from "../tasks/coroutine.js";
import { Future } from "../tasks/future.js";
import { describe } from "../util/format.js";
import { checkEndpoint, resolveHost, WILDCARDS, type HostAddress } from "./resolve.js";

const LOOPBACKS: readonly HostAddress[] = [
  { address: "127.0.0.1", family: 4 },
  { address: "::1", family: 6 },
];

export function getaddrinfo(host: string | null, port: number | null, options: AddressInfoOptions): Coroutine<Address[]> {
  checkEndpoint(host, port ?? 0, options.family);
  if (Array.isArray(host)) throw new TypeError("host must be a string or null; look up several with gather()");
  return lookUp(host, port ?? 0, options);
}

const lookUp = coroutine(function* getaddrinfo(host: string | null, port: number, { family, passive }: AddressInfoOptions) {
  const known = host === null || host === "" ? (passive === true ? WILDCARDS : LOOPBACKS) : yield* resolveHost(host, family);
  const addresses = known.map((one): Address => ({ address: one.address, port, family: one.family === 6 ? "IPv6" : "IPv4" }));
  const fitting = addresses.filter((one) => family === undefined || one.family === family);
  if (fitting.length === 0) throw notFound(host ?? "", family!);
  return fitting;
});

/** What a look-up by name would say of a literal of the other family. */
function notFound(hostname: string, family: string): NodeJS.ErrnoException {
  const error = new Error(`getaddrinfo ENOTFOUND ${hostname} (${family})`);
  return Object.assign(error, { code: "ENOTFOUND", syscall: "getaddrinfo", hostname });
}

export function getnameinfo(loop: EventLoop, sockaddr: AddressLike, options: NameInfoOptions): Coroutine<[host: string, service: string]> {
  if (typeof sockaddr !== "object" || sockaddr === null)
    throw new TypeError(`sockaddr must be { address, port }, got ${describe(sockaddr)}`);
  checkEndpoint(sockaddr.address, sockaddr.port, undefined);
  if (isIP(sockaddr.address) === 0) throw new TypeError(`sockaddr.address must be an IP address, got ${describe(sockaddr.address)}`);
  return lookUpNames(loop, sockaddr, options);
}

const lookUpNames = coroutine(function* getnameinfo(
  loop: EventLoop,
  { address, port }: AddressLike,
  { numericHost = false, numericService = false }: NameInfoOptions,
) {
  if (numericHost && numericService) return [address, String(port)] as [string, string];
  const result = new Future<[string, string]>({ loop });
  lookupService(address, port, (error, host, service) => {
    if (result.done()) return;
    if (error !== null) result.setException(error);
    else result.setResult([numericHost ? address : host, numericService ? String(port) : service]);
  });
  return yield* result;
});
