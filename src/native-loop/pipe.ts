/** Pipes of the native loop. */
import type { BaseProtocol } from "../core/contracts.js";
import type { PendingConnection } from "../transports/attach-protocol.js";
import { pipeEnds, type PipeRequest } from "../net/pipe-endpoints.js";
import type { UvLoopContext } from "./uv-loop-context.js";
import { uvError } from "./boundary/uv-error.js";
import { UvTransport } from "./uv-transport.js";

/** Pipe transports: UvTransport, the stream of TCP connections, restricted to one direction. */
const { ReadPipe, WritePipe } = pipeEnds(UvTransport);

/** Wraps one end of a pipe that no transport owns yet. `pipe` is what getExtraInfo("pipe") returns. */
export function pipeEnd(loop: UvLoopContext, slot: number, reads: boolean, pipe?: unknown): PendingConnection {
  const generation = loop.native.generation(slot);
  const Pipe = reads ? ReadPipe : WritePipe;
  return {
    makeTransport: (protocol: BaseProtocol) => new Pipe(pipe, loop, slot, generation, protocol, null),
    close: () => loop.native.closeHandle(slot, generation),
  };
}

/** Opens a descriptor as a pipe; if it is `shared`, a duplicate of it. Throws the system's error. */
export function openPipe(loop: UvLoopContext, { fd, shared, reads, pipe }: PipeRequest): PendingConnection {
  const slot = loop.native.openPipe(fd, shared);
  if (slot < 0) throw uvError(slot, "open");
  return pipeEnd(loop, slot, reads, pipe);
}
