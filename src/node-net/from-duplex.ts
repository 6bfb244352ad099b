/** fromDuplex and loop.connectDuplex: a transport over any Duplex. */
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Awaitable, ExtraInfo, ProtocolFactory, StreamProtocol, Transport } from "../core/contracts.js";
import { ValueError } from "../core/errors.js";
import { getRunningLoop } from "../core/running.js";
import { coroutine } from "../tasks/coroutine.js";
import { describe } from "../util/format.js";
import { GracefulDuplexTransport } from "../transports/graceful-duplex-transport.js";
import { attachProtocol } from "../transports/attach-protocol.js";
import { addressOf } from "./socket-transport.js";
import type { HandleOwner } from "../transports/owned-handles.js";

/** A transport over a Duplex that the program has created. */
class ForeignTransport extends GracefulDuplexTransport {
  constructor(loop: HandleOwner, duplex: Duplex, protocol: StreamProtocol) {
    super(loop, duplex, protocol, null);
    duplex.allowHalfOpen = true; // The protocol decides whether the sending side stays open after the peer's end.
  }

  override getExtraInfo<K extends keyof ExtraInfo>(name: K): ExtraInfo[K];
  override getExtraInfo(name: string, fallback?: unknown): unknown;
  override getExtraInfo(name: string, fallback?: unknown): unknown {
    // Several kinds of Duplex have these properties, including net.Socket and TransportDuplex.
    const { remoteAddress, remotePort, remoteFamily, localAddress, localPort, localFamily } = this.duplex as Duplex & Partial<Socket>;
    if (name === "peername") return addressOf(remoteAddress, remotePort, remoteFamily) ?? fallback;
    if (name === "sockname") return addressOf(localAddress, localPort, localFamily ?? remoteFamily) ?? fallback;
    return fallback;
  }
}

/** Creates the transport and the protocol over a Duplex and waits until both have started. */
export const openDuplex = coroutine(function* fromDuplex(loop: HandleOwner, duplex: Duplex, factory: ProtocolFactory) {
  const connected = {
    makeTransport: (protocol: StreamProtocol) => new ForeignTransport(loop, duplex, protocol),
    close: () => void duplex.destroy(),
  };
  return yield* attachProtocol(loop, connected, factory);
});

/** Throws TypeError for anything but a Duplex, and ValueError unless it carries bytes and is open in both directions. */
export function checkDuplex(duplex: unknown): asserts duplex is Duplex {
  // Checks the properties instead of the class, because packages such as readable-stream have their own Duplex.
  const { readable, writable, readableObjectMode, readableEncoding } = (duplex ?? {}) as Partial<Duplex>;
  if (typeof readable !== "boolean" || typeof writable !== "boolean")
    throw new TypeError(`duplex must be a Duplex, got ${describe(duplex)}`);
  if (readableObjectMode === true || typeof readableEncoding === "string") {
    throw new ValueError("duplex must produce bytes, but it is in object mode or has an encoding");
  }
  if (!readable) throw new ValueError("duplex is not readable: it has ended or was destroyed; pass an open Duplex");
  if (!writable) throw new ValueError("duplex is not writable: it has ended or was destroyed; pass an open Duplex");
}

/**
 * Runs a protocol over any Duplex: a Node socket, a child's pipes, or another library's stream. Returns the transport and the protocol, as
 * createConnection does. The transport owns the Duplex from then on: `close()` ends the Duplex and then destroys it, `abort()` destroys it
 * immediately. An error of the Duplex goes to connectionLost. A socket that is still connecting counts as connected. `loop.startTls` can
 * upgrade the transport to TLS. Throws TypeError for anything but a Duplex, and ValueError unless it carries bytes and is open in both
 * directions. Beyond asyncio.
 *
 * ```ts
 * import { duplexPair } from "node:stream";
 * import * as asyncio from "uvio";
 *
 * class Echo extends asyncio.Protocol {
 *   #transport!: asyncio.Transport;
 *   override connectionMade(transport: asyncio.Transport): void {
 *     this.#transport = transport;
 *   }
 *   override dataReceived(data: Buffer): void {
 *     this.#transport.write(data);
 *   }
 * }
 * await asyncio.run(async () => {
 *   const [near, far] = duplexPair();
 *   const [transport] = await asyncio.fromDuplex(far, () => new Echo());
 *   near.end("hello");
 *   for await (const data of near) console.log(String(data)); // hello
 *   transport.close();
 * });
 * ```
 */
export function fromDuplex<P extends StreamProtocol>(duplex: Duplex, factory: ProtocolFactory<P>): Awaitable<[Transport, P]> {
  return getRunningLoop().connectDuplex(factory, duplex);
}
