/** The portable loop and its backend. */
import { besideUrl } from "../core/own-files.js";
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
import { neutral } from "../util/neutral.js";

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

/** How many connections of a listener are accepted between two turns; asyncio's default, a listener's backlog. */
const MAX_ACCEPTS = 100;

/**
 * The portable loop: no native code, only Node's timers and sockets. A turn starts in the check phase (setImmediate), after the events of
 * the poll phase were enqueued, or in the timer phase. The counterpart of asyncio.SelectorEventLoop.
 */
export class NodeEventLoop extends SocketEventLoop {
  /** @internal */ override readonly factory = makeNodeLoop;
  #timer: NodeJS.Timeout | null = null;
  /** Keeps the process alive during a run. It never fires in practice: a timer is the only such handle that Node offers. */
  #keepAlive: NodeJS.Timeout | null = null;
  #referenced = true;
  /** A turn does not run in the async context of what woke the loop. */
  readonly #begin = (): void => neutral.runInAsyncScope(this.#drive, this);
  /**
   * Runs as a microtask after TURN_AGAIN. The tick that it requests runs when the microtask queue is empty, so `turn` continues after all
   * pending microtasks, those that they enqueue, and the ticks that these requested before.
   */
  readonly #afterDrain = (): void => process.nextTick(this.#begin);

  /** Whether an immediate is pending that starts a turn. Another would start two turns after one poll, and each turn that yields one more. */
  #requested = false;
  /** Whether a connection was accepted since the last turn or poll. */
  #accepted = false;
  #accepts = 0;
  /**
   * Runs after a poll. libuv accepts one connection of each listener in a poll. A loop with long turns would accept few of them, so it polls
   * again, without a turn, while there is another.
   */
  readonly #afterPoll = (): void => {
    if (this.#accepted && ++this.#accepts < MAX_ACCEPTS) {
      this.#accepted = false;
      setImmediate(this.#afterPoll);
      return;
    }
    this.#requested = false;
    this.#begin();
  };

  protected override readonly backend = NODE_BACKEND;

  protected override readonly socketCalls = null;
  protected override readonly sendNatively = (): null => null;

  /** Makes a run keep the process alive; this is the default. */
  override ref(): void {
    this.#referenced = true;
    this.#keepAlive?.ref();
  }

  /** Lets the process exit during a run if nothing else keeps it alive. */
  override unref(): void {
    this.#referenced = false;
    this.#keepAlive?.unref();
  }

  protected override requestTurn(): void {
    if (this.#requested) return;
    this.#requested = true;
    setImmediate(this.#afterPoll);
  }

  /** There is one timer for the nearest deadline. It is unreferenced: `#keepAlive` keeps the process alive. */
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

  /** @internal */
  override onAccepted(): void {
    this.#accepted = true;
  }

  #drive(): void {
    const next = this.turn();
    this.#accepted = false;
    this.#accepts = 0;
    if (next === TURN_AGAIN) void drained.then(this.#afterDrain);
    else if (next === TURN_YIELD) this.requestTurn();
  }
}

/** Creates a portable loop. Exported so that executors and RemoteLoop can create one in another thread by its name. */
export function makeNodeLoop(): NodeEventLoop {
  return new NodeEventLoop();
}

exported(besideUrl(import.meta.url, "node-event-loop.js"), { makeNodeLoop });
