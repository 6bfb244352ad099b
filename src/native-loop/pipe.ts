import type { BaseProtocol } from "../core/contracts.js";
import type { PendingConnection } from "../transports/attach-protocol.js";
import { pipeEnds, type PipeRequest } from "../net/pipe-endpoints.js";
import type { UvLoopContext } from "./uv-loop-context.js";
import { uvError } from "./boundary/uv-error.js";
import { UvTransport } from "./uv-transport.js";

/** The same stream as TCP's, in one direction. */
const { ReadPipe, WritePipe } = pipeEnds(UvTransport);

/** A stream that no transport owns yet. `pipe`: for getExtraInfo. */
export function pipeEnd(loop: UvLoopContext, slot: number, reads: boolean, pipe?: unknown): PendingConnection {
  const generation = loop.native.generation(slot);
  const Pipe = reads ? ReadPipe : WritePipe;
  return {
    makeTransport: (protocol: BaseProtocol) => new Pipe(pipe, loop, slot, generation, protocol, null),
    close: () => loop.native.closeHandle(slot, generation),
  };
}

export function openPipe(loop: UvLoopContext, { fd, shared, reads, pipe }: PipeRequest): PendingConnection {
  const slot = loop.native.openPipe(fd, shared);
  if (slot < 0) throw uvError(slot, "open");
  return pipeEnd(loop, slot, reads, pipe);
}
