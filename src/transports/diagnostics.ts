/** The channels of node:diagnostics_channel on which uvio publishes, and their messages. docs/diagnostics.md describes them. */
import { channel } from "node:diagnostics_channel";
import type { BaseProtocol, DatagramProtocol, DatagramTransport, Server, Transport } from "../core/contracts.js";

/** The message of "uvio:connection:made". */
export interface ConnectionMessage {
  transport: Transport | DatagramTransport;
  protocol: BaseProtocol | DatagramProtocol;
  /** The server that accepted the connection; null for an outgoing connection. */
  server: Server<unknown> | null;
}

/** The message of "uvio:connection:lost". */
export interface ConnectionLostMessage extends ConnectionMessage {
  /** The argument of the protocol's connectionLost: null after a regular close. */
  error: Error | null;
}

/** The message of "uvio:server:listening" and "uvio:server:close". */
export interface ServerMessage {
  server: Server<unknown>;
}

// Publishers check `hasSubscribers` first, so that no message is allocated without a subscriber.
export const connectionMade = channel("uvio:connection:made");
export const connectionLost = channel("uvio:connection:lost");
export const serverListening = channel("uvio:server:listening");
export const serverClose = channel("uvio:server:close");
