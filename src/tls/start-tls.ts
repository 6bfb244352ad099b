/** loop.startTls: upgrades a live connection to TLS. */
import type { ClientTls, ServerTls, StartTlsOptions, StreamProtocol, Transport } from "../core/contracts.js";
import { coroutine } from "../tasks/coroutine.js";
import { toDuplex } from "../transports/to-duplex.js";
import { describe } from "../util/format.js";
import { waitUntilStarted } from "../transports/attach-protocol.js";
import type { HandleOwner } from "../transports/owned-handles.js";
import { clientSettings, serverSettings, type TlsSettings } from "./settings.js";
import { TlsTransport } from "./tls-transport.js";

/** A protocol with a buffer of received bytes, such as StreamReaderProtocol. */
interface BufferingProtocol {
  takeBuffered(): Buffer;
}

/**
 * Upgrades a live connection to TLS. Bytes that arrived before the call and were not read yet belong to the handshake, whether the transport or
 * the protocol's buffer holds them. A peer may send its ClientHello right behind the line before it. And an attacker in the middle may
 * append plaintext to that line: read after the handshake, it would pass for the peer's own. Here it fails the handshake.
 */
export const startTls = coroutine(function* startTls(
  loop: HandleOwner,
  transport: Transport,
  protocol: StreamProtocol,
  settings: TlsSettings,
) {
  const duplex = toDuplex(transport);
  const buffered = (protocol as Partial<BufferingProtocol>).takeBuffered?.();
  if (buffered !== undefined && buffered.length > 0) duplex.dataReceived(buffered);
  const lower = { duplex, info: (name: string) => transport.getExtraInfo(name), abort: () => transport.abort() };
  const upgraded = new TlsTransport(loop, lower, settings, protocol, null, true);
  yield* waitUntilStarted(loop, upgraded, () => upgraded.abort());
  return upgraded as Transport;
});

/** Checks the arguments of startTls and returns the settings. Throws TypeError or ValueError for invalid ones. */
export function checkUpgrade(
  transport: Transport,
  protocol: StreamProtocol,
  sslContext: ClientTls | ServerTls,
  options: StartTlsOptions,
): TlsSettings {
  if (typeof (transport as Partial<Transport> | null)?.setProtocol !== "function" || typeof transport.write !== "function")
    throw new TypeError(`transport must be a transport in both directions, got ${describe(transport)}`);
  if (typeof protocol !== "object" || protocol === null) throw new TypeError(`protocol must be an object, got ${describe(protocol)}`);
  const { serverSide = false, serverHostname } = options;
  return serverSide
    ? serverSettings(sslContext as ServerTls, options)
    : clientSettings(sslContext as ClientTls, serverHostname, null, options);
}
