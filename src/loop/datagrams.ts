/** createDatagramEndpoint, as far as it is the same on both loops. */
import type { Address, AddressLike, DatagramOptions, DatagramProtocol, EventLoop } from "../core/contracts.js";
import { ValueError } from "../core/errors.js";
import type { Awaitable } from "../tasks/awaitable.js";
import { coroutine } from "../tasks/coroutine.js";
import { describe } from "../util/format.js";
import type { DatagramSocketTransport } from "./datagram-transport.js";
import { isSystemError } from "./endpoints.js";
import { establish, type Opened } from "./establish.js";
import { checkEndpoint, resolveHost, WILDCARDS } from "./resolve.js";

export interface DatagramRequest {
  family: "IPv4" | "IPv6";
  local: AddressLike | null;
  remote: Address | null;
  reusePort: boolean;
  allowBroadcast: boolean;
}

/** A socket that no transport owns yet. */
export type OpenedDatagram = Opened<DatagramProtocol, DatagramSocketTransport>;

/** Opens, binds and connects one socket. */
export type OpenDatagram = (request: DatagramRequest) => Awaitable<OpenedDatagram>;

export const openDatagramEndpoint = coroutine(function* openDatagramEndpoint(
  loop: EventLoop,
  open: OpenDatagram,
  factory: () => DatagramProtocol,
  options: DatagramOptions,
) {
  const { localAddr, remoteAddr, family, reusePort = false, allowBroadcast = false } = options;
  const locals = localAddr === undefined ? null : yield* addressesOf(localAddr, family);
  const remotes = remoteAddr === undefined ? null : yield* addressesOf(remoteAddr, family);
  const places = pair(locals, remotes, family);
  const errors: unknown[] = [];
  for (const place of places) {
    let opened: OpenedDatagram;
    try {
      opened = yield* open({ ...place, reusePort, allowBroadcast });
    } catch (error) {
      if (!isSystemError(error)) throw error;
      errors.push(error);
      continue;
    }
    return yield* establish(loop, opened, factory);
  }
  throw errors[0];
});

const addressesOf = coroutine(function* addressesOf({ address: host, port }: AddressLike, family: "IPv4" | "IPv6" | undefined) {
  const known = host === "" ? WILDCARDS : yield* resolveHost(host, family);
  return known.map(({ address, family }): Address => ({ address, port, family: family === 6 ? "IPv6" : "IPv4" }));
});

/** What can go together: each local address with each remote one of the same family. */
function pair(
  locals: Address[] | null,
  remotes: Address[] | null,
  family: "IPv4" | "IPv6" | undefined,
): Omit<DatagramRequest, "reusePort" | "allowBroadcast">[] {
  const families = family !== undefined ? [family] : (["IPv4", "IPv6"] as const);
  const places = families.flatMap((one) => {
    const ofFamily = (list: Address[] | null): (Address | null)[] => list?.filter((address) => address.family === one) ?? [null];
    return ofFamily(locals).flatMap((local) => ofFamily(remotes).map((remote) => ({ family: one, local, remote })));
  });
  if (places.length === 0) throw new ValueError("can not get address information: no addresses of one family");
  return places;
}

export function checkDatagramArguments(options: DatagramOptions): void {
  if (typeof options !== "object" || options === null) throw new TypeError(`options must be an object, got ${describe(options)}`);
  const { localAddr, remoteAddr, family } = options;
  if (localAddr === undefined && remoteAddr === undefined && family === undefined) {
    throw new ValueError("unexpected address family; without localAddr and remoteAddr, say which");
  }
  for (const [name, addr] of Object.entries({ localAddr, remoteAddr })) {
    if (addr === undefined) continue;
    if (typeof addr !== "object" || addr === null || typeof addr.address !== "string") {
      throw new TypeError(`${name} must be { address, port }, got ${describe(addr)}`);
    }
    checkEndpoint(addr.address, addr.port, family);
  }
  checkEndpoint(null, 0, family);
}
