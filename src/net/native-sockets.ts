/** Sockets of the addon, for the portable loop: options and ways of binding that Node does not offer. */
import type { Address, SocketFamily, SocketObject, SocketType } from "../core/contracts.js";
import { NativeLoopUnavailableError, NotImplementedError } from "../core/errors.js";

/** The addon's operations on sockets of any owner, including the sockets under Node handles. */
export interface NativeSockets {
  open(family: SocketFamily, type: SocketType): SocketObject;
  fromFd(fd: number): SocketObject;
}

let load: (() => NativeSockets) | null = null;

/** Registered by native-loop/: code shared by both loops must not import the addon. `given` throws if the addon is not available. */
export function provideNativeSockets(given: () => NativeSockets): void {
  load = given;
}

/** Returns the addon's operations, or null if the addon is not available. */
export function nativeSockets(): NativeSockets | null {
  try {
    return load === null ? null : load();
  } catch (error) {
    if (error instanceof NativeLoopUnavailableError) return null;
    throw error;
  }
}

/** Whether this version of Node supports `reusePort` in node:net and node:dgram. */
function canReusePort(): boolean {
  const [major, minor] = process.versions.node.split(".").map(Number) as [number, number];
  return major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12);
}

/** The options of binding a socket. */
export interface Binding {
  type: SocketType;
  /** Only used for streams. */
  reuseAddress: boolean;
  reusePort: boolean;
}

/**
 * Returns a socket bound by the addon if Node cannot bind it with these options, or null if Node can. Throws NotImplementedError if the
 * addon is needed and not available, and the system's error, such as EADDRINUSE, if binding fails.
 */
export function bindForNode(address: Address, binding: Binding): SocketObject | null {
  const missing =
    binding.type === "stream" && !binding.reuseAddress
      ? "reuseAddress: false needs the addon of the native loop"
      : binding.reusePort && !canReusePort()
        ? "reusePort on the portable loop needs Node 22.12, or the addon of the native loop"
        : null;
  if (missing === null) return null;
  if (nativeSockets() === null) throw new NotImplementedError(missing);
  return bindSocket(address, binding);
}

/** Returns a socket bound by the addon. Throws the system's error if binding fails. */
export function bindSocket(address: Address, { type, reuseAddress, reusePort }: Binding): SocketObject {
  const socket = load!().open(address.family, type);
  try {
    if (type === "stream") {
      if (reuseAddress) socket.setsockopt("SOL_SOCKET", "SO_REUSEADDR", true);
      if (address.family === "IPv6") socket.setsockopt("IPPROTO_IPV6", "IPV6_V6ONLY", true);
    }
    if (reusePort) socket.setsockopt("SOL_SOCKET", "SO_REUSEPORT", true);
    socket.bind(address);
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** Returns the result of `ask` for a descriptor, which stays its owner's; null if the addon is not available. */
export function askDescriptor<T>(fd: number, ask: (socket: SocketObject) => T): T | null {
  const socket = nativeSockets()?.fromFd(fd);
  if (socket === undefined) return null;
  try {
    return ask(socket);
  } finally {
    socket.detach();
  }
}
