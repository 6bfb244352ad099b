/** Listening sockets over node:net, for the portable loop, and for TLS on both loops. */
import type { Cluster } from "node:cluster";
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
import { neutral } from "../util/neutral.js";
import { addressOf, type UnixNames } from "./socket-transport.js";

/** `fd` is documented, but missing in @types/node. */
type ListenOn = ListenOptions & { fd?: number };

interface ListensOnFd extends NetServer {
  _listen2(address: null, port: null, addressType: null, backlog: number, fd: number): void;
}

type OnConnection = (connection: NodePendingConnection) => void;

/** Closes the sockets of loops that were forgotten without close(). */
const forgotten = new FinalizationRegistry<NetServer>((server) => server.close());

/**
 * A listening socket over node:net. libuv holds the socket for as long as it listens, so its handlers refer to this object weakly: the loop
 * does, in `ownedHandles`, and once the loop is garbage the socket is closed. Node binds and listens in one step, so clients can connect before
 * accept() is called. Their connections are held back until then; the native loop, which does not listen yet, refuses them.
 */
abstract class NetListener<A extends Address | string> implements Listener<A>, OwnedHandle {
  readonly #loop: HandleOwner;
  protected readonly server: NetServer;
  readonly #onConnection: OnConnection;
  /** Connections that arrived before accept(); null afterwards. */
  #held: Socket[] | null = [];
  #backlog = 0;
  #listening = false;

  constructor(loop: HandleOwner, onConnection: OnConnection, keepAlive: boolean) {
    this.#loop = loop;
    this.#onConnection = onConnection;
    this.server = createServer({ allowHalfOpen: true, pauseOnConnect: true, keepAlive });
    loop.ownedHandles.add(this);
    NetListener.#watch(this.server, new WeakRef<NetListener<never>>(this as unknown as NetListener<never>));
    forgotten.register(this, this.server, this);
  }

  /** Binds and listens. Rejects with Node's error, such as EADDRINUSE or EACCES. */
  protected bind(options: ListenOn): Future<Listener<A>> {
    const loop = this.#loop;
    const bound = new Future<Listener<A>>({ loop });
    const { server } = this;
    this.#backlog = options.backlog ?? 0;
    const onError = (error: Error): void => {
      this.close();
      if (bound.canSettle()) bound.setException(this.describeError(error));
    };
    server.once("error", onError);
    server.once("listening", () => {
      this.#listening = true;
      this.onListening();
      if (!bound.canSettle()) return this.close(); // The call was cancelled, or the loop closed, in the meantime.
      server.removeListener("error", onError);
      bound.setResult(this);
    });
    // Not in the task's context, by which libuv's handle would hold the loop.
    neutral.runInAsyncScope(() => this.#listen(options));
    return bound;
  }

  #listen(options: ListenOn): void {
    const { server } = this;
    const { fd } = options;
    // Node ignores `exclusive` with a descriptor. A worker of node:cluster would send the number to the primary process, where it means
    // another file. This is the function that listen() calls outside of workers.
    if (fd !== undefined && isClusterWorker()) (server as ListensOnFd)._listen2(null, null, null, this.#backlog, fd);
    else server.listen(options);
  }

  /** The names of every accepted connection on a Unix socket, which Node does not report; null for TCP. */
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

  /**
   * Node cannot stop accepting. So connections beyond the limit are accepted too, and the Server holds them back. Node closes those that
   * exceed the limit by more than the backlog.
   */
  permit(_count: number, limit: number): void {
    this.server.maxConnections = limit + this.#backlog;
  }

  close(): void {
    this.#loop.ownedHandles.delete(this);
    forgotten.unregister(this);
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

  /** In a function of its own: handlers keep everything alive that any function in their scope uses. */
  static #watch(server: NetServer, self: WeakRef<NetListener<never>>): void {
    server.on("connection", (socket) => {
      const listener = self.deref();
      if (listener === undefined) socket.destroy();
      else listener.#onSocket(socket);
    });
    server.on("error", (exception) => {
      const listener = self.deref();
      if (listener !== undefined) listener.#onError(exception);
    });
  }

  #onSocket(socket: Socket): void {
    this.#loop.onAccepted();
    if (this.#held === null) this.#handOver(socket);
    else this.#held.push(socket);
  }

  /** Once it listens, an error means that accept(2) has failed, for example with EMFILE. Node continues to accept on its own. */
  #onError(exception: Error): void {
    if (!this.#listening) return;
    this.#loop.callExceptionHandler({ message: "accept() failed", exception, socket: this.socket });
  }

  #handOver(socket: Socket): void {
    const connection = pendingConnection(this.#loop, socket, this.names);
    this.#loop.enqueue({ run: () => this.#onConnection(connection) });
  }
}

/** A listening TCP socket that Node has bound. */
export class TcpListener extends NetListener<Address> {
  protected override readonly names = null;
  #address!: Address;

  /** Binds to an address. If Node does not support the options, the addon binds the socket; throws the errors of bindForNode. */
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

/** A listening Unix socket that Node has bound. */
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

/** A listener over a socket that the program or the addon has bound. Node does not know its path, if it is a Unix socket, or remove it. */
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
    const bound = listener.bind({ fd, backlog: request.backlog });
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

  /** The path of a Unix socket; "" for a bare descriptor without the addon, because Node cannot determine it. */
  get #path(): string {
    const { sockname } = this.#given;
    return typeof sockname === "string" ? sockname : "";
  }
}

/** Loads node:cluster on first use: most programs listen on no descriptor. */
function isClusterWorker(): boolean {
  // The types are those of an import, where the object is the default export.
  return (process.getBuiltinModule("node:cluster") as unknown as Cluster).isWorker;
}

/** Returns the server's address; null for a Unix socket. */
function boundTo(server: NetServer): Address | null {
  const { address, port, family } = (server.address() ?? {}) as Partial<AddressInfo>;
  return addressOf(address, port, family) ?? null;
}
