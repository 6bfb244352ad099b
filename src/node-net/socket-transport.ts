/** The transport over a Node socket, and the extra information about it. */
import type { Socket } from "node:net";
import type { Address, BaseProtocol } from "../core/contracts.js";
import { DuplexTransport } from "../transports/duplex-transport.js";
import type { HandleOwner } from "../transports/owned-handles.js";
import type { TransportOwner } from "../transports/stream-transport.js";
import { NodeSocketView } from "./socket-view.js";

/** The paths of a Unix socket's two ends; "" for an end that is not bound. */
export interface UnixNames {
  sockname: string;
  peername: string;
}

/** A stream transport over a Node socket. */
export class SocketTransport extends DuplexTransport<Socket> {
  readonly #names: UnixNames | null;
  /** `names` are the paths of a Unix socket, which Node does not report. */
  constructor(loop: HandleOwner, socket: Socket, protocol: BaseProtocol, owner: TransportOwner | null, names: UnixNames | null = null) {
    super(loop, socket, protocol, owner);
    this.#names = names;
    rememberPeer(socket);
  }

  /**
   * A system resets a TCP connection that is closed with unread data, so that the peer learns that its data was not processed. Node has read
   * that data out of the system already, and has to ask for the reset. Its own resetAndDestroy() ends the sending side first; a socket that is
   * destroyed during that is never closed, and Node waits for it without end when the process exits. This is the flag that it sets.
   */
  protected override destroy(hasUnread: boolean): void {
    const duplex = this.duplex as Socket & { resetAndClosing?: boolean };
    if (hasUnread && !duplex.destroyed && !duplex.writableEnded && duplex.remoteAddress !== undefined) duplex.resetAndClosing = true;
    duplex.destroy();
  }

  protected override describe(name: string): unknown {
    return socketInfo(this.duplex, this.#names, name);
  }
}

/** Makes Node cache the peer's address, because the system can no longer report it after the peer has reset the connection. */
export function rememberPeer(socket: Socket): void {
  void socket.remotePort;
}

/** Returns the extra information of a Node socket; undefined for an unknown name. */
export function socketInfo(socket: Socket, names: UnixNames | null, name: string): unknown {
  if (names !== null && (name === "peername" || name === "sockname")) return names[name];
  switch (name) {
    case "peername":
      return addressOf(socket.remoteAddress, socket.remotePort, socket.remoteFamily);
    case "sockname":
      return addressOf(socket.localAddress, socket.localPort, socket.localFamily);
    case "socket":
      return new NodeSocketView<Address | string>({
        family: names !== null ? "unix" : socket.localFamily === "IPv6" ? "IPv6" : "IPv4",
        type: "stream",
        owner: socket,
        sockname: () => socketInfo(socket, names, "sockname") as Address | string | undefined,
        peername: () => socketInfo(socket, names, "peername") as Address | string | undefined,
      });
    default:
      return undefined;
  }
}

/** Returns Node's three properties of an address as an Address; undefined if there is none. */
export function addressOf(address: string | undefined, port: number | undefined, family: string | undefined): Address | undefined {
  return address === undefined || port === undefined ? undefined : { address, port, family: family === "IPv6" ? "IPv6" : "IPv4" };
}
