/** loop.createDatagramEndpoint: the part that both loops share. */
import { AI_PASSIVE } from "../core/address-info.js";
import type {
  Address,
  AddressInfoOptions,
  AddressLike,
  DatagramOptions,
  DatagramProtocol,
  SocketFamily,
  SocketSource,
} from "../core/contracts.js";
import { ValueError, isSystemError } from "../core/errors.js";
import type { Awaitable } from "../tasks/awaitable.js";
import { coroutine } from "../tasks/coroutine.js";
import { describe } from "../util/format.js";
import type { DatagramSocketTransport, Place, Target } from "../transports/datagram-transport.js";
import { checkBooleans, checkAddressLike, checkLookup } from "./argument-checks.js";
import { attachProtocol, type PendingTransport } from "../transports/attach-protocol.js";
import type { HandleOwner } from "../transports/owned-handles.js";
import type { SockOption } from "./sock-option.js";
import { checkHints, resolveHost } from "./host-addresses.js";
import { removeStaleSocket } from "./unix-socket-file.js";
import { checkPath } from "../transports/unix-path.js";
import type { Given } from "../util/options.js";

/** The options of all families together. */
export interface DatagramEndpointOptions {
  localAddr?: Target | null;
  remoteAddr?: Target | null;
  family?: SocketFamily | null;
  proto?: number | null;
  flags?: number | null;
  reusePort?: boolean | null;
  allowBroadcast?: boolean | null;
  sock?: SocketSource | null;
}

/** The local address to bind a socket to, and its peer's address; null for none. */
interface Ends {
  family: SocketFamily;
  local: Place | null;
  remote: Place | null;
}

export interface DatagramRequest extends Ends {
  reusePort: boolean;
  /** If true the socket is not connected, because the answers to a broadcast come from other addresses than it was sent to. */
  allowBroadcast: boolean;
}

/** A socket that no transport owns yet. */
export type OpenedDatagram = PendingTransport<DatagramProtocol<Place>, DatagramSocketTransport>;

/** The part of a loop's backend that opens datagram sockets. */
export interface DatagramBackend {
  /** Opens, binds and connects one datagram socket. */
  openDatagram(loop: HandleOwner, request: DatagramRequest): Awaitable<OpenedDatagram>;
  /** Takes over a datagram socket of the option `sock`. */
  adoptDatagram(loop: HandleOwner, sock: SockOption): Awaitable<OpenedDatagram>;
}

export const createDatagramEndpoint = coroutine(function* createDatagramEndpoint(
  loop: HandleOwner,
  backend: DatagramBackend,
  factory: () => DatagramProtocol<Place>,
  options: Given<DatagramEndpointOptions>,
) {
  const { reusePort = false, allowBroadcast = false } = options;
  const places = options.family === "unix" ? [pathsOf(options)] : yield* addressPairs(options as Given<DatagramOptions>);
  const errors: unknown[] = [];
  for (const place of places) {
    let opened: OpenedDatagram;
    try {
      opened = yield* backend.openDatagram(loop, { ...place, reusePort, allowBroadcast });
    } catch (error) {
      if (!isSystemError(error)) throw error;
      errors.push(error);
      continue;
    }
    return yield* attachProtocol(loop, opened, factory);
  }
  throw errors[0];
});

export const adoptDatagramEndpoint = coroutine(function* adoptDatagramEndpoint(
  loop: HandleOwner,
  backend: DatagramBackend,
  factory: () => DatagramProtocol<Place>,
  sock: SockOption,
) {
  return yield* attachProtocol(loop, yield* backend.adoptDatagram(loop, sock), factory);
});

/** Returns the paths of a Unix endpoint. Removes a stale socket file at the local path first, as a Unix server does. */
function pathsOf({ localAddr, remoteAddr }: Given<DatagramEndpointOptions>): Ends {
  if (localAddr !== undefined) removeStaleSocket(localAddr as string);
  return { family: "unix", local: (localAddr as string | undefined) ?? null, remote: (remoteAddr as string | undefined) ?? null };
}

type LookupHints = Given<AddressInfoOptions> & { flags: number };

