/** Takes over the descriptors of sockets that the program made: the option `sock`. */
import { constants } from "node:os";
import type { PendingConnection } from "../transports/attach-protocol.js";
import { usedByTransport, type SockOption } from "../net/sock-option.js";
import { pendingConnection } from "./pending-connection.js";
import type { UvLoopContext } from "./uv-loop-context.js";
import { uvError } from "./boundary/uv-error.js";
import { UvSocketView } from "./sockets/socket-view.js";

/**
 * Makes `take` create a native handle for a socket's descriptor, and returns the handle's slot and generation. From then on the handle owns
 * the descriptor, and a Socket object only shows what its view offers. If `take` fails, the socket still belongs to its owner: throws
 * RuntimeError if a transport of any loop or thread uses the descriptor, otherwise the system's error.
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

/** Takes over a connected stream socket of the option `sock`. */
export function adoptStream(loop: UvLoopContext, given: SockOption): PendingConnection {
  return pendingConnection(loop, ...adoptSlot(loop, given, "stream", (fd) => loop.native.adoptStream(fd)));
}
