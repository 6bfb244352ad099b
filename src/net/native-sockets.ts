import type { Address, SocketFamily, SocketObject, SocketType } from "../core/contracts.js";
import { NativeLoopUnavailableError, NotImplementedError } from "../core/errors.js";

/** What the addon can do with sockets of any owner: those under Node's own handles too. */
export interface NativeSockets {
  open(family: SocketFamily, type: SocketType): SocketObject;
  fromFd(fd: number): SocketObject;
}

let load: (() => NativeSockets) | null = null;

/** Told by loop/uv/, which alone knows the addon, and which what both loops share must not import. `given` throws where there is none. */
export function provideNativeSockets(given: () => NativeSockets): void {
  load = given;
}

/** Null where there is no addon. */
export function nativeSockets(): NativeSockets | null {
  try {
    return load === null ? null : load();
  } catch (error) {
    if (error instanceof NativeLoopUnavailableError) return null;
    throw error;
  }
}

/** Since when `reusePort` means something to node:net and node:dgram. */
function canReusePort(): boolean {
  const [major, minor] = process.versions.node.split(".").map(Number) as [number, number];
  return major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12);
}

/** How a socket takes its address. */
export interface Binding {
  type: SocketType;
  /** Of streams only. */
  reuseAddress: boolean;
  reusePort: boolean;
}

/**
 * A bound socket, where Node cannot be told to bind it like that; null where it can. NotImplementedError where there is no addon
 * either. Throws the system's error (EADDRINUSE ...).
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

/** A bound socket, by the addon. Throws the system's error. */
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

/** What `ask` finds out about a descriptor that stays its owner's; null where there is no addon. */
export function askDescriptor<T>(fd: number, ask: (socket: SocketObject) => T): T | null {
  const socket = nativeSockets()?.fromFd(fd);
  if (socket === undefined) return null;
  try {
    return ask(socket);
  } finally {
    socket.detach();
  }
}
