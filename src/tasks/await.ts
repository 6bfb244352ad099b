/**
 * `await` of a uvio awaitable in an async function. V8 calls `then`, and the awaitable is driven as part of the task that awaits. This file
 * provides `then`; derived-promise.ts calls V8 back.
 */
import type { AsyncResource } from "node:async_hooks";
import { currentStores } from "../core/async-stores.js";
import type { Suspension } from "../core/contracts.js";
import { RuntimeError } from "../core/errors.js";
import { runningLoopOrNull } from "../core/running.js";
import { awaiting, type Awaitable } from "./awaitable.js";
import { DerivedPromise, type Handler } from "./derived-promise.js";
import { CANCELLED, Future, PENDING, RESULT } from "./future.js";
import { mustCancel, suspendOn, type ScopedTask, type PendingAwait, type CancelScope } from "./cancel-scope.js";
import { currentScope, running } from "./current-task.js";
import { step, takeCancellation, wake, type Frame } from "./step.js";

/** A pending await: drives a frame, or waits for one future, as part of the task of the async function. */
class Await extends DerivedPromise implements PendingAwait {
  /** Changes while the frame is inside a block that opens a scope. */
  scope: CancelScope;
  readonly #frame: Frame | null;
  /** The AsyncLocalStorage stores that the frame goes on with. */
  readonly #stores: AsyncResource | null;
  waitingFor: Future<unknown> | null = null;
  onPromise = false;
  mustCancel = false;
  /** Links of the scope's list. */
  previous: PendingAwait | null = null;
  next: PendingAwait | null = null;

  constructor(scope: CancelScope, frame: Frame | null, onFulfilled: Handler, onRejected: Handler) {
    super(onFulfilled, onRejected);
    this.scope = scope;
    this.#frame = frame;
    this.#stores = frame === null ? null : currentStores();
    scope.append(this);
  }

  get task(): ScopedTask {
    return this.scope.task;
  }

  /** The first step, inside the call of `then`: an awaitable that does not have to wait takes no turn of the loop. */
  start(): void {
    step(this, this.#frame!, false, undefined);
  }

  /** Called by the loop when the future is done. */
  run(): void {
    if (this.#frame !== null) {
      if (this.#stores === null) wake(this, this.#frame);
      else this.#stores.runInAsyncScope(wake, undefined, this, this.#frame);
      return;
    }
    const future = this.waitingFor!;
    if (mustCancel(this) && takeCancellation(this)) this.fail(this.task.makeCancelledError());
    else if (future.state === RESULT) this.succeed(future.value);
    else this.fail(errorOf(future));
  }

  succeed(value: unknown): void {
    this.#leave();
    this.fulfil(value);
  }

  fail(error: unknown): void {
    this.#leave();
    this.reject(error);
  }

  #leave(): void {
    this.waitingFor = null;
    this.scope.remove(this);
    // Cancelled while its frame ran, and the frame ended without suspending: the cancellation is kept for the next await of the scope.
    if (this.mustCancel) this.scope.mustCancel = true;
  }
}

/** The promise derived by a handler that returned nothing. It can be shared, as nothing changes it any more. */
const NOTHING = new DerivedPromise(null, null);
NOTHING.fulfil(undefined);

/** `then` of an awaitable that already has its result. Allocates nothing for `await`, whose handler returns nothing. */
export function fulfilled(value: unknown, onFulfilled: Handler): PromiseLike<unknown> {
  let outcome = value;
  if (typeof onFulfilled === "function") {
    running.drain = true;
    try {
      outcome = onFulfilled(value);
    } catch (error) {
      return rejected(error, null);
    }
    if (outcome === undefined) return NOTHING;
  }
  const derived = new DerivedPromise(null, null);
  derived.fulfil(outcome);
  return derived;
}

/** `then` of an awaitable that has already failed. */
export function rejected(error: unknown, onRejected: Handler): PromiseLike<unknown> {
  const chained = new DerivedPromise(null, onRejected);
  chained.reject(error);
  return chained;
}

/** The error of a future that is cancelled or has failed. Marks it as retrieved. */
export function errorOf(future: Future<unknown>): unknown {
  return future.state === CANCELLED ? future.makeCancelledError() : future.exception();
}

function settleFrom(future: Future<unknown>, chained: DerivedPromise): void {
  if (future.state === RESULT) chained.fulfil(future.value);
  else chained.reject(errorOf(future));
}

function awaitFuture(future: Future<unknown>, onFulfilled: Handler, onRejected: Handler): PromiseLike<unknown> {
  if (future.state !== PENDING) {
    const chained = new DerivedPromise(onFulfilled, onRejected);
    settleFrom(future, chained);
    return chained;
  }
  const scope = currentScope();
  if (scope === null) {
    // Outside of a task: there is nothing to cancel.
    const chained = new DerivedPromise(onFulfilled, onRejected);
    future.addWaiter({ run: () => settleFrom(future, chained) });
    return chained;
  }
  const task = scope.task;
  if (future.loop !== task.loop || (future as unknown) === task) {
    const chained = new DerivedPromise(onFulfilled, onRejected);
    const why =
      (future as unknown) === task
        ? `Task cannot await on itself: ${task.toString()}`
        : `Task ${task.toString()} got Future ${future.toString()} attached to a different loop`;
    task.loop.enqueue({ run: () => chained.reject(new RuntimeError(why)) });
    return chained;
  }
  const pending = new Await(scope, null, onFulfilled, onRejected);
  suspendOn(pending, future);
  return pending;
}

function awaitFrame(target: Awaitable<unknown>, scope: CancelScope, onFulfilled: Handler, onRejected: Handler): PromiseLike<unknown> {
  let frame: Iterator<Suspension, unknown, unknown>;
  try {
    frame = target[Symbol.iterator]();
  } catch (error) {
    return rejected(error, onRejected);
  }
  const pending = new Await(scope, frame, onFulfilled, onRejected);
  pending.start();
  return pending;
}

/** Makes a task of an awaitable. Set by task.ts, which imports this file. @internal */
export const outside: { toTask: (target: Awaitable<unknown>) => Future<unknown> } = {
  toTask: () => {
    throw new Error("uvio is not initialised: import it through its entry points");
  },
};

awaiting.then = (target, onFulfilled, onRejected) => {
  if (target instanceof Future) return awaitFuture(target, onFulfilled as Handler, onRejected as Handler);
  const scope = currentScope();
  if (scope !== null) return awaitFrame(target, scope, onFulfilled as Handler, onRejected as Handler);
  if (runningLoopOrNull() !== null) return awaitFuture(outside.toTask(target), onFulfilled as Handler, onRejected as Handler);
  const chained = new DerivedPromise(onFulfilled as Handler, onRejected as Handler);
  chained.reject(new RuntimeError(`no running event loop to await ${String(target)} in; call this from inside asyncio.run(...)`));
  return chained;
};
