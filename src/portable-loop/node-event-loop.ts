import { AsyncResource } from "node:async_hooks";
import { exported } from "../executors/exported.js";
import { TURN_AGAIN, TURN_YIELD } from "../loop/base-event-loop.js";
import type { AdoptListener, AdoptStream } from "../net/adopted-sockets.js";
import type { AdoptDatagrams, OpenDatagram } from "../net/datagram-endpoint.js";
import type { Connect } from "../net/create-connection.js";
import type { Bind } from "../net/create-server.js";
import { SocketEventLoop } from "../loop/socket-event-loop.js";
import type { OpenPipe } from "../net/pipe-endpoints.js";
import type { Spawn } from "../subprocess/spawn-request.js";
import type { BindPath, ConnectPath } from "../net/unix-endpoints.js";
import { adoptStream } from "../node-net/adopt.js";
import { connectPath, connectTcp } from "../node-net/connect.js";
import { GivenListener, TcpListener, UnixListener } from "../node-net/listener.js";
import { adoptSocket, openSocket } from "./datagram.js";
import { openPipe } from "./pipe.js";
import { spawnProcess } from "./process.js";

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

  protected override readonly bindTcp: Bind = (request, onConnection) => TcpListener.open(this, request, onConnection);
  protected override readonly connectTcp: Connect = (address, port, options) => connectTcp(this, address, port, options);
  protected override readonly bindPath: BindPath = (request, onConnection) => UnixListener.open(this, request, onConnection);
  protected override readonly connectPath: ConnectPath = (path) => connectPath(this, path);
  protected override readonly adoptStream: AdoptStream = (given) => adoptStream(this, given);
  protected override readonly adoptListener: AdoptListener = (given, request, onConnection) =>
    GivenListener.open(this, given, request, onConnection);
  protected override readonly openDatagram: OpenDatagram = (request) => openSocket(this, request);
  protected override readonly adoptDatagrams: AdoptDatagrams = (given) => adoptSocket(this, given);

  protected override readonly socketCalls = null;
  protected override readonly sendNatively = (): null => null;
  protected override readonly openPipe: OpenPipe = (request) => openPipe(this, request);
  protected override readonly spawn: Spawn = (request, onExit) => spawnProcess(this, request, onExit);

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
