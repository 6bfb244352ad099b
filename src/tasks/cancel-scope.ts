/**
 * How a cancellation reaches what a task awaits.
 *
 * A generator task waits in one place at a time: its own frame. An async function may wait in several (`Promise.all`), and nothing can be
 * thrown into it. So each of its awaits is a FrameDriver in the list of a CancelScope, and cancelling the task cancels all of them. A block
 * (`timeout`, `TaskGroup`, `waitFor`) in an async function opens a scope inside, whose own cancellation reaches only the awaits made there.
 *
 * A cancellation is delivered once. If a future is being awaited, cancelling that future delivers it. Otherwise a `mustCancel` flag keeps
 * it, on the driver or on a scope, and the next await that suspends takes it: `suspendOn`. Counting is separate: `requests` says how many
 * cancellations were requested and not taken back by uncancel(), delivered or not.
 */
import type { Context } from "../core/contextvars.js";
import type { Runnable } from "../core/contracts.js";
import { cancelledError } from "../core/errors.js";
import { LinkedList, type ListNode } from "../util/linked-list.js";
import type { Future } from "./future.js";

/** A task as its scopes see it. */
export interface ScopedTask extends Future<unknown> {
  /** Itself. @internal */ readonly task: ScopedTask;
  /** @internal */ readonly context: Context;
  /** The root scope: of the task's async functions outside of any block. Created by their first await. @internal */
  scope: CancelScope | null;
  /** Cancellations of the task as a whole that uncancel() did not take back. @internal */
  requests: number;
  /** The same for the scopes inside it, summed up, so that cancelling() does not have to visit them. @internal */
  nestedRequests: number;
  /** @internal */ rootScope(): CancelScope;
}

/**
 * Drives one frame, running or suspended: a Task its generator, an `await` in an async function the awaitable. The frame
 * runs, or is suspended on a future (`waitingFor`) or a promise (`onPromise`), or waits in the ready queue for its next step.
 */
export interface FrameDriver extends Runnable {
  /** @internal */ readonly task: ScopedTask;
  /** @internal */ scope: CancelScope | null;
  /** The future that the frame is suspended on. Set by suspendOn(), cleared by the next step. asyncio's _fut_waiter. @internal */
  waitingFor: Future<unknown> | null;
  /** The frame waits for the promise of an async function that it started. The awaits of that function are in the scope. @internal */
  onPromise: boolean;
  /** A cancellation that is still to be delivered to this frame, at its next step or its next wait. asyncio's _must_cancel. @internal */
  mustCancel: boolean;
  /** Called when the frame has returned. @internal */
  succeed(value: unknown): void;
  /** Called when the frame has thrown. @internal */
  fail(error: unknown): void;
}

/** A pending `await` of a uvio awaitable in an async function. Its scope lists it, so that the task's cancel() reaches it. */
export interface PendingAwait extends FrameDriver, ListNode {
  scope: CancelScope;
}

/** The target of `timeout`, `waitFor` and `TaskGroup`: a whole task, or the awaits made inside their block. */
export interface CancelTarget {
  cancel(message?: unknown): boolean;
  uncancel(): number;
  cancelling(): number;
  /** Delivers a cancellation once more, at the next await. The count of requests stays. */
  redeliver(): void;
}

/**
 * The list of the pending awaits of one task's async functions: the root scope of a task, or the scope of one block in it. Scopes of a task
 * form a tree. An idle connection has a scope, so it is the list itself and not its owner.
 *
 * - open: lists the awaits made in its block; its cancel() reaches those and the scopes inside.
 * - merged: its block has ended, or was left by an async generator (mergeIntoParent). It forwards every call to the scope around it,
 *   since a timer or a TaskGroup may still hold it as its target. A root scope never merges.
 *
 * Invariants:
 * - `mustCancel` is set by deferCancel(), when a cancellation finds no await, and by an await that ends without having taken its own. It is
 *   cleared on delivery (suspendOn() and steps), by forget(), and by merging, which moves it to the parent.
 * - `#requests` goes up by one with cancel() and down by one with uncancel(). Merging adds it to the parent. It stays 0 in a root scope:
 *   the task counts the requests for the whole task.
 * - `#controller` is created by the first read of `signal`. forget() drops it if it has aborted: later reads get a fresh signal.
 */
export class CancelScope extends LinkedList<PendingAwait> implements CancelTarget, ListNode {
  readonly task: ScopedTask;
  readonly parent: CancelScope | null;
  /** Open scopes inside this one; most scopes have none. */
  #children: LinkedList<CancelScope> | null = null;
  /** A cancellation that is still to be delivered, to whichever await in here or inside suspends next. */
  mustCancel = false;
  #requests = 0;
  #merged = false;
  #controller: AbortController | null = null;
  /** Links of the parent's list. */
  previous: ListNode | null = null;
  next: ListNode | null = null;

