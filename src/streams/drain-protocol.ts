import type { EventLoop, Suspension } from "../core/contracts.js";
import { connectionResetError } from "../core/errors.js";
import { Future } from "../tasks/future.js";
import { BaseProtocol } from "../transports/protocols.js";

/** What a StreamWriter needs of its protocol: flow control for `drain()`, and the end for `waitClosed()`. asyncio's FlowControlMixin. */
export abstract class DrainProtocol<T> extends BaseProtocol<T> {
  protected readonly loop: EventLoop;
  #paused = false;
  #connectionLost = false;
  readonly #drainWaiters: Future<void>[] = [];
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
    if (closed !== null && !closed.done()) settle(closed, error);
    for (const waiter of this.#drainWaiters.splice(0)) {
      if (waiter.done()) continue;
      if (error === null) waiter.setException(connectionResetError());
      else waiter.setException(error);
    }
  }

  override pauseWriting(): void {
    this.#paused = true;
  }

  override resumeWriting(): void {
    this.#paused = false;
    for (const waiter of this.#drainWaiters.splice(0)) if (!waiter.done()) waiter.setResult(undefined);
  }

  /** @internal */
  mayWrite(): boolean {
    return !this.#paused && !this.#connectionLost;
  }

  /** @internal */
  *waitUntilWritable(): Generator<Suspension, void, unknown> {
    if (this.#connectionLost) throw connectionResetError();
    if (!this.#paused) return;
    const waiter = new Future<void>({ loop: this.loop });
    this.#drainWaiters.push(waiter);
    yield* waiter;
  }

  /** Done when the connection is gone. Made when somebody asks, so that an error nobody waits for is not reported as lost. @internal */
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
