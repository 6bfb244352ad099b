/** What is told to whoever has subscribed by node:diagnostics_channel; docs/diagnostics.md is their description. */
import { channel } from "node:diagnostics_channel";
import type { BaseProtocol, DatagramProtocol, DatagramTransport, Server, Transport } from "../core/contracts.js";

/** Of "uvio:connection:made". */
export interface ConnectionMessage {
  transport: Transport | DatagramTransport;
  protocol: BaseProtocol | DatagramProtocol;
  /** Who has accepted the connection; null for one that was opened from here. */
  server: Server<unknown> | null;
}

/** Of "uvio:connection:lost". */
export interface ConnectionLostMessage extends ConnectionMessage {
  /** What the protocol is told: null after a regular end. */
  error: Error | null;
}

/** Of "uvio:server:listening" and "uvio:server:close". */
export interface ServerMessage {
  server: Server<unknown>;
}

// Who publishes asks `hasSubscribers` first, so that nothing is made for nobody.
export const connectionMade = channel("uvio:connection:made");
export const connectionLost = channel("uvio:connection:lost");
export const serverListening = channel("uvio:server:listening");
export const serverClose = channel("uvio:server:close");
