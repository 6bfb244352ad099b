import type { EventLoop, Suspension, Transport } from "../core/contracts.js";
import { connectionResetError, NotImplementedError } from "../core/errors.js";
import { Future } from "../tasks/future.js";
import { BaseProtocol } from "../transports/protocols.js";

const NOBODY: Future<void>[] = [];

/** The protocol behind a StreamWriter: flow control for `drain()`, and the end for `waitClosed()`. Mirrors asyncio's FlowControlMixin. */
export class DrainProtocol<T> extends BaseProtocol<T> {
  protected readonly loop: EventLoop;
  #paused = false;
  #connectionLost = false;
  /** The waiters of `drain()`; null if there are none. */
  #drainWaiters: Future<void>[] | null = null;
  #closed: Future<void> | null = null;
  #lostTo: Error | null = null;

  constructor(loop: EventLoop) {
    super();
    this.loop = loop;
  }

  override connectionLost(error: Error | null): void {
    if (this.#connectionLost) return;
    this.#connectionLost = true;
    this.#lostTo = error;
    const closed = this.#closed;
    if (closed?.canSettle() === true) settle(closed, error);
    for (const waiter of this.#takeDrainWaiters()) {
      // As in asyncio, a drain() that waits already succeeds if there is no error, though its bytes were dropped. Later ones fail.
      settle(waiter, error);
    }
  }

  override pauseWriting(): void {
    this.#paused = true;
  }

  override resumeWriting(): void {
    this.#paused = false;
    for (const waiter of this.#takeDrainWaiters()) waiter.setResult(undefined);
  }

  /** @internal */
  mayWrite(): boolean {
    return !this.#paused && !this.#connectionLost;
  }

  /** Whether the transport has too much unsent data. Once the connection is lost: whether it had, so that data was dropped. @internal */
  get isWritingPaused(): boolean {
    return this.#paused;
  }

  /** @internal */
  *waitUntilWritable(): Generator<Suspension, void, unknown> {
    if (this.#connectionLost) throw connectionResetError(this.#lostTo);
    if (!this.#paused) return;
    const waiter = new Future<void>({ loop: this.loop });
    (this.#drainWaiters ??= []).push(waiter);
    yield* waiter;
  }

  /** Removes the waiters and returns those that still wait: they may be cancelled, and a Writable may drain after the loop is closed. */
  #takeDrainWaiters(): Future<void>[] {
    const waiters = this.#drainWaiters;
    this.#drainWaiters = null;
    return waiters === null ? NOBODY : waiters.filter((waiter) => waiter.canSettle());
  }

  /** Whether a server accepted the connection. @internal */
  get isServerSide(): boolean {
    return false;
  }

  /** Continues the connection with another transport, after startTls(). @internal */
  replaceTransport(_transport: Transport): void {
    throw new NotImplementedError("startTls() is available on connections only");
  }

  /**
   * Completes when the connection is closed. Created on first use, so that an error that is not awaited is not reported as unretrieved.
   * @internal
   */
  get closed(): Future<void> {
    if (this.#closed === null) {
      this.#closed = new Future<void>({ loop: this.loop });
      if (this.#connectionLost) settle(this.#closed, this.#lostTo);
    }
    return this.#closed;
  }
}

function settle(future: Future<void>, error: Error | null): void {
  if (error === null) future.setResult(undefined);
  else future.setException(error);
}
