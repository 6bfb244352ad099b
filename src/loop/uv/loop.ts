import type { ConnectionOptions, ProtocolFactory, ServerOptions, StreamProtocol, Transport } from "../../core/contracts.js";
import type { Coroutine } from "../../tasks/coroutine.js";
import { BaseEventLoop } from "../base.js";
import { checkConnectionArguments, checkServerArguments, openConnectionTo, openServer, type Connect } from "../endpoints.js";
import type { Server } from "../server.js";
import { loadBinding, type NativeLoop } from "./addon.js";
import { Channel, LASTING_ARENA_BYTES, SEND_ARENA_BYTES, TRANSIENT_ARENA_BYTES } from "./channel.js";
import { connectStream } from "./connect.js";
import { bindListener } from "./listener.js";

/**
 * The native loop: C++ on Node's own libuv loop. One call from C++ a turn, whatever the number of connections; events come and bytes
 * leave through the two rings of `channel`. Mirrors uvloop.Loop.
 */
export class Loop extends BaseEventLoop {
  /** @internal */ readonly native: NativeLoop;
  /** @internal */ readonly channel = new Channel();

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

  override createServer(
    factory: ProtocolFactory,
    host: string | readonly string[] | null = null,
    port = 0,
    options: ServerOptions = {},
  ): Coroutine<Server> {
    this.checkClosed();
    checkServerArguments(factory, host, port, options);
    return openServer(this, (request, onConnection) => bindListener(this, request, onConnection), factory, host, port, options);
  }

  override createConnection<P extends StreamProtocol>(
    factory: ProtocolFactory<P>,
    host: string,
    port: number,
    options: ConnectionOptions = {},
  ): Coroutine<[Transport, P]> {
    this.checkClosed();
    checkConnectionArguments(factory, host, port, options);
    const connect: Connect = (address, to, how) => connectStream(this, address, to, how);
    return openConnectionTo(this, connect, factory as ProtocolFactory, host, port, options) as Coroutine<[Transport, P]>;
  }

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
    this.native.close();
  }

  #onTurn(): number {
    if (this.channel.hasCompletions && this.isRunning()) this.enqueueEvents(this.channel);
    return this.turn();
  }
}
