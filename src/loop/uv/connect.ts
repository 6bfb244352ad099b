import type { BaseProtocol, ConnectionOptions } from "../../core/contracts.js";
import { coroutine } from "../../tasks/coroutine.js";
import { Future } from "../../tasks/future.js";
import type { HostAddress } from "../resolve.js";
import type { TransportOwner } from "../stream-transport.js";
import type { SlotOwner } from "./channel.js";
import { Op } from "./layout.js";
import type { UvHost } from "./host.js";
import { osError } from "./os-error.js";
import { UvTransport } from "./transport.js";

/** Owns the slot until the connection is there. */
class Connecting implements SlotOwner {
  readonly slot: number;
  readonly generation: number;
  readonly connected: Future<void>;
  readonly #where: readonly [address: string, port: number];

  constructor(loop: UvHost, slot: number, address: string, port: number) {
    this.slot = slot;
    this.generation = loop.native.generation(slot);
    this.connected = new Future<void>({ loop });
    this.#where = [address, port];
    loop.channel.own(slot, this);
  }

  onReceived(): void {
    // Nothing is read before a transport owns the slot.
  }

  onCompletion(op: number, status: number): void {
    if (op !== Op.CONNECT || this.connected.done()) return;
    if (status < 0) this.connected.setException(osError(status, "connect", ...this.#where));
    else this.connected.setResult(undefined);
  }
}

/** Connects to one address; a cancelled attempt leaves no socket behind. */
export const connectStream = coroutine(function* connectStream(loop: UvHost, { address }: HostAddress, port: number, options: ConnectionOptions) {
  const { localAddr } = options;
  const slot = loop.native.connect({ address, port, localAddress: localAddr?.address, localPort: localAddr?.port });
  if (slot < 0) throw osError(slot, "connect", address, port);
  const connecting = new Connecting(loop, slot, address, port);
  try {
    yield* connecting.connected;
  } catch (error) {
    loop.native.closeHandle(slot, connecting.generation);
    throw error;
  } finally {
    loop.channel.disown(slot, connecting);
  }
  return {
    makeTransport: (protocol: BaseProtocol, owner: TransportOwner | null) => new UvTransport(loop, slot, connecting.generation, protocol, owner),
    close: () => loop.native.closeHandle(slot, connecting.generation),
  };
});
