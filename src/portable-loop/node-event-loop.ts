import { AsyncResource } from "node:async_hooks";
import { exported } from "../executors/exported.js";
import { TURN_AGAIN, TURN_YIELD } from "../loop/base-event-loop.js";
import type { LoopBackend } from "../loop/loop-backend.js";
import { SocketEventLoop } from "../loop/socket-event-loop.js";
import { adoptStream } from "../node-net/adopt.js";
import { connectPath, connectTcp } from "../node-net/connect.js";
import { SockListener, TcpListener, UnixListener } from "../node-net/listener.js";
import { adoptDatagram, openDatagram } from "./datagram.js";
import { openPipe } from "./pipe.js";
import { spawnProcess } from "./process.js";

const NODE_BACKEND: LoopBackend = {
  bindTcp: TcpListener.open,
  bindPath: UnixListener.open,
  connectTcp,
  connectPath,
  adoptStream,
  adoptListener: SockListener.open,
  openDatagram,
  adoptDatagram,
  openPipe,
  spawn: spawnProcess,
};

const drained = Promise.resolve();

/** Timers and immediates keep the async context of whoever made them; turns run in this one's, which is nobody's. */
const neutral = new AsyncResource("uvio");

/**
 * The portable loop: no native code, on Node's own timers and sockets. A turn begins in the check phase (setImmediate), after the
 * events of the poll phase have been put into the ready queue.
 */
export class NodeEventLoop extends SocketEventLoop {
  /** @internal */ override readonly factory = makeNodeLoop;
  #timer: NodeJS.Timeout | null = null;
  /** Keeps the process alive while a run is under way; Node has no handle for that but a timer. */
  #keepAlive: NodeJS.Timeout | null = null;
  #referenced = true;
  readonly #begin = (): void => neutral.runInAsyncScope(this.#drive, this);
  /** A microtask that runs after all others there are, then all they have made: their ticks. */
  readonly #afterDrain = (): void => process.nextTick(this.#begin);

  protected override readonly backend = NODE_BACKEND;

  protected override readonly socketCalls = null;
  protected override readonly sendNatively = (): null => null;

  /** A run keeps the process alive; the default. */
  override ref(): void {
    this.#referenced = true;
    this.#keepAlive?.ref();
  }

  /** A run alone does not keep the process alive. */
  override unref(): void {
    this.#referenced = false;
    this.#keepAlive?.unref();
  }

  protected override requestTurn(): void {
    setImmediate(this.#begin);
  }

  protected override armTimer(seconds: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = seconds < 0 ? null : setTimeout(this.#begin, Math.ceil(seconds * 1000)).unref();
  }

  protected override onRunBegins(): void {
    this.#keepAlive = setInterval(() => {}, 2 ** 31 - 1);
    if (!this.#referenced) this.#keepAlive.unref();
  }

  protected override onRunEnds(): void {
    clearInterval(this.#keepAlive!);
    this.#keepAlive = null;
  }

  #drive(): void {
    const next = this.turn();
    if (next === TURN_AGAIN) void drained.then(this.#afterDrain);
    else if (next === TURN_YIELD) setImmediate(this.#begin);
  }
}

export function makeNodeLoop(): NodeEventLoop {
  return new NodeEventLoop();
}

exported(import.meta, { makeNodeLoop });
