/** Creates sockets that are closed after their test. */
import * as asyncio from "uvio";
import type { LoopTest } from "../support/loops.js";

/** Two sockets that are connected to each other. */
export function pair(t: LoopTest, family?: asyncio.SocketFamily, type?: asyncio.SocketType): [asyncio.Socket, asyncio.Socket] {
  const both = asyncio.Socket.socketpair(family, type);
  for (const one of both) t.after(() => one.close());
  return both;
}

/** Returns a socket that is bound to a port chosen by the system. */
export function bound(t: LoopTest, type: asyncio.SocketType = "stream", family: "IPv4" | "IPv6" = "IPv4"): asyncio.Socket {
  const socket = unbound(t, type, family);
  socket.bind({ address: family === "IPv4" ? "127.0.0.1" : "::1", port: 0 });
  return socket;
}

export function unbound(t: LoopTest, type: asyncio.SocketType = "stream", family: asyncio.SocketFamily = "IPv4"): asyncio.Socket {
  const socket = new asyncio.Socket(family, type);
  t.after(() => socket.close());
  return socket;
}

/** Where a TCP or UDP socket is bound. */
export function addressOf(socket: asyncio.TransportSocket): asyncio.Address {
  return socket.getsockname() as asyncio.Address;
}

/** More than any socket takes without its peer reading. */
export const LARGE = 16 * 1024 * 1024;
