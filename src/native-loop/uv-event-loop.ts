import { exported } from "../executors/exported.js";
import type { AdoptListener, AdoptStream } from "../net/adopted-sockets.js";
import type { AdoptDatagrams, OpenDatagram } from "../net/datagram-endpoint.js";
import type { Connect } from "../net/create-connection.js";
import type { Bind } from "../net/create-server.js";
import type { SendNatively } from "../net/sendfile.js";
import { SocketEventLoop, type SocketCalls } from "../loop/socket-event-loop.js";
import type { OpenPipe } from "../net/pipe-endpoints.js";
import type { Spawn } from "../subprocess/spawn-request.js";
import type { BindPath, ConnectPath } from "../net/unix-endpoints.js";
import { loadBinding, type NativeLoop } from "./boundary/addon.js";
import { adoptStream } from "./adopt.js";
import { Channel, LASTING_ARENA_BYTES, SEND_ARENA_BYTES, TRANSIENT_ARENA_BYTES } from "./boundary/channel.js";
import { connectPath, connectTcp } from "./connect.js";
import { adoptSocket, openSocket } from "./datagram.js";
import { adoptListener, bindPath, bindTcp } from "./listener.js";
import { sendNatively } from "./sendfile.js";
import { UvSocketCalls } from "./sock-calls.js";
import { UvTransport } from "./uv-transport.js";
import { FdWatchers } from "./fd-watchers.js";
import { openPipe } from "./pipe.js";
import { spawnProcess } from "./process.js";

/**
 * The native loop: C++ on Node's own libuv loop. One call from C++ a turn, whatever the number of connections; events come and bytes
 * leave through the two rings of `channel`. Mirrors uvloop.Loop.
 */
export class Loop extends SocketEventLoop {
  /** @internal */ override readonly factory = makeNativeLoop;
  /** @internal */ readonly native: NativeLoop;
  /** @internal */ readonly channel = new Channel();
  readonly #watches: FdWatchers = new FdWatchers(this);

  /** NativeLoopUnavailableError where the addon cannot be loaded. */
  constructor() {
    super();
    const { Loop: NativeLoopClass } = loadBinding();
    this.native = new NativeLoopClass({
      completions: this.channel.completions,
      submissions: this.channel.submissions,
      sendArenaBytes: SEND_ARENA_BYTES,
      transientArenaBytes: TRANSIENT_ARENA_BYTES,
      lastingArenaBytes: LASTING_ARENA_BYTES,
      turn: () => this.#onTurn(),
    });
    this.channel.attach(this.native);
  }

  protected override readonly bindTcp: Bind = (request, onConnection) => bindTcp(this, request, onConnection);
  protected override readonly connectTcp: Connect = (address, port, options) => connectTcp(this, address, port, options);
  protected override readonly bindPath: BindPath = (request, onConnection) => bindPath(this, request, onConnection);
  protected override readonly connectPath: ConnectPath = (path) => connectPath(this, path);
  protected override readonly adoptStream: AdoptStream = (given) => adoptStream(this, given);
  protected override readonly adoptListener: AdoptListener = (given, request, onConnection) =>
    adoptListener(this, given, request, onConnection);
  protected override readonly openDatagram: OpenDatagram = (request) => openSocket(this, request);
  protected override readonly adoptDatagrams: AdoptDatagrams = (given) => adoptSocket(this, given);

  protected override readonly socketCalls: SocketCalls = new UvSocketCalls(this.#watches);

  protected override readonly sendNatively: SendNatively = (transport, part) =>
    transport instanceof UvTransport ? sendNatively(this.#watches, transport, part) : null;
  protected override readonly openPipe: OpenPipe = (request) => openPipe(this, request);
  protected override readonly spawn: Spawn = (request, onExit) => spawnProcess(this, request, onExit);

  /** A run keeps the process alive; the default. */
  override ref(): void {
    this.native.setRef(true);
  }

  /** A run alone does not keep the process alive. */
  override unref(): void {
    this.native.setRef(false);
  }

  protected override requestTurn(): void {
    this.native.wake();
  }

  protected override armTimer(seconds: number): void {
    this.native.arm(seconds);
  }

  protected override onRunBegins(): void {
    this.native.start();
  }

  protected override onRunEnds(): void {
    this.native.stop();
  }

  protected override onClose(): void {
    super.onClose();
    this.native.close();
    this.#watches.clear();
  }

  #onTurn(): number {
    if (this.channel.hasCompletions && this.isRunning()) this.enqueueEvents(this.channel);
    return this.turn();
  }
}

export function makeNativeLoop(): Loop {
  return new Loop();
}

exported(import.meta, { makeNativeLoop });
