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

/** A transport over a Duplex of somebody else's. */
class ForeignTransport extends GracefulDuplexTransport {
  constructor(loop: HandleOwner, duplex: Duplex, protocol: StreamProtocol) {
    super(loop, duplex, protocol, null);
    duplex.allowHalfOpen = true; // Whether the sending side outlives the receiving one is the protocol's decision.
  }

  override getExtraInfo<K extends keyof ExtraInfo>(name: K): ExtraInfo[K];
  override getExtraInfo(name: string, fallback?: unknown): unknown;
  override getExtraInfo(name: string, fallback?: unknown): unknown {
    // Several kinds of Duplex have these properties, net.Socket's and our own among them.
    const { remoteAddress, remotePort, remoteFamily, localAddress, localPort, localFamily } = this.duplex as Duplex & Partial<Socket>;
    if (name === "peername") return addressOf(remoteAddress, remotePort, remoteFamily) ?? fallback;
    if (name === "sockname") return addressOf(localAddress, localPort, localFamily ?? remoteFamily) ?? fallback;
    return fallback;
  }
}

/** The connection over a Duplex, begun. */
export const openDuplex = coroutine(function* fromDuplex(loop: HandleOwner, duplex: Duplex, factory: ProtocolFactory) {
  const connected = {
    makeTransport: (protocol: StreamProtocol) => new ForeignTransport(loop, duplex, protocol),
    close: () => void duplex.destroy(),
  };
  return yield* attachProtocol(loop, connected, factory);
});

/** TypeError or ValueError for what is no Duplex of bytes, open in both directions. */
export function checkDuplex(duplex: unknown): asserts duplex is Duplex {
  // By its shape: there are several packages of streams.
  const { readable, writable, readableObjectMode, readableEncoding } = (duplex ?? {}) as Partial<Duplex>;
  if (typeof readable !== "boolean" || typeof writable !== "boolean")
    throw new TypeError(`duplex must be a Duplex, got ${describe(duplex)}`);
  if (readableObjectMode === true || typeof readableEncoding === "string") {
    throw new ValueError("duplex must give bytes, but it is in object mode or has an encoding");
  }
  if (!readable) throw new ValueError("duplex can be read no more: it has ended, or was destroyed");
  if (!writable) throw new ValueError("duplex can be written to no more: it has ended, or was destroyed");
}

/**
 * Runs a protocol over any Duplex of Node's: a socket, a child's pipes, another library's stream. Gives the transport and the protocol,
 * as createConnection does; the Duplex is the transport's from now on. `loop.startTls` makes it secure. Its `close()` ends the Duplex and
 * then destroys it, its `abort()` destroys it at once; an error of the Duplex is what connectionLost is told. A socket that is still
 * connecting counts as a connection. TypeError and ValueError for what is no open Duplex of bytes. Beyond asyncio.
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