const addressPairs = coroutine(function* addressPairs({ localAddr, remoteAddr, family, proto, flags = 0 }: Given<DatagramOptions>) {
  const hints: LookupHints = { family, type: "dgram", proto, flags };
  checkHints(null, hints); // Also if there is nothing to look up.
  const locals = localAddr === undefined ? null : yield* addressesOf(localAddr, hints);
  const remotes = remoteAddr === undefined ? null : yield* addressesOf(remoteAddr, hints);
  return pair(locals, remotes, family);
});

/** Looks up a host. The empty host means every interface, whatever the flags are. In asyncio it is a name that does not exist. */
const addressesOf = coroutine(function* addressesOf({ address: host, port }: AddressLike, hints: LookupHints) {
  const known = host === "" ? yield* resolveHost(null, { ...hints, flags: hints.flags | AI_PASSIVE }) : yield* resolveHost(host, hints);
  return known.map(({ address, family }): Address => ({ address, port, family: family === 6 ? "IPv6" : "IPv4" }));
});

/** Combines each local address with each remote address of the same family. Throws ValueError if there is no such pair. */
function pair(locals: Address[] | null, remotes: Address[] | null, family: "IPv4" | "IPv6" | undefined): Ends[] {
  const families = family !== undefined ? [family] : (["IPv4", "IPv6"] as const);
  const places = families.flatMap((one) => {
    const ofFamily = (list: Address[] | null): (Address | null)[] => list?.filter((address) => address.family === one) ?? [null];
    return ofFamily(locals).flatMap((local) => ofFamily(remotes).map((remote) => ({ family: one, local, remote })));
  });
  if (places.length === 0) throw new ValueError("can not get address information: localAddr and remoteAddr have no family in common");
  return places;
}

/** The options that describe a socket to create. They are not allowed together with `sock`. */
const MODIFIERS = ["localAddr", "remoteAddr", "family", "proto", "flags", "reusePort", "allowBroadcast"] as const;

/** Throws TypeError or ValueError for invalid options of createDatagramEndpoint. */
export function checkDatagramArguments(options: Given<DatagramEndpointOptions>): void {
  refuseReusedAddress(options);
  const { localAddr, remoteAddr, family, sock, reusePort, allowBroadcast } = options;
  checkBooleans({ reusePort, allowBroadcast });
  if (sock !== undefined) {
    const given = MODIFIERS.filter((name) => Boolean((options as Readonly<Record<string, unknown>>)[name]));
    if (given.length === 0) return;
    throw new ValueError(`socket modifier options can not be used when sock is specified: ${given.join(", ")}`);
  }
  if (localAddr === undefined && remoteAddr === undefined && family === undefined) {
    throw new ValueError("unexpected address family; pass family if there is neither localAddr nor remoteAddr");
  }
  for (const [name, addr] of Object.entries({ localAddr, remoteAddr })) {
    if (addr !== undefined) checkAddress(name, addr, family);
  }
  if (family === "unix") refuseHints(options);
  else checkLookup(options);
}

/** Throws ValueError for reuseAddress: two programs could receive each other's datagrams. asyncio has removed the option too. */
function refuseReusedAddress(options: object): void {
  const { reuseAddress } = options as { reuseAddress?: unknown };
  if (reuseAddress === undefined || reuseAddress === null || reuseAddress === false) return;
  throw new ValueError("reuseAddress is not supported for datagrams: any program could take over the port; use reusePort to share it");
}

function refuseHints(options: Given<DatagramEndpointOptions>): void {
  for (const name of ["proto", "flags"] as const) {
    if (options[name]) throw new ValueError(`${name} is not allowed with family "unix"; leave it out`);
  }
}

function checkAddress(name: string, addr: unknown, family: unknown): void {
  if (family === "unix") {
    if (typeof addr !== "string") throw new TypeError(`${name} must be a path, a string, with family "unix", got ${describe(addr)}`);
    checkPath(addr);
    return;
  }
  checkAddressLike(name, addr, { hint: typeof addr === "string" ? '; a path needs family "unix"' : "" });
}
