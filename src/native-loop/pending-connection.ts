import type { BaseProtocol } from "../core/contracts.js";
import type { PendingConnection } from "../transports/attach-protocol.js";
import type { TransportOwner } from "../transports/stream-transport.js";
import type { UvLoopContext } from "./uv-loop-context.js";
import { UvTransport } from "./uv-transport.js";

/** A stream of the native loop that no transport owns yet. */
export function pendingConnection(loop: UvLoopContext, slot: number, generation: number): PendingConnection {
  return {
    makeTransport: (protocol: BaseProtocol, owner: TransportOwner | null) => new UvTransport(loop, slot, generation, protocol, owner),
    close: () => loop.native.closeHandle(slot, generation),
  };
}
