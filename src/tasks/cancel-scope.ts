/**
 * Cancel scopes: which awaits a cancellation reaches.
 */
import type { Context } from "../core/contextvars.js";
import type { Runnable } from "../core/contracts.js";
import { cancelledError } from "../core/errors.js";
import { LinkedList, type ListNode } from "../util/linked-list.js";
import type { Future } from "./future.js";

/** What a scope knows of its task. */
export interface ScopedTask extends Future<unknown> {
  /** @internal */ readonly context: Context;
  /** The scope of its async functions; made when the first one starts. @internal */
  scope: CancelScope | null;
  /** Cancellations requested of the task as a whole, and of scopes inside it; not taken back yet. @internal */
  requests: number;
  /** @internal */ nestedRequests: number;
  /** @internal */ rootScope(): CancelScope;
}

/** One suspended or running generator frame and who drives it: a task, or an `await` inside an async function. */
export interface FrameDriver extends Runnable {
  /** @internal */ readonly task: ScopedTask;
  /** @internal */ scope: CancelScope | null;
  /** The future the frame is suspended on; null while it runs, is in the ready queue, or waits for a promise. asyncio's _fut_waiter. @internal */
  waitingFor: Future<unknown> | null;
  /** The frame waits for a promise of an async function it has started, whose own awaits are in the scope. @internal */
  onPromise: boolean;
  /** A cancellation to be thrown into the frame at its next step. @internal */
  mustCancel: boolean;
  /** The frame has returned or thrown. @internal */
  succeed(value: unknown): void;
  /** @internal */ fail(error: unknown): void;
}

/** An `await` of ours in an async function: a driver that its scope knows, so that the task's `cancel()` reaches it. */
export interface PendingAwait extends FrameDriver, ListNode {
  scope: CancelScope;
}

/** What `timeout`, `waitFor` and `TaskGroup` cancel: a task as a whole, or the part of one that was awaited inside them. */
export interface CancelTarget {
  cancel(message?: unknown): boolean;
  uncancel(): number;
  cancelling(): number;
  /** Has a request that was delivered already be delivered once more, at the next await; the count stays. */
  redeliver(): void;
}

/**
 * The async side of a task, or of one block in it: the awaits of ours that its async functions have pending. A task may wait in several
 * places at once (`Promise.all`); a block's own cancellation must reach only what was awaited inside the block.
 */
export class CancelScope implements CancelTarget, ListNode {
  readonly task: ScopedTask;
  readonly parent: CancelScope | null;
  readonly awaits = new LinkedList<PendingAwait>();
  /** Scopes opened inside this one; most have none. */
  #children: LinkedList<CancelScope> | null = null;
  /** A cancellation that came while nothing of ours was awaited; delivered at the next await that suspends. */
  mustCancel = false;
  /** Cancellations requested of this scope; the root's are the task's. */
  #requests = 0;
  /** The block has ended, or goes on in other frames than its own: from now on requests concern the scope around it. */
  #merged = false;
  #controller: AbortController | null = null;
  previous: ListNode | null = null;
  next: ListNode | null = null;

