/** Listening sockets of the native loop, TCP and Unix. */
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

/**
 * A bound socket of the native loop. C++ accepts in the poll phase, at most as many connections as `permit` allows, and makes an ACCEPT
 * record for each.
 */
abstract class UvListener<A extends Address | string> implements Listener<A>, SlotOwner {
  readonly socket: UvSocketView<A>;
  protected readonly loop: UvLoopContext;
  readonly #slot: number;
  readonly generation: number;
  readonly #backlog: number;
  readonly #onConnection: OnConnection;
  /** The last argument of permit(); -1: any number. Set by permit(), applied by it or at the end of a rest. */
  #permitted = -1;
  /** The timer that ends a rest, during which nothing is accepted; null outside of one. Set by #restFrom(). */
  #rest: HandleLike | null = null;

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
  /** Called for each new connection before the server sees it: sets the connection's options. */
  protected onAccepted(_slot: number, _generation: number): void {}

  /** Called by Server.listen(). */
  accept(): void {
    const status = this.loop.native.startListening(this.#slot, this.generation, this.#backlog);
    if (status < 0) throw this.describeError(status);
  }

  /** Called by the server when its number of connections changes, and when a rest ends. */
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

  /** Called by Channel.run(). Channel itself closes a connection whose listener was closed before the record was handled. */
  onCompletion(op: number, status: number, slot: number, generation: number): void {
    if (op !== Op.ACCEPT) return;
    if (status < 0) return this.#restFrom(status);
    this.onAccepted(slot, generation);
    this.#onConnection(pendingConnection(this.loop, slot, generation));
  }

  /**
   * Accepting failed, usually because the process has no descriptor left (EMFILE) or the system no memory. C++ has set the permits to 0.
   * Clients wait in the kernel's queue until it is tried again ACCEPT_REST_SECONDS later, as in asyncio.
   */
  #restFrom(status: number): void {
    const message = `socket.accept() out of system resource: accepting resumes in ${ACCEPT_REST_SECONDS} s`;
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

/** Binds one address. `native.bind` always sets SO_REUSEADDR, so without `reuseAddress` a Socket is bound and then adopted. */
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

/** Binds a Unix socket to a path. */
// eslint-disable-next-line require-yield -- binding does not wait here, but it does on the portable loop
export const bindPath = coroutine(function* bindPath(loop: UvLoopContext, request: UnixBindRequest, onConnection: OnConnection) {
  const slot = loop.native.bindPath(request.path);
  if (slot < 0) throw pathError(slot, request);
  return new UnixListener(loop, slot, request, onConnection) as Listener<string>;
});

/** Takes over a bound socket of the option `sock`. */
// eslint-disable-next-line require-yield -- adopting does not wait here, but it does on the portable loop
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
