import { constants } from "node:os";
import type { PendingConnection } from "../transports/attach-protocol.js";
import { usedByTransport, type SockOption } from "../net/sock-option.js";
import { pendingConnection } from "./pending-connection.js";
import type { UvLoopContext } from "./uv-loop-context.js";
import { uvError } from "./boundary/uv-error.js";
import { UvSocketView } from "./sockets/socket-view.js";

/**
 * Has `take` make a handle of a socket's descriptor, and gives its name. Where it cannot, throws the system's error, and the socket
 * is still its owner's.
 */
export function adoptSlot(
  loop: UvLoopContext,
  given: SockOption,
  type: "stream" | "dgram",
  take: (fd: number) => number,
): [slot: number, generation: number] {
  const fd = given.descriptor();
  const slot = take(fd);
  if (slot === -constants.errno.EEXIST) throw usedByTransport(fd);
  if (slot < 0) throw uvError(slot, "open");
  const generation = loop.native.generation(slot);
  given.lend(new UvSocketView(loop.native, slot, generation, type));
  return [slot, generation];
}

export function adoptStream(loop: UvLoopContext, given: SockOption): PendingConnection {
  return pendingConnection(loop, ...adoptSlot(loop, given, "stream", (fd) => loop.native.adoptStream(fd)));
}
