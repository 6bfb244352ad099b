import { constants } from "node:os";
import type { Connected } from "../transports/attach-protocol.js";
import { usedByTransport, type GivenSocket } from "../net/sock-option.js";
import { uvConnection } from "./pending-connection.js";
import type { UvHost } from "./uv-loop-context.js";
import { osError } from "./boundary/uv-error.js";
import { UvTransportSocket } from "./sockets/socket-view.js";

/**
 * Has `take` make a handle of a socket's descriptor, and gives its name. Where it cannot, throws the system's error, and the socket
 * is still its owner's.
 */
export function adoptSlot(
  loop: UvHost,
  given: GivenSocket,
  type: "stream" | "dgram",
  take: (fd: number) => number,
): [slot: number, generation: number] {
  const fd = given.descriptor();
  const slot = take(fd);
  if (slot === -constants.errno.EEXIST) throw usedByTransport(fd);
  if (slot < 0) throw osError(slot, "open");
  const generation = loop.native.generation(slot);
  given.lend(new UvTransportSocket(loop.native, slot, generation, type));
  return [slot, generation];
}

export function adoptStream(loop: UvHost, given: GivenSocket): Connected {
  return uvConnection(loop, ...adoptSlot(loop, given, "stream", (fd) => loop.native.adoptStream(fd)));
}
