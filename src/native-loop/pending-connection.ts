import type { BaseProtocol } from "../core/contracts.js";
import type { PendingConnection } from "../transports/attach-protocol.js";
import type { TransportOwner } from "../transports/stream-transport.js";
import type { UvLoopContext } from "./uv-loop-context.js";
import { UvTransport } from "./uv-transport.js";

/**
 * Wraps a stream of the native loop that no transport owns yet. The slot has no owner until makeTransport(), and C++ reads nothing from
 * it before a transport starts reading.
 */
export function pendingConnection(loop: UvLoopContext, slot: number, generation: number): PendingConnection {
  return {
    makeTransport: (protocol: BaseProtocol, owner: TransportOwner | null) => new UvTransport(loop, slot, generation, protocol, owner),
    close: () => loop.native.closeHandle(slot, generation),
  };
}
