import type { ClientTls, ServerTls, StartTlsOptions, StreamProtocol, Transport } from "../core/contracts.js";
import { coroutine } from "../tasks/coroutine.js";
import { toDuplex } from "../transports/to-duplex.js";
import { describe } from "../util/format.js";
import { waitUntilStarted } from "../transports/attach-protocol.js";
import type { HandleOwner } from "../transports/owned-handles.js";
import { clientSettings, serverSettings, type TlsSettings } from "./settings.js";
import { TlsTransport } from "./tls-transport.js";

/** Makes a live connection secure. What has arrived and was not delivered is the handshake's already. */
export const startTls = coroutine(function* startTls(
  loop: HandleOwner,
  transport: Transport,
  protocol: StreamProtocol,
  settings: TlsSettings,
) {
  const lower = { duplex: toDuplex(transport), info: (name: string) => transport.getExtraInfo(name) };
  const upgraded = new TlsTransport(loop, lower, settings, protocol, null, true);
  yield* waitUntilStarted(loop, upgraded, () => upgraded.abort());
  return upgraded as Transport;
});

/** TypeErrors and ValueErrors for what cannot be made secure so. */
export function checkUpgrade(
  transport: Transport,
  protocol: StreamProtocol,
  sslContext: ClientTls | ServerTls,
  options: StartTlsOptions,
): TlsSettings {
  if (typeof (transport as Partial<Transport> | null)?.setProtocol !== "function" || typeof transport.write !== "function")
    throw new TypeError(`transport must be a transport in both directions, got ${describe(transport)}`);
  if (typeof protocol !== "object" || protocol === null) throw new TypeError(`protocol must be a protocol, got ${describe(protocol)}`);
  const { serverSide = false, serverHostname } = options;
  return serverSide
    ? serverSettings(sslContext as ServerTls, options)
    : clientSettings(sslContext as ClientTls, serverHostname, null, options);
}
