/** The native loop and its backend. */
import { besideUrl } from "../core/own-files.js";
import { exported } from "../executors/exported.js";
import type { SendNatively } from "../net/sendfile.js";
import type { LoopBackend } from "../loop/loop-backend.js";
import { SocketEventLoop, type SocketCalls } from "../loop/socket-event-loop.js";
import { loadBinding, type NativeLoop } from "./boundary/addon.js";
import { adoptStream } from "./adopt.js";
import { Channel, LASTING_ARENA_BYTES, SEND_ARENA_BYTES, TRANSIENT_ARENA_BYTES } from "./boundary/channel.js";
import { connectPath, connectTcp } from "./connect.js";
import { adoptDatagram, openDatagram } from "./datagram.js";
import { adoptListener, bindPath, bindTcp } from "./listener.js";
import { sendNatively } from "./sendfile.js";
import { UvSocketCalls } from "./sock-calls.js";
import { UvTransport } from "./uv-transport.js";
import { FdWatchers } from "./fd-watchers.js";
import { openPipe } from "./pipe.js";
import { spawnProcess } from "./process.js";

const UV_BACKEND: LoopBackend = {
  bindTcp,
  bindPath,
  connectTcp,
  connectPath,
  adoptStream,
  adoptListener,
  openDatagram,
  adoptDatagram,
  openPipe,
  spawn: spawnProcess,
};

/**
 * The native loop: C++ on Node's own libuv loop. C++ calls `turn` once after a poll, whatever the number of connections; events arrive and
 * bytes leave through the two rings of `channel`. Mirrors uvloop.Loop.
 */
export class Loop extends SocketEventLoop {
  /** @internal */ override readonly factory = makeNativeLoop;
  /** @internal */ readonly native: NativeLoop;
  /** @internal */ readonly channel = new Channel();
  readonly #watches: FdWatchers = new FdWatchers(this);

  /** Throws NativeLoopUnavailableError if the addon cannot be loaded. */
  constructor() {
    super();
    const { Loop: NativeLoopClass } = loadBinding();
    this.native = new NativeLoopClass({
      completions: this.channel.completions,
      submissions: this.channel.submissions,
      sendArenaBytes: SEND_ARENA_BYTES,
      transientArenaBytes: TRANSIENT_ARENA_BYTES,
      lastingArenaBytes: LASTING_ARENA_BYTES,
      turn: () => this.turn(this.channel.hasCompletions ? this.channel : null),
    });
    this.channel.attach(this.native);
  }

  protected override readonly backend = UV_BACKEND;

  protected override readonly socketCalls: SocketCalls = new UvSocketCalls(this.#watches);

  protected override readonly sendNatively: SendNatively = (transport, part) =>
    transport instanceof UvTransport ? sendNatively(this.#watches, transport, part) : null;

  /** Makes a run keep the process alive; this is the default. */
  override ref(): void {
    this.native.setRef(true);
  }

  /** Lets the process exit during a run if nothing else keeps it alive. */
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

  /** The native close() closes every handle. Waits for descriptors that are pending then never end, as all futures of a closed loop. */
  protected override onClose(): void {
    super.onClose();
    this.native.close();
    this.channel.detach();
    this.#watches.clear();
  }
}

/** Creates a native loop. Exported so that executors and RemoteLoop can create one in another thread by its name. */
export function makeNativeLoop(): Loop {
  return new Loop();
}

exported(besideUrl(import.meta.url, "uv-event-loop.js"), { makeNativeLoop });
