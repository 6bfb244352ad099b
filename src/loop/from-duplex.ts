import type { Duplex } from "node:stream";
import type { Awaitable, ProtocolFactory, StreamProtocol, Transport } from "../core/contracts.js";
import { ValueError } from "../core/errors.js";
import { getRunningLoop } from "../core/running.js";
import { coroutine } from "../tasks/coroutine.js";
import { describe } from "../util/format.js";
import { DuplexTransport } from "./duplex-transport.js";
import { establish } from "./establish.js";
import type { ResourceHost } from "./resources.js";

/** The connection over a Duplex, begun. */
export const openDuplex = coroutine(function* fromDuplex(loop: ResourceHost, duplex: Duplex, factory: ProtocolFactory) {
  const connected = {
    makeTransport: (protocol: StreamProtocol) => new DuplexTransport(loop, duplex, protocol, null),
    close: () => void duplex.destroy(),
  };
  return yield* establish(loop, connected, factory);
});

/** TypeError or ValueError for what is no Duplex of bytes in both directions. */
export function checkDuplex(duplex: unknown): asserts duplex is Duplex {
  // By its shape: there are several packages of streams.
  const { readable, writable, readableObjectMode, readableEncoding } = (duplex ?? {}) as Partial<Duplex>;
  if (typeof readable !== "boolean" || typeof writable !== "boolean")
    throw new TypeError(`duplex must be a Duplex, got ${describe(duplex)}`);
  if (readableObjectMode === true || typeof readableEncoding === "string") {
    throw new ValueError("duplex must give bytes, but it is in object mode or has an encoding");
  }
  if (!readable) throw new ValueError("duplex can be read no more: it has ended, or was destroyed");
}

/**
 * Runs a protocol over any Duplex of Node's: a socket, a child's pipes, another library's stream. Gives the transport and the protocol,
 * as createConnection does. Beyond asyncio.
 */
export function fromDuplex<P extends StreamProtocol>(duplex: Duplex, factory: ProtocolFactory<P>): Awaitable<[Transport, P]> {
  return getRunningLoop().connectDuplex(factory, duplex);
}
