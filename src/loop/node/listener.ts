import { createServer, type Server as NetServer, type Socket, type AddressInfo } from "node:net";
import type { Address, BaseProtocol } from "../../core/contracts.js";
import { Future } from "../../tasks/future.js";
import type { BindRequest, OnConnection } from "../endpoints.js";
import type { NodeHost, Resource } from "./host.js";
import type { Listener } from "../server.js";
import type { TransportOwner } from "../stream-transport.js";
import { SocketTransport } from "./transport.js";

/** A listening socket over node:net. */
export class NetListener implements Listener, Resource {
  readonly #loop: NodeHost;
  readonly #server: NetServer;
  readonly #onConnection: OnConnection;
  /** Connections that came before accept(); null afterwards. */
  #held: Socket[] | null = [];
  #address: Address | null = null;

  private constructor(loop: NodeHost, request: BindRequest, onConnection: OnConnection) {
    this.#loop = loop;
    this.#onConnection = onConnection;
    this.#server = createServer({ allowHalfOpen: true, pauseOnConnect: true, keepAlive: request.keepAlive });
    loop.resources.add(this);
    this.#server.on("connection", (socket) => (this.#held === null ? this.#handOver(socket) : this.#held.push(socket)));
  }

  /** Fails with Node's error (EADDRINUSE, EACCES ...). */
  static bind(loop: NodeHost, request: BindRequest, onConnection: OnConnection): Future<Listener> {
    const bound = new Future<Listener>({ loop });
    const listener = new NetListener(loop, request, onConnection);
    const server = listener.#server;
    server.once("error", (error) => {
      listener.close();
      if (!bound.done()) bound.setException(error);
    });
    server.once("listening", () => {
      if (bound.done()) return listener.close(); // Cancelled meanwhile.
      server.removeAllListeners("error");
      // An accept that failed (EMFILE ...); Node goes on by itself.
      server.on("error", (exception) => loop.callExceptionHandler({ message: "accept() failed", exception, socket: listener }));
      const { address, port, family } = server.address() as AddressInfo;
      listener.#address = { address, port, family: family === "IPv6" ? "IPv6" : "IPv4" };
      bound.setResult(listener);
    });
    const { address, port, backlog, family, reusePort } = request;
    server.listen({ host: address, port, backlog, ipv6Only: family === 6, reusePort } as Parameters<NetServer["listen"]>[0] & object);
    return bound;
  }

  accept(): void {
    const held = this.#held;
    this.#held = null;
    for (const socket of held ?? []) this.#handOver(socket);
  }

  close(): void {
    this.#loop.resources.delete(this);
    for (const socket of this.#held ?? []) socket.destroy();
    this.#held = [];
    this.#server.close();
  }

  dispose(): void {
    this.close();
  }

  getsockname(): Address {
    return this.#address!;
  }

  ref(): void {
    this.#server.ref();
  }

  unref(): void {
    this.#server.unref();
  }

  #handOver(socket: Socket): void {
    const { resources } = this.#loop;
    const connection = {
      makeTransport: (protocol: BaseProtocol, owner: TransportOwner | null) => new SocketTransport(this.#loop, socket, protocol, owner),
      close: () => void socket.destroy(),
    };
    const waiting: Resource = { dispose: connection.close }; // In the ready queue, which a closed loop drops.
    resources.add(waiting);
    this.#loop.enqueue({
      run: () => {
        resources.delete(waiting);
        this.#onConnection(connection);
      },
    });
  }
}
