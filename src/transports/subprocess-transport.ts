/** The transport to a child process and its pipes, shared by both loops. */
import { constants } from "node:os";
import { currentContext, type Context } from "../core/contextvars.js";
import type { BaseProtocol, EventLoop, StreamProtocol, SubprocessProtocol, Transport } from "../core/contracts.js";
import { noSuchProcessError } from "../core/errors.js";
import { Handle } from "../core/handles.js";
import type { Awaitable } from "../tasks/awaitable.js";
import { coroutine } from "../tasks/coroutine.js";
import { Future } from "../tasks/future.js";
import { SubprocessTransport } from "./transports.js";
import { describe } from "../util/format.js";
import { signalName } from "../core/signals.js";
import type { StreamTransport } from "./stream-transport.js";
import type { PendingConnection } from "./attach-protocol.js";

/**
 * asyncio's state machine of a child process, shared by both loops. The protocol's methods are called in this order: connectionMade
 * first; then processExited, when the system reports the exit, and pipeConnectionLost for each pipe, in any order; connectionLost last.
 *
 * - running: the process has not exited. `#returncode` is null; `onExit` sets it.
 * - exited: `#returncode` is set, but a pipe is open, for example in a grandchild. `sendSignal` has no effect.
 * - finished (`#finished`): exited, and all pipes are lost. Set by the last of these events; `sendSignal` fails with ESRCH.
 *
 * `#closing` is independent of these: `close` sets it, which closes the pipes and kills the process.
 */
export class BaseSubprocessTransport extends SubprocessTransport {
  readonly #loop: EventLoop;
  readonly #context: Context = currentContext().copy();
  #protocol: SubprocessProtocol;
  #spawned!: Spawned;
  readonly #pipes = new Map<number, PipeProtocol>();
  #returncode: number | null = null;
  #closing = false;
  #finished = false;
  /** Completed when the process has exited. */
  #exitWaiters: Future<number>[] = [];
  /** Completed when the process has exited and all pipes are lost. */
  #finishWaiters: Future<number>[] = [];

  constructor(loop: EventLoop, protocol: SubprocessProtocol) {
    super();
    this.#loop = loop;
    this.#protocol = protocol;
  }

  /** Starts the pipes and schedules connectionMade. No data of the child can be delivered before it, as that takes a later turn. */
  begin(spawned: Spawned): void {
    this.#spawned = spawned;
    for (const [fd, pipe] of spawned.pipes.entries()) {
      if (pipe === null) continue;
      const protocol = fd === 0 ? new PipeProtocol(this, fd) : new ReadPipeProtocol(this, fd);
      // The cast is safe for stdin too: nothing is received from this end of it.
      protocol.transport = pipe.makeTransport(protocol as BaseProtocol as StreamProtocol, null);
      this.#pipes.set(fd, protocol);
      protocol.transport.begin(null);
    }
    this.#tell(() => this.#protocol.connectionMade?.(this));
  }