  constructor(task: ScopedTask, parent: CancelScope | null) {
    this.task = task;
    this.parent = parent;
    if (parent !== null) (parent.#children ??= new LinkedList<CancelScope>()).append(this);
  }

  /** As Task.cancel, for what is awaited inside this scope. */
  cancel(message?: unknown): boolean {
    if (this.task.done()) return false;
    if (this.#merged) return this.#around().cancel(message);
    this.#requests++;
    this.task.nestedRequests++;
    this.abortSignals(message);
    if (!this.cancelAwaits(message)) this.deferCancel(message);
    return true;
  }

  /** Takes one request of this scope's back; returns how many are left on the path to the root. */
  uncancel(): number {
    if (this.#merged) return this.#around().uncancel();
    if (this.#requests > 0) {
      this.#requests--;
      this.task.nestedRequests--;
    }
    const left = this.cancelling();
    if (left === 0) {
      clearPath(this);
      this.clearCancel();
    }
    return left;
  }

  redeliver(): void {
    if (this.#merged) this.#around().redeliver();
    else this.deferCancel(undefined);
  }

  /** Requests that concern what is awaited here: this scope's, and those around it. */
  cancelling(): number {
    let count = this.task.requests;
    for (let scope: CancelScope | null = this; scope !== null; scope = scope.parent) count += scope.#requests;
    return count;
  }

  /** Every request was taken back: what begins now is not cancelled, and gets a fresh signal. */
  clearCancel(): void {
    this.mustCancel = false;
    this.#controller = null;
  }

  /** Aborts when this scope, one around it or the whole task is cancelled. */
  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.cancelling() > 0) this.#controller.abort(cancelledError(this.task.cancelMessage)); // Cancelled before anybody asked.
    }
    return this.#controller.signal;
  }

  /** Aborts the signals of this scope and of those inside. */
  abortSignals(message: unknown): void {
    this.#controller?.abort(cancelledError(message));
    if (this.#children !== null) for (const child of this.#children) child.abortSignals(message);
  }

  /** Cancels every await in here and in the scopes inside. False if there is none. */
  cancelAwaits(message: unknown): boolean {
    let reached = false;
    for (const pending of this.awaits) {
      if (pending.onPromise) continue;
      cancelDriver(pending, message);
      reached = true;
    }
    if (this.#children !== null) for (const child of this.#children) if (child.cancelAwaits(message)) reached = true;
    return reached;
  }

  /** Keeps a request for the next await. */
  deferCancel(message: unknown): void {
    this.task.cancelMessage = message;
    this.mustCancel = true;
  }

  /** The block has ended: what is undelivered concerns the scope around it. */
  close(): void {
    this.parent!.#children!.remove(this);
    this.mergeIntoParent();
  }

  /** Stands for the scope around it from now on: whoever still holds it as its target cancels what is awaited there. */
  mergeIntoParent(): void {
    if (this.#merged) return;
    this.#merged = true;
    const parent = this.parent!;
    if (this.mustCancel) parent.mustCancel = true;
    this.mustCancel = false;
    if (parent.parent === null) {
      this.task.requests += this.#requests;
      this.task.nestedRequests -= this.#requests;
    } else {
      parent.#requests += this.#requests;
    }
    this.#requests = 0;
  }

  #around(): CancelTarget {
    const parent = this.parent!;
    return parent.parent === null ? (this.task as unknown as CancelTarget) : parent;
  }
}

/** Whether the frame is a task's own generator: one place at a time, and no scope of its own. Else it belongs to an `await` in a scope. */
export function isTaskFrame(driver: FrameDriver): boolean {
  return (driver as unknown) === driver.task;
}

/** Cancels what the driver waits for; where that cannot be, has CancelledError thrown at its next step. */
export function cancelDriver(driver: FrameDriver, message: unknown): void {
  if (driver.waitingFor?.cancel(message) === true) return;
  driver.mustCancel = true;
  driver.task.cancelMessage = message;
}

/**
 * Suspends a driver on a pending future. Every wait begins here: in a task's own frame, in an `await`, in a retry. A cancellation that was
 * requested while nothing was awaited meets its wait here too: it cancels the future at once, and the driver is resumed with CancelledError.
 */
export function suspendOn(driver: FrameDriver, future: Future<unknown>): void {
  future.addWaiter(driver);
  driver.waitingFor = future;
  if (mustCancel(driver) && future.cancel(driver.task.cancelMessage)) clearMustCancel(driver);
}

/** Whether a cancellation waits to be delivered to this driver. */
export function mustCancel(driver: FrameDriver): boolean {
  if (driver.mustCancel) return true;
  for (let scope = driver.scope; scope !== null; scope = scope.parent) if (scope.mustCancel) return true;
  return false;
}

/** One delivered CancelledError answers every request made so far. */
export function clearMustCancel(driver: FrameDriver): void {
  driver.mustCancel = false;
  if (driver.scope !== null) clearPath(driver.scope);
}

function clearPath(from: CancelScope): void {
  for (let scope: CancelScope | null = from; scope !== null; scope = scope.parent) scope.mustCancel = false;
}
