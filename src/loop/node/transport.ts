import type { Socket } from "node:net";
import { contextState } from "../../core/contextvars.js";
import type { Address, BaseProtocol, ExtraInfo, Runnable } from "../../core/contracts.js";
import type { NodeHost, Resource } from "./host.js";
import { NodeTransportSocket } from "./transport-socket.js";
import { Receiver, StreamTransport, type TransportOwner } from "../stream-transport.js";

/** Paths; "" for an end that is not bound. */
export interface UnixNames {
  sockname: string;
  peername: string;
}

/**
 * A stream over Node's own socket. What the socket reports comes outside of the loop's turn; it is kept in order in an inbox, which
 * stands in the ready queue like asyncio's reader handles.
 */
export class SocketTransport extends StreamTransport implements Runnable, Resource {
  declare readonly loop: NodeHost;
  readonly #socket: Socket;
  readonly #names: UnixNames | null;
  readonly #inbox: (Buffer | (() => void))[] = [];
  #inboxQueued = false;
  #reading = false;
  /** Something was left unsent: the base class is to hear when it has left. */
  #drainAwaited = false;

  /** `names`: of a Unix socket, which Node does not tell. */
  constructor(loop: NodeHost, socket: Socket, protocol: BaseProtocol, owner: TransportOwner | null, names: UnixNames | null = null) {
    super(loop, protocol, owner);
    this.#socket = socket;
    this.#names = names;
    loop.resources.add(this);
    socket.setNoDelay(true);
    socket.pause();
    socket.on("data", (data: Buffer) => {
      if (!this.#reading) socket.pause(); // When a child exits, Node resumes its streams.
      this.#receive(data);
    });
    socket.on("end", () => this.#receive(() => this.onEof()));
    socket.on("error", (error: Error) => this.#receive(() => this.onError(error)));
    socket.on("close", () => this.#receive(() => this.abort())); // Without effect after our own release().
  }

  override getExtraInfo<K extends keyof ExtraInfo>(name: K): ExtraInfo[K];
  override getExtraInfo(name: string, fallback?: unknown): unknown;
  override getExtraInfo(name: string, fallback?: unknown): unknown {
    const socket = this.#socket;
    const names = this.#names;
    if (names !== null && (name === "peername" || name === "sockname")) return names[name];
    switch (name) {
      case "peername":
        return addressOf(socket.remoteAddress, socket.remotePort, socket.remoteFamily) ?? fallback;
      case "sockname":
        return addressOf(socket.localAddress, socket.localPort, socket.localFamily) ?? fallback;
      case "socket":
        return this.#transportSocket();
      default:
        return fallback;
    }
  }

  #transportSocket(): NodeTransportSocket {
    return new NodeTransportSocket({
      family: this.#names !== null ? "unix" : this.#socket.localFamily === "IPv6" ? "IPv6" : "IPv4",
      type: "stream",
      owner: this.#socket,
      sockname: () => this.getExtraInfo("sockname"),
      peername: () => this.getExtraInfo("peername"),
    });
  }

  /** From the ready queue: hands out what has arrived. */
  run(): void {
    this.#inboxQueued = false;
    const inbox = this.#inbox;
    let taken = 0;
    while (taken < inbox.length) {
      const event = inbox[taken]!;
      if (typeof event === "function") {
        taken++;
        event();
      } else if (this.closing) {
        taken++;
      } else if (this.#reading) {
        taken++;
        if (this.receiver === Receiver.LASTING) this.onData(event);
        else this.onBorrowedData(event);
      } else {
        break; // Paused: the rest waits for resumeReading().
      }
    }
    inbox.splice(0, taken);
    contextState.current = null;
  }

  protected override send(bytes: Uint8Array): number {
    // A copy, since the caller may reuse its buffer and the socket keeps what the system does not take at once.
    this.#socket.write(Buffer.from(bytes), this.#sent);
    return this.flush();
  }

  /** The socket sends by itself: Node has counted off what the system took at once. */
  protected override flush(): number {
    const unsent = this.#socket.writableLength;
    if (unsent > 0) this.#drainAwaited = true;
    return unsent;
  }

  protected override readStart(): void {
    this.#reading = true;
    this.#socket.resume();
    if (this.#inbox.length > 0) this.#queueInbox();
  }

  protected override readStop(): void {
    this.#reading = false;
    this.#socket.pause();
  }

  protected override shutdownSending(): void {
    this.#socket.end();
  }

  /** The loop is closed: nobody is told any more. */
  dispose(): void {
    this.release();
  }

  protected override release(): void {
    this.loop.resources.delete(this);
    this.#inbox.length = 0;
    this.#socket.removeAllListeners("data");
    this.#socket.removeAllListeners("end");
    this.#socket.removeAllListeners("close");
    this.#socket.destroy();
  }

  readonly #sent = (error?: Error | null): void => {
    if (!this.#drainAwaited || error instanceof Error) return; // What is dropped has not been sent.
    this.#drainAwaited = false;
    this.#receive(() => this.onDrained(this.flush()));
  };

  #receive(event: Buffer | (() => void)): void {
    this.#inbox.push(event);
    this.#queueInbox();
  }

  #queueInbox(): void {
    if (this.#inboxQueued || this.loop.isClosed()) return;
    this.#inboxQueued = true;
    this.loop.enqueue(this);
  }
}

export function addressOf(address: string | undefined, port: number | undefined, family: string | undefined): Address | undefined {
  return address === undefined || port === undefined ? undefined : { address, port, family: family === "IPv6" ? "IPv6" : "IPv4" };
}