  /** Completes `ready` after connectionMade. */
  tellWhenBegun(ready: Future<void>): void {
    this.#tell(() => {
      if (!ready.done()) ready.setResult(undefined);
    });
  }

  /** Called when the process has exited; `returncode` is -N if signal N killed it. */
  readonly onExit = (returncode: number): void => {
    this.#returncode = returncode;
    this.#tell(() => this.#protocol.processExited?.());
    settle(this.#exitWaiters.splice(0), returncode);
    this.#tryFinish();
  };

  // ---------------------------------------------------------------------------------------------- called by the pipes

  onPipeData(fd: number, data: Buffer): void {
    // asyncio calls the protocol through the ready queue. A direct call gives the same order.
    new Handle(this.#loop, () => this.#protocol.pipeDataReceived?.(fd, data), null, this.#context).run();
  }

  onPipeBytes(fd: number, bytes: Uint8Array, lasting: boolean): void {
    if (this.#protocol.pipeBytesBorrowed !== undefined) this.#protocol.pipeBytesBorrowed(fd, bytes, lasting);
    else this.onPipeData(fd, lasting ? (bytes as Buffer) : Buffer.from(bytes));
  }

  onPipeLost(fd: number, error: Error | null): void {
    this.#tell(() => this.#protocol.pipeConnectionLost?.(fd, error));
    this.#tryFinish();
  }

  pauseWriting(): void {
    this.#protocol.pauseWriting?.();
  }

  resumeWriting(): void {
    this.#protocol.resumeWriting?.();
  }

  /** Whether the protocol takes transient bytes, which saves a copy. */
  get takesTransientBytes(): boolean {
    return this.#protocol.pipeBytesBorrowed !== undefined;
  }

  // ---------------------------------------------------------------------------------------------- asyncio's API

  override getPid(): number {
    return this.#spawned.pid;
  }

  override getReturncode(): number | null {
    return this.#returncode;
  }

  override getPipeTransport(fd: number): Transport | null {
    return this.#pipes.get(fd)?.transport ?? null;
  }

  override sendSignal(signal: NodeJS.Signals | number): void {
    const number = signal === 0 ? 0 : constants.signals[signalName(signal)];
    if (this.#finished) throw noSuchProcessError();
    if (this.#returncode === null) this.#spawned.kill(number);
  }

  override terminate(): void {
    this.sendSignal("SIGTERM");
  }

  override kill(): void {
    this.sendSignal("SIGKILL");
  }

  /** Closes the pipes, and kills the process if it runs. */
  override close(): void {
    if (this.#closing) return;
    this.#closing = true;
    for (const { transport } of this.#pipes.values()) transport.close();
    if (this.#returncode !== null) return;
    try {
      this.#spawned.kill(constants.signals.SIGKILL);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EPERM") throw error; // The process now runs as another user.
    }
  }

  override isClosing(): boolean {
    return this.#closing;
  }

  override setProtocol(protocol: SubprocessProtocol): void {
    if (typeof protocol !== "object" || protocol === null) throw new TypeError(`protocol must be an object, got ${describe(protocol)}`);
    this.#protocol = protocol;
  }

  override getProtocol(): SubprocessProtocol {
    return this.#protocol;
  }

  override waitForExit(pipes: boolean): Awaitable<number> {
    return waitForExit(() => {
      if (this.#returncode !== null) return this.#returncode;
      const waiter = new Future<number>({ loop: this.#loop });
      (pipes ? this.#finishWaiters : this.#exitWaiters).push(waiter);
      return waiter;
    });
  }

  override toString(): string {
    const state = this.#returncode === null ? "running" : `returncode=${this.#returncode}`;
    return `<ProcessTransport${this.#closing ? " closing" : ""} pid=${this.#spawned?.pid ?? "none"} ${state}>`;
  }

  // ---------------------------------------------------------------------------------------------- private

  #tell(callback: () => void): void {
    this.#loop.enqueue(new Handle(this.#loop, callback, null, this.#context));
  }

  #tryFinish(): void {
    const returncode = this.#returncode;
    if (returncode === null || this.#finished) return;
    for (const { isLost } of this.#pipes.values()) if (!isLost) return;
    this.#finished = true;
    this.#tell(() => {
      try {
        this.#protocol.connectionLost?.(null);
      } finally {
        settle(this.#finishWaiters.splice(0), returncode);
      }
    });
  }
}

const waitForExit = coroutine(function* waitForExit(start: () => number | Future<number>) {
  const started = start();
  return typeof started === "number" ? started : yield* started;
});

function settle(waiters: readonly Future<number>[], returncode: number): void {
  for (const waiter of waiters) if (!waiter.done()) waiter.setResult(returncode);
}

/** The protocol of one pipe: passes its events to the process's transport. */
class PipeProtocol implements BaseProtocol {
  protected readonly process: BaseSubprocessTransport;
  protected readonly fd: number;
  transport!: StreamTransport;
  isLost = false;

  constructor(process: BaseSubprocessTransport, fd: number) {
    this.process = process;
    this.fd = fd;
  }

  connectionLost(error: Error | null): void {
    this.isLost = true;
    this.process.onPipeLost(this.fd, error);
  }

  pauseWriting(): void {
    this.process.pauseWriting();
  }

  resumeWriting(): void {
    this.process.resumeWriting();
  }
}

class ReadPipeProtocol extends PipeProtocol {
  /** Makes the transport deliver transient bytes; absent if the protocol keeps what it receives. */
  readonly bytesBorrowed?: (bytes: Uint8Array, lasting: boolean) => void;

  constructor(process: BaseSubprocessTransport, fd: number) {
    super(process, fd);
    if (process.takesTransientBytes) this.bytesBorrowed = (bytes, lasting) => process.onPipeBytes(fd, bytes, lasting);
  }

  dataReceived(data: Buffer): void {
    this.process.onPipeData(this.fd, data);
  }
}

/** A child process that was started. */
export interface Spawned {
  readonly pid: number;
  /** The pipes by the child's descriptors, null for a descriptor without one. The first is for writing, the others for reading. */
  readonly pipes: readonly (PendingConnection | null)[];
  /** Sends a signal by number. Has no effect once the process has exited. */
  kill(signal: number): void;
}
