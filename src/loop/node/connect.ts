import { connect, type Socket } from "node:net";
import type { BaseProtocol, ConnectionOptions } from "../../core/contracts.js";
import { coroutine } from "../../tasks/coroutine.js";
import { Future } from "../../tasks/future.js";
import type { NodeHost } from "./host.js";
import type { HostAddress } from "../resolve.js";
import type { TransportOwner } from "../stream-transport.js";
import { SocketTransport } from "./transport.js";

/** Connects a node:net socket to one address; a cancelled attempt leaves no socket behind. */
export const connectSocket = coroutine(function* connectSocket(loop: NodeHost, { address }: HostAddress, port: number, options: ConnectionOptions) {
  const { localAddr } = options;
  const socket: Socket = connect({ host: address, port, localAddress: localAddr?.address, localPort: localAddr?.port, allowHalfOpen: true });
  const connected = new Future<void>({ loop });
  const fail = (error: Error): void => {
    if (!connected.done()) connected.setException(error);
  };
  socket.once("error", fail);
  socket.once("connect", () => {
    if (!connected.done()) connected.setResult(undefined);
  });
  try {
    yield* connected;
  } catch (error) {
    socket.destroy();
    throw error;
  }
  socket.removeListener("error", fail);
  return {
    makeTransport: (protocol: BaseProtocol, owner: TransportOwner | null) => new SocketTransport(loop, socket, protocol, owner),
    close: () => void socket.destroy(),
  };
});
