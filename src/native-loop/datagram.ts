/** Datagram endpoints of the native loop, UDP and Unix. */
import { constants } from "node:os";
import type { AddressLike, DatagramProtocol, TransportSocket } from "../core/contracts.js";
import { coroutine } from "../tasks/coroutine.js";
import { viewOf } from "../util/bytes.js";
import { DATAGRAM_OVERHEAD, DatagramSocketTransport, type DatagramEnd, type Place, type Target } from "../transports/datagram-transport.js";
import type { DatagramRequest, OpenedDatagram } from "../net/datagram-endpoint.js";
import { SockOption } from "../net/sock-option.js";
import { pathTooLong } from "../transports/unix-path.js";
import { UNIX_PATH } from "./boundary/addon.js";
import { adoptSlot } from "./adopt.js";
import { SEND_ARENA_BYTES, type SlotOwner } from "./boundary/channel.js";
import type { UvLoopContext } from "./uv-loop-context.js";
import { Op, PackedAddress, PackedPath } from "./boundary/layout.js";
import { uvError } from "./boundary/uv-error.js";
import type { ReceiveArena } from "./boundary/receive-arena.js";
import { Socket, socketError } from "./sockets/socket.js";
import { UvSocketView } from "./sockets/socket-view.js";

/** No UDP datagram is longer. Of a longer one only a byte more is submitted, which is enough for the kernel to refuse it with EMSGSIZE. */
const MAX_UDP_BYTES = 65535;
/** A Unix datagram may be as long as the socket's send buffer allows, but must fit into the send arena with its address. */
const MAX_UNIX_BYTES = SEND_ARENA_BYTES - PackedPath.BYTES;

/** Opens, binds and connects one socket. As in asyncio, a socket with `allowBroadcast` is not connected to its remote address. */
// eslint-disable-next-line require-yield -- nothing waits here, but on the portable loop it does
export const openDatagram = coroutine(function* openDatagram(loop: UvLoopContext, request: DatagramRequest) {
  const { family, remote, reusePort, allowBroadcast } = request;
  const local = request.local ?? (family === "unix" ? null : { address: family === "IPv6" ? "::" : "0.0.0.0", port: 0 });
  const socket = new Socket(family, "dgram");
  try {
    if (reusePort) socket.setsockopt("SOL_SOCKET", "SO_REUSEPORT", true);
    if (allowBroadcast) socket.setsockopt("SOL_SOCKET", "SO_BROADCAST", true);
    if (local !== null) socket.bind(local);
    const isConnected = remote !== null && !allowBroadcast;
    if (isConnected) socket.connectAtOnce(remote);
    return adopt(loop, new SockOption(socket, "dgram"), { family, remote, isConnected });
  } catch (error) {
    socket.close();
    throw error;
  }
});

/** Creates an endpoint from the option `sock`, which is taken over. */
// eslint-disable-next-line require-yield -- as above
export const adoptDatagram = coroutine(function* adoptDatagram(loop: UvLoopContext, given: SockOption) {
  const { peername } = given.names();
  const isConnected = peername !== undefined;
  return adopt(loop, given, { family: given.family!, remote: peername ?? null, isConnected });
});

function adopt(loop: UvLoopContext, given: SockOption, end: DatagramEnd): OpenedDatagram {
  const [slot, generation] = adoptSlot(loop, given, "dgram", (fd) => loop.native.adoptDatagrams(fd));
  return {
    makeTransport: (protocol: DatagramProtocol<Place>) => new UvDatagramTransport(loop, slot, generation, protocol, end),
    close: () => loop.native.closeHandle(slot, generation),
  };
}

/**
 * A datagram socket of the native loop. The datagrams of a turn leave together when the turn and its microtasks are over. Errors of sending
 * are reported in a later turn.
 */
class UvDatagramTransport extends DatagramSocketTransport implements SlotOwner {
  declare readonly loop: UvLoopContext;
  readonly #slot: number;
  readonly generation: number;
  readonly #isUnix: boolean;
  /** An upper bound of what is unsent, in bytes plus DATAGRAM_OVERHEAD for each datagram; exact after flush(). */
  #unsent = 0;
  #lastName: Place | undefined;

  constructor(loop: UvLoopContext, slot: number, generation: number, protocol: DatagramProtocol<Place>, end: DatagramEnd) {
    super(loop, protocol, end);
    this.#slot = slot;
    this.generation = generation;
    this.#isUnix = end.family === "unix";
    loop.channel.own(slot, this);
  }

  /** Called by Channel.run(). Datagrams are always lasting bytes. */
  onReceived(arena: ReceiveArena, offset: number, length: number): void {
    const { addresses, paths } = this.loop.channel;
    const sender = this.#isUnix ? paths.read(arena.bytes, offset) : addresses.read(arena.bytes, offset);
    const packed = this.#isUnix ? PackedPath.BYTES : PackedAddress.BYTES;
    this.onDatagram(arena.buffer(offset + packed, length - packed), sender);
  }

  /** Called by Channel.run(). No error of a datagram socket ends it. */
  onCompletion(op: number, status: number, offset: number): void {
    if (op === Op.READ_ERROR) {
      this.onError(uvError(status, "recvmsg"));
    } else if (op === Op.WRITTEN) {
      this.#unsent = offset;
      if (status < 0) this.onError(this.#sendError(status));
      this.onDrained(this.flush());
    }
  }

  protected override transmit(bytes: Uint8Array, length: number, to: Target | null): number {
    const { addresses, paths } = this.loop.channel;
    if (!this.#isUnix) {
      const packed = addresses.pack(to as AddressLike | null);
      if (length <= MAX_UDP_BYTES) return this.#submit(packed, bytes, length);
      return this.#submit(packed, viewOf(bytes).subarray(0, MAX_UDP_BYTES + 1), MAX_UDP_BYTES + 1);
    }
    const path = to as string | null;
    const tooLong = length > MAX_UNIX_BYTES ? uvError(-constants.errno.EMSGSIZE, "send") : path && pathTooLong(path, "send");
    if (!tooLong) return this.#submit(paths.pack(path), bytes, length);
    this.loop.callSoon(() => this.onError(tooLong));
    return this.#unsent;
  }

  protected override flush(): number {
    return this.#unsent === 0 ? 0 : (this.#unsent = Math.max(0, this.loop.native.flushDatagrams(this.#slot, this.generation)));
  }

  protected override receiveStart(): void {
    this.loop.channel.ensureLastingArenas();
    const status = this.loop.native.receiveStart(this.#slot, this.generation);
    if (status < 0) this.onError(uvError(status, "recvmsg"));
  }

  protected override sockname(): Place | undefined {
    const address = this.loop.native.localAddress(this.#slot, this.generation);
    return typeof address === "number" ? this.#lastName : address;
  }

  protected override transportSocket(): TransportSocket {
    return new UvSocketView(this.loop.native, this.#slot, this.generation, "dgram", this.sockname());
  }

  protected override release(): void {
    this.#lastName = this.sockname(); // As in asyncio, getExtraInfo() still returns it after the close.
    this.loop.channel.disown(this.#slot, this);
    this.loop.native.closeHandle(this.#slot, this.generation);
  }

  #submit(to: Uint8Array, bytes: Uint8Array, length: number): number {
    this.loop.channel.submitDatagram(this.#slot, this.generation, to, bytes, length);
    return (this.#unsent += length + DATAGRAM_OVERHEAD);
  }

  #sendError(status: number): Error {
    const { remote } = this.end;
    if (typeof remote === "string") return socketError(status, "send", remote, UNIX_PATH);
    return uvError(status, "send", remote?.address, remote?.port);
  }
}
