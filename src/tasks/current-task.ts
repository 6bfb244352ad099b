/**
 * Tracks the current task and its current cancel scope.
 *
 * While a generator frame runs, they are kept in a module variable. V8 resumes an async function on its own, where no such variable is
 * set, so its scope travels in an AsyncLocalStorage. That is entered only when an async function starts under a task: a program of
 * generators never pays for it.
 */
import type { AsyncLocalStorage } from "node:async_hooks";
import { scopes } from "../core/async-stores.js";
import { contextState } from "../core/contextvars.js";
import { CancelScope, isTaskFrame, type PendingAwait, type CancelTarget, type FrameDriver, type ScopedTask } from "./cancel-scope.js";

/** A task stands for its root scope, which is created by the first await in it: a handler that turns out to be a generator needs none. */
const storage = scopes as AsyncLocalStorage<CancelScope | ScopedTask>;
/** Whether an async function has ever run under a task. Until then `getStore` is not called. */
let storageInUse = false;

export const running: {
  /** The driver whose frame runs now. Set and reset by step(); null while an async function runs its first part. */
  driver: FrameDriver | null;
  /**
   * An async function was started or resumed: the loop must let the microtask queue drain before it runs the next handle. Set here and by
   * DerivedPromise; read and reset by BaseEventLoop after each handle.
   */
  drain: boolean;
} = { driver: null, drain: false };
/**
 * The scope of the async function that runs now; null outside of one. Also null if its task has finished: an async context outlives its
 * task, in timers and emitters that were created inside it.
 */
export function storedScope(): CancelScope | null {
  const stored = liveStore();
  return stored === null || stored instanceof CancelScope ? stored : stored.rootScope();
}

function liveStore(): CancelScope | ScopedTask | null {
  if (!storageInUse) return null;
  const stored = storage.getStore();
  return stored === undefined || stored.task.done() ? null : stored;
}

/** The task whose code runs now; null in a plain callback. */
export function runningTask(): ScopedTask | null {
  const driver = running.driver;
  return driver !== null ? driver.task : (liveStore()?.task ?? null);
}

/** The scope of the code that runs now; null outside of a task. Creates the root scope of a generator task. */
export function currentScope(): CancelScope | null {
  const driver = running.driver;
  return driver !== null ? (driver.scope ?? driver.task.rootScope()) : storedScope();
}

/** Calls `start(argument)`, which runs the synchronous first part of an async function that belongs to `scope`. */
export function startInScope<T, A>(scope: CancelScope | ScopedTask, start: (argument: A) => T, argument?: A): T {
  const stored = scope instanceof CancelScope && scope.parent === null ? scope.task : scope;
  running.drain = true;
  storageInUse = true;
  const driver = running.driver;
  running.driver = null;
  try {
    return storage.getStore() === stored ? start(argument as A) : storage.run(stored, start, argument as A);
  } finally {
    running.driver = driver;
  }
}

contextState.inherited = () => (storageInUse ? (storage.getStore()?.task.context ?? null) : null);

/**
 * Opens a scope around a block of the frame that runs now. A task's own frame needs none, hence null: it waits in one place at a time, so
 * while it is in the block, everything that the task awaits is inside the block.
 */
export function openScope(): CancelScope | null {
  const driver = running.driver!;
  if (isTaskFrame(driver)) return null;
  const pending = driver as PendingAwait;
  const outer = pending.scope;
  const scope = new CancelScope(outer.task, outer);
  moveTo(pending, scope);
  return scope;
}

/** Closes what openScope() returned. Called by the same frame, though an async generator may have moved that frame to another driver. */
export function closeScope(scope: CancelScope | null): void {
  if (scope === null) return;
  const pending = running.driver as PendingAwait | null;
  if (pending !== null && pending.scope === scope) moveTo(pending, scope.parent!); // Otherwise leaveScopes() has moved the frame.
  scope.close();
}

/**
 * Leaves the scopes that an async generator opened since `outer`. A generator emits values from inside blocks that stay open, and another
 * await may resume it, or none. From then on a cancellation of such a block reaches whatever is awaited around it, as in asyncio.
 */
export function leaveScopes(outer: CancelScope | null): void {
  const driver = running.driver;
  if (driver === null || outer === null || isTaskFrame(driver)) return;
  const pending = driver as PendingAwait;
  if (pending.scope === outer) return;
  for (let scope: CancelScope | null = pending.scope; scope !== null && scope !== outer; scope = scope.parent) scope.mergeIntoParent();
  moveTo(pending, outer);
}

function moveTo(pending: PendingAwait, scope: CancelScope): void {
  pending.scope.remove(pending);
  scope.append(pending);
  pending.scope = scope;
}

/** The target that a block which starts here cancels; null outside of a task. */
export function currentCancelTarget(): CancelTarget | null {
  const driver = running.driver;
  if (driver !== null && isTaskFrame(driver)) return driver.task as unknown as CancelTarget;
  const scope = currentScope();
  return scope === null ? null : scope.parent === null ? (scope.task as unknown as CancelTarget) : scope;
}
