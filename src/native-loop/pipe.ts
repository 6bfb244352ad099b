import type { BaseProtocol } from "../core/contracts.js";
import type { Connected } from "../transports/attach-protocol.js";
import { pipeEnds, type PipeRequest } from "../net/pipe-endpoints.js";
import type { UvHost } from "./uv-loop-context.js";
import { osError } from "./boundary/uv-error.js";
import { UvTransport } from "./uv-transport.js";

/** The same stream as TCP's, in one direction. */
const { ReadPipe, WritePipe } = pipeEnds(UvTransport);

/** A stream that no transport owns yet. `pipe`: for getExtraInfo. */
export function pipeEnd(loop: UvHost, slot: number, reads: boolean, pipe?: unknown): Connected {
  const generation = loop.native.generation(slot);
  const Pipe = reads ? ReadPipe : WritePipe;
  return {
    makeTransport: (protocol: BaseProtocol) => new Pipe(pipe, loop, slot, generation, protocol, null),
    close: () => loop.native.closeHandle(slot, generation),
  };
}

export function openPipe(loop: UvHost, { fd, shared, reads, pipe }: PipeRequest): Connected {
  const slot = loop.native.openPipe(fd, shared);
  if (slot < 0) throw osError(slot, "open");
  return pipeEnd(loop, slot, reads, pipe);
}
