import type { Address, AddressLike, DatagramProtocol, TransportSocket } from "../../core/contracts.js";
import { coroutine } from "../../tasks/coroutine.js";
import { DATAGRAM_OVERHEAD, DatagramSocketTransport } from "../datagram-transport.js";
import type { DatagramRequest } from "../datagrams.js";
import { NOWHERE } from "./address-book.js";
import type { SlotOwner } from "./channel.js";
import type { UvHost } from "./host.js";
import { Op, PackedAddress } from "./layout.js";
import { osError } from "./os-error.js";
import type { ReceiveArena } from "./receive-arena.js";
import { UvTransportSocket } from "./transport-socket.js";

/** No datagram is longer; what does not fit into a packet at all needs not go through the send arena. */
const MAX_DATAGRAM_BYTES = 65535;

/** Opens, binds and connects one UDP socket. */
// eslint-disable-next-line require-yield -- nothing waits here, but on the portable loop it does
export const openSocket = coroutine(function* openSocket(loop: UvHost, request: DatagramRequest) {
  const { family, local, remote, reusePort, allowBroadcast } = request;
  const { native } = loop;
  const slot = native.openDatagram({ ipv6: family === "IPv6", reusePort, broadcast: allowBroadcast });
  if (slot < 0) throw osError(slot, "socket");
  const generation = native.generation(slot);
  const steps = [
    ["bind", local ?? { address: family === "IPv6" ? "::" : "0.0.0.0", port: 0 }],
    ["connect", remote],
  ] as const;
  for (const [syscall, to] of steps) {
    if (to === null) continue;
    const apply = syscall === "bind" ? native.bindDatagram : native.connectDatagram;
    const status = apply.call(native, slot, generation, to.address, to.port);
    if (status >= 0) continue;
    native.closeHandle(slot, generation);
    throw osError(status, syscall, to.address, to.port);
  }
  return {
    makeTransport: (protocol: DatagramProtocol) => new UvDatagramTransport(loop, slot, generation, protocol, remote),
    close: () => native.closeHandle(slot, generation),
  };
});

/** A UDP socket of the native loop. What is sent leaves when the tick is over; errors come in a later turn. */
class UvDatagramTransport extends DatagramSocketTransport implements SlotOwner {
  declare readonly loop: UvHost;
  readonly #slot: number;
  readonly generation: number;
  /** At most this much of ours is unsent; exact after flush(). */
  #unsent = 0;

  constructor(loop: UvHost, slot: number, generation: number, protocol: DatagramProtocol, remote: Address | null) {
    super(loop, protocol, remote);
    this.#slot = slot;
    this.generation = generation;
    loop.channel.own(slot, this);
  }

  onReceived(arena: ReceiveArena, offset: number, length: number): void {
    const sender = this.loop.channel.addresses.read(arena.bytes, offset);
    this.onDatagram(arena.buffer(offset + PackedAddress.BYTES, length - PackedAddress.BYTES), sender);
  }

  onCompletion(op: number, status: number, offset: number): void {
    if (op === Op.READ_ERROR) {
      this.onError(osError(status, "recvmsg"));
    } else if (op === Op.WRITTEN) {
      this.#unsent = offset;
      if (status < 0) this.onError(osError(status, "send", this.remote?.address, this.remote?.port));
      this.onDrained(this.flush());
    }
  }

  protected override transmit(bytes: Uint8Array, to: AddressLike | null): number {
    const { channel } = this.loop;
    const target = to === null ? NOWHERE : channel.addresses.pack(to);
    // The kernel refuses one byte more than it takes as well as a million.
    const sent = bytes.length > MAX_DATAGRAM_BYTES ? bytes.subarray(0, MAX_DATAGRAM_BYTES + 1) : bytes;
    channel.submitDatagram(this.#slot, this.generation, target, sent);
    return (this.#unsent += sent.length + DATAGRAM_OVERHEAD);
  }

  protected override flush(): number {
    return this.#unsent === 0 ? 0 : (this.#unsent = Math.max(0, this.loop.native.flushDatagrams(this.#slot, this.generation)));
  }

  protected override receiveStart(): void {
    this.loop.channel.ensureLastingArenas();
    const status = this.loop.native.receiveStart(this.#slot, this.generation);
    if (status < 0) this.onError(osError(status, "recvmsg"));
  }

  protected override sockname(): Address | undefined {
    const address = this.loop.native.localAddress(this.#slot, this.generation);
    return typeof address === "object" ? address : undefined;
  }

  protected override transportSocket(): TransportSocket | undefined {
    const isOpen = this.sockname() !== undefined;
    return isOpen ? new UvTransportSocket(this.loop.native, this.#slot, this.generation, "dgram") : undefined;
  }

  protected override release(): void {
    this.loop.channel.disown(this.#slot, this);
    this.loop.native.closeHandle(this.#slot, this.generation);
  }
}
