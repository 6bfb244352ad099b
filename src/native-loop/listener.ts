import { ACCEPT_REST_SECONDS } from "../core/constants.js";
import type { Address, HandleLike } from "../core/contracts.js";
import { coroutine } from "../tasks/coroutine.js";
import type { AdoptRequest, OnConnection, BindRequest, UnixBindRequest } from "../net/stream-backend.js";
import { SockOption } from "../net/sock-option.js";
import { bindSocket } from "../net/native-sockets.js";
import type { Listener } from "../net/server.js";
import { SocketFile } from "../net/unix-socket-file.js";
import { withPath } from "../transports/unix-path.js";
import { adoptSlot } from "./adopt.js";
import type { SlotOwner } from "./boundary/channel.js";
import { pendingConnection } from "./pending-connection.js";
import type { UvLoopContext } from "./uv-loop-context.js";
import { Op } from "./boundary/layout.js";
import { uvError } from "./boundary/uv-error.js";
import { UvSocketView } from "./sockets/socket-view.js";

/** A bound socket of the native loop. */
abstract class UvListener<A extends Address | string> implements Listener<A>, SlotOwner {
  readonly socket: UvSocketView<A>;
  protected readonly loop: UvLoopContext;
  readonly #slot: number;
  readonly generation: number;
  readonly #backlog: number;
  readonly #onConnection: OnConnection;
  #permitted = -1;
  /** Until when nothing is accepted, since the system has refused. */
  #rest: HandleLike | null = null;

  /** `slot`: or an error code. Throws Node's error then (EADDRINUSE, EACCES ...). */
  constructor(loop: UvLoopContext, slot: number, backlog: number, onConnection: OnConnection) {
    this.loop = loop;
    this.#slot = slot;
    this.generation = loop.native.generation(slot);
    this.#backlog = backlog;
    this.#onConnection = onConnection;
    this.socket = new UvSocketView<A>(loop.native, slot, this.generation, "stream");
    loop.channel.own(slot, this);
  }

  protected abstract describeError(status: number): Error;
  protected onAccepted(_slot: number, _generation: number): void {}

  accept(): void {
    const status = this.loop.native.startListening(this.#slot, this.generation, this.#backlog);
    if (status < 0) throw this.describeError(status);
  }

  permit(count: number): void {
    this.#permitted = count;
    if (this.#rest === null) this.loop.native.permitConnections(this.#slot, this.generation, this.#permitted);
  }

  close(): void {
    const { native, channel } = this.loop;
    this.#rest?.cancel();
    this.#rest = null;
    channel.disown(this.#slot, this);
    native.closeHandle(this.#slot, this.generation);
  }

  ref(): void {
    this.loop.native.setHandleRef(this.#slot, this.generation, true);
  }

  unref(): void {
    this.loop.native.setHandleRef(this.#slot, this.generation, false);
  }

  onReceived(): void {
    // A listener receives connections, not bytes.
  }

  onCompletion(op: number, status: number, slot: number, generation: number): void {
    if (op !== Op.ACCEPT) return;
    if (status < 0) return this.#restFrom(status);
    this.onAccepted(slot, generation);
    this.#onConnection(pendingConnection(this.loop, slot, generation));
  }

  /** No descriptor is left, or no memory: who connects waits in the kernel's queue meanwhile. */
  #restFrom(status: number): void {
    const message = `socket.accept() out of system resource: accepting goes on in ${ACCEPT_REST_SECONDS} s`;
    this.loop.callExceptionHandler({ message, exception: uvError(status, "accept"), socket: this.socket });
    this.#rest = this.loop.callLater(ACCEPT_REST_SECONDS, () => {
      this.#rest = null;
      this.permit(this.#permitted);
    });
  }
}

type TcpRequest = Pick<BindRequest, "address" | "port" | "backlog" | "keepAlive">;

class TcpListener extends UvListener<Address> {
  readonly #request: TcpRequest;

  constructor(loop: UvLoopContext, slot: number, request: TcpRequest, onConnection: OnConnection) {
    super(loop, slot, request.backlog, onConnection);
    this.#request = request;
  }

  protected override describeError(status: number): Error {
    return bindError(status, this.#request);
  }

  protected override onAccepted(slot: number, generation: number): void {
    if (this.#request.keepAlive) this.loop.native.setKeepAlive(slot, generation, true, 0);
  }
}

class UnixListener extends UvListener<string> {
  readonly #request: UnixBindRequest;
  #file: SocketFile | null;

  constructor(loop: UvLoopContext, slot: number, request: UnixBindRequest, onConnection: OnConnection) {
    super(loop, slot, request.backlog, onConnection);
    this.#request = request;
    this.#file = request.cleanupSocket ? new SocketFile(request.path) : null;
  }

  protected override describeError(status: number): Error {
    return pathError(status, this.#request);
  }

  override close(): void {
    super.close();
    this.#file?.remove();
    this.#file = null;
  }
}

function bindError(status: number, { address, port }: TcpRequest): Error {
  return uvError(status, "listen", address, port);
}

function pathError(status: number, { path }: UnixBindRequest): Error {
  return withPath(uvError(status, "listen", path), path);
}

export const bindTcp = coroutine(function* bindTcp(loop: UvLoopContext, request: BindRequest, onConnection: OnConnection) {
  const { address, port, family, reuseAddress, reusePort } = request;
  if (!reuseAddress) {
    const bound = bindSocket({ address, port, family: family === 6 ? "IPv6" : "IPv4" }, { type: "stream", reuseAddress, reusePort });
    return (yield* adoptListener(loop, new SockOption(bound, "stream"), { ...request, cleanupSocket: false }, onConnection)) as Listener;
  }
  const slot = loop.native.bind({ address, port, ipv6Only: family === 6, reusePort });
  if (slot < 0) throw bindError(slot, request);
  return new TcpListener(loop, slot, request, onConnection) as Listener;
});

// eslint-disable-next-line require-yield -- binding needs not wait, but the portable loop's does
export const bindPath = coroutine(function* bindPath(loop: UvLoopContext, request: UnixBindRequest, onConnection: OnConnection) {
  const slot = loop.native.bindPath(request.path);
  if (slot < 0) throw pathError(slot, request);
  return new UnixListener(loop, slot, request, onConnection) as Listener<string>;
});

/** Listens on a socket of the program's. */
// eslint-disable-next-line require-yield -- as above
export const adoptListener = coroutine(function* adoptListener(
  loop: UvLoopContext,
  given: SockOption,
  request: AdoptRequest,
  onConnection: OnConnection,
) {
  const [slot, generation] = adoptSlot(loop, given, "stream", (fd) => loop.native.adoptListener(fd));
  const name = loop.native.localAddress(slot, generation);
  if (typeof name === "object") return new TcpListener(loop, slot, { ...request, ...name }, onConnection) as Listener<Address | string>;
  return new UnixListener(loop, slot, { ...request, path: typeof name === "string" ? name : "" }, onConnection) as Listener<
    Address | string
  >;
});