  constructor(task: ScopedTask, parent: CancelScope | null) {
    super();
    this.task = task;
    this.parent = parent;
    if (parent !== null) (parent.#children ??= new LinkedList<CancelScope>()).append(this);
  }

  /** Requests cancellation of what is awaited inside this scope. False if the task is done. */
  cancel(message?: unknown): boolean {
    if (this.task.done()) return false;
    if (this.#merged) return this.#around().cancel(message);
    this.#requests++;
    this.task.nestedRequests++;
    this.abortSignals(message);
    if (!this.cancelAwaits(message)) this.deferCancel(message);
    return true;
  }

  /**
   * Takes one request back: of this scope, or else of the nearest one around it that has any, up to the whole task. asyncio has one count
   * for them all. Returns how many are left here and in the scopes around it.
   */
  uncancel(): number {
    if (this.#merged) return this.#around().uncancel();
    const requested = this.#nearestRequested();
    if (requested !== null) requested.#takeBack();
    else if (this.task.requests > 0) this.task.requests--;
    const left = this.cancelling();
    if (left === 0) this.#forgetUpwards();
    return left;
  }

  /** uncancel() of a task that runs in this scope, or that is suspended if this is its root: takes one request of a block in it back. */
  uncancelBlock(): void {
    const requested = this.#nearestRequested() ?? this.task.scope!.#nextRequested();
    if (requested === null) return;
    requested.#takeBack();
    if (requested.cancelling() === 0) requested.#forgetUpwards();
  }

  redeliver(): void {
    if (this.#merged) this.#around().redeliver();
    else this.deferCancel(undefined);
  }

  /** Counts the requests that concern an await made here: of this scope, of those around it, of the task. */
  cancelling(): number {
    let count = this.task.requests;
    for (let scope: CancelScope | null = this; scope !== null; scope = scope.parent) count += scope.#requests;
    return count;
  }

  /**
   * Forgets a cancellation that was not delivered, after the last request for this scope was taken back: here, in the awaits that are due,
   * and in the scopes inside that have no requests of their own.
   */
  forget(): void {
    this.mustCancel = false;
    for (const pending of this) pending.mustCancel = false;
    if (this.#controller?.signal.aborted === true) this.#controller = null;
    if (this.#children !== null) for (const child of this.#children) if (child.#requests === 0) child.forget();
  }

  /** Aborts when this scope, one around it or the whole task is cancelled. */
  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.cancelling() > 0) this.#controller.abort(cancelledError(this.task.cancelMessage)); // Cancelled before the first read.
    }
    return this.#controller.signal;
  }

  /** Aborts the signals of this scope and of those inside. */
  abortSignals(message: unknown): void {
    this.#controller?.abort(cancelledError(message));
    if (this.#children !== null) for (const child of this.#children) child.abortSignals(message);
  }

  /** Cancels every await in here and in the scopes inside. False if there is none: then deferCancel() must keep the request. */
  cancelAwaits(message: unknown): boolean {
    let reached = false;
    for (const pending of this) {
      if (pending.onPromise) continue;
      cancelDriver(pending, message);
      reached = true;
    }
    if (this.#children !== null) for (const child of this.#children) if (child.cancelAwaits(message)) reached = true;
    return reached;
  }

  /** The first future that an await in here or inside waits for, for the text of the task. */
  awaited(): Future<unknown> | null {
    for (const { waitingFor } of this) if (waitingFor !== null) return waitingFor;
    if (this.#children !== null) {
      for (const child of this.#children) {
        const awaited = child.awaited();
        if (awaited !== null) return awaited;
      }
    }
    return null;
  }

  /** Keeps a cancellation for the next await that suspends. */
  deferCancel(message: unknown): void {
    this.task.cancelMessage = message;
    this.mustCancel = true;
  }

  /** Called when the block ends. */
  close(): void {
    this.parent!.#children!.remove(this);
    this.mergeIntoParent();
  }

  /** Moves requests and an undelivered cancellation to the scope around, for which this one stands from now on. */
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

  #takeBack(): void {
    this.#requests--;
    this.task.nestedRequests--;
  }

  /** The innermost scope with a request of its own, from this one outwards. */
  #nearestRequested(): CancelScope | null {
    let scope: CancelScope | null = this;
    while (scope !== null && scope.#requests === 0) scope = scope.parent;
    return scope;
  }

  /** A scope with a request of its own: this one or one inside. */
  #nextRequested(): CancelScope | null {
    if (this.#requests > 0) return this;
    if (this.#children === null) return null;
    for (const child of this.#children) {
      const requested = child.#nextRequested();
      if (requested !== null) return requested;
    }
    return null;
  }

  #forgetUpwards(): void {
    clearPath(this);
    this.forget();
  }

  #around(): CancelTarget {
    const parent = this.parent!;
    return parent.parent === null ? (this.task as unknown as CancelTarget) : parent;
  }
}

/** Whether the frame is the generator of a task. Otherwise the driver is an `await` in an async function, and has a scope. */
export function isTaskFrame(driver: FrameDriver): boolean {
  return (driver as unknown) === driver.task;
}

/**
 * Cancels the future that a driver waits for. If there is none, or it cannot be cancelled, the driver's next step throws CancelledError.
 */
export function cancelDriver(driver: FrameDriver, message: unknown): void {
  if (driver.waitingFor?.cancel(message) === true) return;
  driver.mustCancel = true;
  driver.task.cancelMessage = message;
}

/**
 * Suspends a driver on a pending future. Every wait starts here: of a task's frame, of an `await`, of a retry. A cancellation that was
 * requested while nothing was awaited is delivered here: it cancels the future, and the driver is resumed with CancelledError. If the
 * future refuses to be cancelled, the cancellation stays for the driver's next step.
 */
export function suspendOn(driver: FrameDriver, future: Future<unknown>): void {
  future.addWaiter(driver);
  driver.waitingFor = future;
  if (mustCancel(driver) && future.cancel(driver.task.cancelMessage)) clearMustCancel(driver);
}

/** Whether a cancellation is to be delivered to this driver: its own, or one of a scope that it is in. */
export function mustCancel(driver: FrameDriver): boolean {
  if (driver.mustCancel) return true;
  for (let scope = driver.scope; scope !== null; scope = scope.parent) if (scope.mustCancel) return true;
  return false;
}

/** Called on delivery. One CancelledError answers every request made so far. */
export function clearMustCancel(driver: FrameDriver): void {
  driver.mustCancel = false;
  if (driver.scope !== null) clearPath(driver.scope);
}

function clearPath(from: CancelScope): void {
  for (let scope: CancelScope | null = from; scope !== null; scope = scope.parent) scope.mustCancel = false;
}
