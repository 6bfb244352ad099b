import { createServer, type Server as NetServer, type Socket, type AddressInfo, type ListenOptions } from "node:net";
import type { Address, SocketFamily } from "../core/contracts.js";
import { Future } from "../tasks/future.js";
import type { AdoptRequest, BindRequest, UnixBindRequest } from "../net/stream-backend.js";
import { SockOption, type SocketNames } from "../net/sock-option.js";
import { bindForNode } from "../net/native-sockets.js";
import type { OwnedHandle, HandleOwner } from "../transports/owned-handles.js";
import type { Listener } from "../net/server.js";
import { SocketFile } from "../net/unix-socket-file.js";
import { withPath } from "../transports/unix-path.js";
import { pendingConnection, type NodePendingConnection } from "./pending-connection.js";
import { NodeSocketView } from "./socket-view.js";
import { addressOf, type UnixNames } from "./socket-transport.js";

/** `fd` is documented, and missing in the types. */
type ListenOn = ListenOptions & { fd?: number };

type OnConnection = (connection: NodePendingConnection) => void;

/**
 * A listening socket over node:net. Node can only bind and listen in one: before accept() connections are held back, where the native
 * loop has them refused.
 */
abstract class NetListener<A extends Address | string> implements Listener<A>, OwnedHandle {
  readonly #loop: HandleOwner;
  protected readonly server: NetServer;
  readonly #onConnection: OnConnection;
  /** Connections that came before accept(); null afterwards. */
  #held: Socket[] | null = [];
  #backlog = 0;

