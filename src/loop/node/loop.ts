import { AsyncResource } from "node:async_hooks";
import type { ConnectionOptions, ProtocolFactory, ServerOptions, StreamProtocol } from "../../core/contracts.js";
import type { Coroutine } from "../../tasks/coroutine.js";
import type { Transport } from "../../core/contracts.js";
import { BaseEventLoop, TURN_AGAIN, TURN_YIELD } from "../base.js";
import { checkConnectionArguments, checkServerArguments, openConnectionTo, openServer } from "../endpoints.js";
import type { Server } from "../server.js";
import { connectSocket } from "./connect.js";
import type { NodeHost, Resource } from "./host.js";
import { NetListener } from "./listener.js";

const drained = Promise.resolve();

/** Timers and immediates keep the async context of whoever made them; turns run in this one's, which is nobody's. */
const neutral = new AsyncResource("uvio");

/**
 * The portable loop: no native code, on Node's own timers and sockets. A turn begins in the check phase (setImmediate), after the
 * events of the poll phase have been put into the ready queue.
 */
export class NodeEventLoop extends BaseEventLoop implements NodeHost {
  /** @internal */ readonly resources = new Set<Resource>();
  #timer: NodeJS.Timeout | null = null;
  /** Keeps the process alive while a run is under way; Node has no handle for that but a timer. */
  #keepAlive: NodeJS.Timeout | null = null;
  #referenced = true;
  readonly #begin = (): void => neutral.runInAsyncScope(this.#drive, this);
  /** A microtask that runs after all others there are, then all they have made: their ticks. */
  readonly #afterDrain = (): void => process.nextTick(this.#begin);

  override createServer(
    factory: ProtocolFactory,
    host: string | readonly string[] | null = null,
    port = 0,
    options: ServerOptions = {},
  ): Coroutine<Server> {
    this.checkClosed();
    checkServerArguments(factory, host, port, options);
    return openServer(this, (request, onConnection) => NetListener.bind(this, request, onConnection), factory, host, port, options);
  }

  override createConnection<P extends StreamProtocol>(
    factory: ProtocolFactory<P>,
    host: string,
    port: number,
    options: ConnectionOptions = {},
  ): Coroutine<[Transport, P]> {
    this.checkClosed();
    checkConnectionArguments(factory, host, port, options);
    const connect = (address: Parameters<typeof connectSocket>[1], to: number, how: ConnectionOptions) =>
      connectSocket(this, address, to, how);
    return openConnectionTo(this, connect, factory as ProtocolFactory, host, port, options) as Coroutine<[Transport, P]>;
  }

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

  protected override onClose(): void {
    for (const resource of this.resources) resource.dispose();
  }

  #drive(): void {
    const next = this.turn();
    if (next === TURN_AGAIN) void drained.then(this.#afterDrain);
    else if (next === TURN_YIELD) setImmediate(this.#begin);
  }
}
