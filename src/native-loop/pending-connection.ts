import type { BaseProtocol } from "../core/contracts.js";
import type { Connected } from "../transports/attach-protocol.js";
import type { TransportOwner } from "../transports/stream-transport.js";
import type { UvHost } from "./uv-loop-context.js";
import { UvTransport } from "./uv-transport.js";

/** A stream of the native loop that no transport owns yet. */
export function uvConnection(loop: UvHost, slot: number, generation: number): Connected {
  return {
    makeTransport: (protocol: BaseProtocol, owner: TransportOwner | null) => new UvTransport(loop, slot, generation, protocol, owner),
    close: () => loop.native.closeHandle(slot, generation),
  };
}
