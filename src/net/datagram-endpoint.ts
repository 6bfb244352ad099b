/** createDatagramEndpoint, as far as it is the same on both loops. */
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

/** Those of all families. */
export interface DatagramEndpointOptions {
  localAddr?: Target;
  remoteAddr?: Target;
  family?: SocketFamily;
  proto?: number;
  flags?: number;
  reusePort?: boolean;
  allowBroadcast?: boolean;
  sock?: SocketSource | null;
}

/** Where one socket is to be bound, and whom it talks to. */
interface Ends {
  family: SocketFamily;
  local: Place | null;
  remote: Place | null;
}

export interface DatagramRequest extends Ends {
  reusePort: boolean;
  /** A socket that may is not connected: who answers to a broadcast is not whom it was sent to. */
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
  options: DatagramEndpointOptions,
) {
  const { reusePort = false, allowBroadcast = false } = options;
  const places = options.family === "unix" ? [pathsOf(options)] : yield* addressPairs(options as DatagramOptions);
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

/** As for a Unix server, a socket file that is in the way is removed; that of the endpoint stays when it is closed. */
function pathsOf({ localAddr, remoteAddr }: DatagramEndpointOptions): Ends {
  if (localAddr !== undefined) removeStaleSocket(localAddr as string);
  return { family: "unix", local: (localAddr as string | undefined) ?? null, remote: (remoteAddr as string | undefined) ?? null };
}

type LookupHints = AddressInfoOptions & { flags: number };

const addressPairs = coroutine(function* addressPairs({ localAddr, remoteAddr, family, proto, flags = 0 }: DatagramOptions) {
  const hints: LookupHints = { family, type: "dgram", proto, flags };
  checkHints(null, hints); // Also where there is nothing to look up.
  const locals = localAddr === undefined ? null : yield* addressesOf(localAddr, hints);
  const remotes = remoteAddr === undefined ? null : yield* addressesOf(remoteAddr, hints);
  return pair(locals, remotes, family);
});

/** No host is every interface, whatever the flags: to asyncio it is a name that nobody has. */
const addressesOf = coroutine(function* addressesOf({ address: host, port }: AddressLike, hints: LookupHints) {
  const known = host === "" ? yield* resolveHost(null, { ...hints, flags: hints.flags | AI_PASSIVE }) : yield* resolveHost(host, hints);
  return known.map(({ address, family }): Address => ({ address, port, family: family === 6 ? "IPv6" : "IPv4" }));
});

/** What can go together: each local address with each remote one of the same family. */
function pair(locals: Address[] | null, remotes: Address[] | null, family: "IPv4" | "IPv6" | undefined): Ends[] {
  const families = family !== undefined ? [family] : (["IPv4", "IPv6"] as const);
  const places = families.flatMap((one) => {
    const ofFamily = (list: Address[] | null): (Address | null)[] => list?.filter((address) => address.family === one) ?? [null];
    return ofFamily(locals).flatMap((local) => ofFamily(remotes).map((remote) => ({ family: one, local, remote })));
  });
  if (places.length === 0) throw new ValueError("can not get address information: no addresses of one family");
  return places;
}

/** What says how a socket is made, where there is one already. */
const MODIFIERS = ["localAddr", "remoteAddr", "family", "proto", "flags", "reusePort", "allowBroadcast"] as const;

export function checkDatagramArguments(options: DatagramEndpointOptions): void {
  if (typeof options !== "object" || options === null) throw new TypeError(`options must be an object, got ${describe(options)}`);
  refuseReusedAddress(options);
  const { localAddr, remoteAddr, family, sock, reusePort, allowBroadcast } = options;
  checkBooleans({ reusePort, allowBroadcast });
  if (sock !== undefined && sock !== null) {
    const given = MODIFIERS.filter((name) => Boolean((options as Readonly<Record<string, unknown>>)[name]));
    if (given.length === 0) return;
    throw new ValueError(`socket modifier options can not be used when sock is specified: ${given.join(", ")}`);
  }
  if (localAddr === undefined && remoteAddr === undefined && family === undefined) {
    throw new ValueError("unexpected address family; without localAddr and remoteAddr, say which");
  }
  for (const [name, addr] of Object.entries({ localAddr, remoteAddr })) {
    if (addr !== undefined) checkAddress(name, addr, family);
  }
  if (family === "unix") refuseHints(options);
  else checkLookup(options);
}

/** Two programs would take each other's datagrams. asyncio has refused this since 3.6, and later dropped the option. */
function refuseReusedAddress(options: object): void {
  const { reuseAddress } = options as { reuseAddress?: unknown };
  if (reuseAddress === undefined || reuseAddress === null || reuseAddress === false) return;
  throw new ValueError("reuseAddress is not for datagrams: whoever asked could take over the port; reusePort shares it");
}

function refuseHints(options: DatagramEndpointOptions): void {
  for (const name of ["proto", "flags"] as const) {
    if (options[name]) throw new ValueError(`${name} is for addresses of hosts; with family "unix" leave it out`);
  }
}

function checkAddress(name: string, addr: unknown, family: unknown): void {
  if (family === "unix") {
    if (typeof addr !== "string") throw new TypeError(`${name} must be a string, a path, with family "unix", got ${describe(addr)}`);
    checkPath(addr);
    return;
  }
  checkAddressLike(name, addr, { hint: typeof addr === "string" ? '; a path needs family "unix"' : "" });
}