  constructor(loop: HandleOwner, onConnection: OnConnection, keepAlive: boolean) {
    this.#loop = loop;
    this.#onConnection = onConnection;
    this.server = createServer({ allowHalfOpen: true, pauseOnConnect: true, keepAlive });
    loop.ownedHandles.add(this);
    this.server.on("connection", (socket) => (this.#held === null ? this.#handOver(socket) : this.#held.push(socket)));
  }

  /** Fails with Node's error (EADDRINUSE, EACCES ...). */
  protected bind(options: ListenOn): Future<Listener<A>> {
    const loop = this.#loop;
    const bound = new Future<Listener<A>>({ loop });
    const { server } = this;
    this.#backlog = options.backlog ?? 0;
    server.once("error", (error) => {
      this.close();
      if (!bound.done()) bound.setException(this.describeError(error));
    });
    server.once("listening", () => {
      this.onListening();
      if (bound.done()) return this.close(); // Cancelled meanwhile.
      server.removeAllListeners("error");
      // An accept that failed (EMFILE ...); Node goes on by itself.
      server.on("error", (exception) => loop.callExceptionHandler({ message: "accept() failed", exception, socket: this.socket }));
      bound.setResult(this);
    });
    server.listen(options);
    return bound;
  }

  /** Of every connection, where Node does not tell. */
  protected abstract readonly names: UnixNames | null;
  protected abstract onListening(): void;
  protected describeError(error: Error): Error {
    return error;
  }

  protected abstract sockname(): A;
  protected abstract readonly family: SocketFamily;

  get socket(): NodeSocketView<A> {
    const sockname = (): A => this.sockname();
    return new NodeSocketView({ family: this.family, type: "stream", owner: this.server, sockname, peername: () => undefined });
  }

  accept(): void {
    const held = this.#held;
    this.#held = null;
    for (const socket of held ?? []) this.#handOver(socket);
  }

  /** Node accepts whoever comes: the server holds back whom it has no room for, and what exceeds the backlog Node closes. */
  permit(_count: number, limit: number): void {
    this.server.maxConnections = limit + this.#backlog;
  }

  close(): void {
    this.#loop.ownedHandles.delete(this);
    for (const socket of this.#held ?? []) socket.destroy();
    this.#held = [];
    this.server.close();
  }

  dispose(): void {
    this.close();
  }

  ref(): void {
    this.server.ref();
  }

  unref(): void {
    this.server.unref();
  }

  #handOver(socket: Socket): void {
    const connection = pendingConnection(this.#loop, socket, this.names);
    this.#loop.enqueue({ run: () => this.#onConnection(connection) });
  }
}

export class TcpListener extends NetListener<Address> {
  protected override readonly names = null;
  #address!: Address;

  /** Throws where the port cannot be had like that. */
  static open(loop: HandleOwner, request: BindRequest, onConnection: OnConnection): Future<Listener> {
    const { address, port, backlog, family, reuseAddress, reusePort, keepAlive } = request;
    const bound = bindForNode({ address, port, family: family === 6 ? "IPv6" : "IPv4" }, { type: "stream", reuseAddress, reusePort });
    if (bound !== null) {
      const adopted = SockListener.open(loop, new SockOption(bound, "stream"), { backlog, keepAlive, cleanupSocket: false }, onConnection);
      return adopted as Future<Listener>;
    }
    const listener = new TcpListener(loop, onConnection, keepAlive);
    return listener.bind({ host: address, port, backlog, ipv6Only: family === 6, reusePort } as ListenOptions);
  }

  protected override onListening(): void {
    this.#address = boundTo(this.server)!;
  }

  protected override get family(): SocketFamily {
    return this.#address.family;
  }

  protected override sockname(): Address {
    return { ...this.#address };
  }
}

export class UnixListener extends NetListener<string> {
  protected override readonly family = "unix";
  readonly #request: UnixBindRequest;
  #file: SocketFile | null = null;

  private constructor(loop: HandleOwner, request: UnixBindRequest, onConnection: OnConnection) {
    super(loop, onConnection, false);
    this.#request = request;
  }

  static open(loop: HandleOwner, request: UnixBindRequest, onConnection: OnConnection): Future<Listener<string>> {
    const { path, backlog } = request;
    return new UnixListener(loop, request, onConnection).bind({ path, backlog });
  }

  protected override onListening(): void {
    this.#file = new SocketFile(this.#request.path);
  }

  protected override describeError(error: Error): Error {
    return withPath(error, this.#request.path);
  }

  protected override get names(): UnixNames {
    return { sockname: this.#request.path, peername: "" };
  }

  protected override sockname(): string {
    return this.#request.path;
  }

  override close(): void {
    const file = this.#file;
    this.#file = null;
    if (file === null) super.close();
    else file.guard(this.#request.cleanupSocket, () => super.close());
  }
}

/** Over a socket that was bound elsewhere: Node neither knows nor removes a Unix socket's path. */
export class SockListener extends NetListener<Address | string> {
  readonly #given: SocketNames;
  #file: SocketFile | null = null;

  private constructor(loop: HandleOwner, given: SockOption, { keepAlive, cleanupSocket }: AdoptRequest, onConnection: OnConnection) {
    super(loop, onConnection, keepAlive);
    this.#given = given.names();
    if (cleanupSocket) this.#file = new SocketFile(this.#path);
  }

  static open(loop: HandleOwner, given: SockOption, request: AdoptRequest, onConnection: OnConnection): Future<Listener<Address | string>> {
    const fd = given.descriptor();
    const listener = new SockListener(loop, given, request, onConnection);
    // A process of a cluster would send the number to another, where it is something else.
    const bound = listener.bind({ fd, backlog: request.backlog, exclusive: true });
    given.lend(listener.socket);
    return bound;
  }

  protected override onListening(): void {}

  protected override get names(): UnixNames | null {
    return this.family === "unix" ? { sockname: this.#path, peername: "" } : null;
  }

  protected override get family(): SocketFamily {
    return boundTo(this.server)?.family ?? "unix";
  }

  protected override sockname(): Address | string {
    return boundTo(this.server) ?? this.#path;
  }

  override close(): void {
    super.close();
    this.#file?.remove();
    this.#file = null;
  }

  /** "" where nobody can tell: of a bare descriptor, without the addon. */
  get #path(): string {
    const { sockname } = this.#given;
    return typeof sockname === "string" ? sockname : "";
  }
}

/** Null for a Unix socket. */
function boundTo(server: NetServer): Address | null {
  const { address, port, family } = (server.address() ?? {}) as Partial<AddressInfo>;
  return addressOf(address, port, family) ?? null;
}
