import type { Address, BaseProtocol } from "../../core/contracts.js";
import { coroutine } from "../../tasks/coroutine.js";
import type { BindRequest, OnConnection } from "../endpoints.js";
import type { Listener } from "../server.js";
import type { TransportOwner } from "../stream-transport.js";
import type { SlotOwner } from "./channel.js";
import { Op } from "./layout.js";
import type { UvHost } from "./host.js";
import { osError } from "./os-error.js";
import { UvTransport } from "./transport.js";

/** A connection that was accepted before `accept()`. */
interface HeldConnection {
  slot: number;
  generation: number;
}

/** A listening socket of the native loop. */
export class UvListener implements Listener, SlotOwner {
  readonly #loop: UvHost;
  readonly #slot: number;
  readonly generation: number;
  readonly #keepAlive: boolean;
  readonly #onConnection: OnConnection;
  /** Connections that came before accept(); null afterwards. */
  #held: HeldConnection[] | null = [];

  /** Throws Node's error (EADDRINUSE, EACCES ...). */
  constructor(loop: UvHost, request: BindRequest, onConnection: OnConnection) {
    const { address, port, backlog, family, reusePort, keepAlive } = request;
    const slot = loop.native.listen({ address, port, backlog, ipv6Only: family === 6, reusePort });
    if (slot < 0) throw osError(slot, "listen", address, port);
    this.#loop = loop;
    this.#slot = slot;
    this.generation = loop.native.generation(slot);
    this.#keepAlive = keepAlive;
    this.#onConnection = onConnection;
    loop.channel.own(slot, this);
  }

  accept(): void {
    const held = this.#held;
    this.#held = null;
    for (const { slot, generation } of held ?? []) this.#handOver(slot, generation);
  }

  close(): void {
    const { native, channel } = this.#loop;
    for (const { slot, generation } of this.#held ?? []) native.closeHandle(slot, generation);
    this.#held = [];
    channel.disown(this.#slot, this);
    native.closeHandle(this.#slot, this.generation);
  }

  getsockname(): Address {
    const address = this.#loop.native.localAddress(this.#slot, this.generation);
    if (typeof address === "number") throw osError(address, "getsockname");
    return address;
  }

  ref(): void {
    this.#loop.native.setHandleRef(this.#slot, this.generation, true);
  }

  unref(): void {
    this.#loop.native.setHandleRef(this.#slot, this.generation, false);
  }

  onReceived(): void {
    // A listener receives connections, not bytes.
  }

  onCompletion(op: number, status: number, slot: number, generation: number): void {
    if (op !== Op.ACCEPT) return;
    if (status < 0) {
      this.#loop.callExceptionHandler({ message: "accept() failed", exception: osError(status, "accept"), socket: this });
    } else if (this.#held !== null) {
      this.#held.push({ slot, generation });
    } else {
      this.#handOver(slot, generation);
    }
  }

  #handOver(slot: number, generation: number): void {
    const { native } = this.#loop;
    this.#onConnection({
      makeTransport: (protocol: BaseProtocol, owner: TransportOwner | null) => {
        if (this.#keepAlive) native.setKeepAlive(slot, generation, true, 0);
        return new UvTransport(this.#loop, slot, generation, protocol, owner);
      },
      close: () => native.closeHandle(slot, generation),
    });
  }
}

// eslint-disable-next-line require-yield -- binding needs not wait, but the portable loop's does
export const bindListener = coroutine(function* bindListener(loop: UvHost, request: BindRequest, onConnection: OnConnection) {
  return new UvListener(loop, request, onConnection) as Listener;
});
