import type { BaseProtocol } from "../../core/contracts.js";
import type { Connected } from "../endpoints.js";
import type { TransportOwner } from "../stream-transport.js";
import type { UvHost } from "./host.js";
import { UvTransport } from "./transport.js";

/** A stream of the native loop that no transport owns yet. */
export function uvConnection(loop: UvHost, slot: number, generation: number): Connected {
  return {
    makeTransport: (protocol: BaseProtocol, owner: TransportOwner | null) => new UvTransport(loop, slot, generation, protocol, owner),
    close: () => loop.native.closeHandle(slot, generation),
  };
}
