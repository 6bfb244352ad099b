/** loop.getaddrinfo and loop.getnameinfo. */
import { lookupService } from "node:dns";
import { isIP } from "node:net";
import type { Address, AddressInfoOptions, AddressLike, EventLoop, NameInfoOptions } from "../core/contracts.js";
import { coroutine, type Coroutine } from "../tasks/coroutine.js";
import { Future } from "../tasks/future.js";
import { describe } from "../util/format.js";
import { resolveHost } from "./host-addresses.js";
import { checkEndpoint, checkAddressLike, checkLookup } from "./argument-checks.js";
import type { Given } from "../util/options.js";

/** Checks the arguments and returns the lookup, not started. */
export function getaddrinfo(host: string | null, port: number | null, options: Given<AddressInfoOptions>): Coroutine<Address[]> {
  checkEndpoint(host, port ?? 0);
  checkLookup(options);
  const { type } = options;
  if (type !== undefined && type !== "stream" && type !== "dgram")
    throw new TypeError(`type must be "stream" or "dgram", got ${describe(type)}`);
  if (Array.isArray(host)) throw new TypeError("host must be a string or null; use gather() to look up several hosts");
  return lookUp(host, port ?? 0, options);
}

const lookUp = coroutine(function* getaddrinfo(host: string | null, port: number, options: Given<AddressInfoOptions>) {
  const found = yield* resolveHost(host, options);
  return found.map(({ address, family }): Address => ({ address, port, family: family === 6 ? "IPv6" : "IPv4" }));
});

/** Checks the arguments and returns the reverse lookup, not started. */
export function getnameinfo(loop: EventLoop, sockaddr: AddressLike, options: NameInfoOptions): Coroutine<[host: string, service: string]> {
  checkAddressLike("sockaddr", sockaddr);
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
    if (!result.canSettle()) return;
    if (error !== null) result.setException(error);
    else result.setResult([numericHost ? address : host, numericService ? String(port) : service]);
  });
  return yield* result;
});
