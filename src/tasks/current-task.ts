/**
 * Tracks the current task and its current cancel scope.
 *
 * While a generator frame runs, they are kept in a module variable. V8 resumes an async function on its own, where no such variable is
 * set, so its scope travels in an AsyncLocalStorage. That is entered only when an async function starts under a task: a program of
 * generators never pays for it.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { contextState } from "../core/contextvars.js";
import { CancelScope, isTaskFrame, type PendingAwait, type CancelTarget, type FrameDriver, type ScopedTask } from "./cancel-scope.js";

const storage = new AsyncLocalStorage<CancelScope>();
/** `getStore` is asked only once some async function has run under a task. */
let storageInUse = false;

export const running: {
  /** The driver whose generator frame runs now. Set and reset by step.ts. */
  driver: FrameDriver | null;
  /** An async function was started or resumed: the microtask queue must drain before the next handle runs. Reset by the loop. */
  drain: boolean;
} = { driver: null, drain: false };
/** The scope of the async function that runs now; null outside of one, and when its task has finished: a context outlives its task. */
export function storedScope(): CancelScope | null {
  if (!storageInUse) return null;
  const scope = storage.getStore();
  return scope === undefined || scope.task.done() ? null : scope;
}

/** The task whose code runs now. */
export function runningTask(): ScopedTask | null {
  const driver = running.driver;
  return driver !== null ? driver.task : (storedScope()?.task ?? null);
}

/** The scope of the code that runs now; made for a generator task that has none yet. */
export function currentScope(): CancelScope | null {
  const driver = running.driver;
  return driver !== null ? (driver.scope ?? driver.task.rootScope()) : storedScope();
}

/** Runs the synchronous first part of an async function that belongs to `scope`. */
export function startInScope<T>(scope: CancelScope, start: () => T): T {
  running.drain = true;
  storageInUse = true;
  const driver = running.driver;
  running.driver = null;
  try {
    return storage.getStore() === scope ? start() : storage.run(scope, start);
  } finally {
    running.driver = driver;
  }
}

contextState.inherited = () => (storageInUse ? (storage.getStore()?.task.context ?? null) : null);

/**
 * Opens a scope around a block of the frame that runs now. A task's own frame needs none: it is in one place at a time, so that all the
 * task waits for is inside the block.
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

/** Called by the same frame, which an async generator may have given to another driver meanwhile. */
export function closeScope(scope: CancelScope | null): void {
  if (scope === null) return;
  const pending = running.driver as PendingAwait | null;
  if (pending !== null && pending.scope === scope) moveTo(pending, scope.parent!); // Else the frame has left it already: leaveScopes.
  scope.close();
}

/**
 * An async generator gives control out of blocks that stay open, and may be resumed by another await, or never: its driver leaves the scopes
 * opened since `outer`. As in asyncio, such a block's cancellation then reaches whatever is awaited around it.
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
  pending.scope.awaits.remove(pending);
  scope.awaits.append(pending);
  pending.scope = scope;
}

/** What a block that begins here is to cancel; null outside of a task. */
export function currentCancelTarget(): CancelTarget | null {
  const driver = running.driver;
  if (driver !== null && isTaskFrame(driver)) return driver.task as unknown as CancelTarget;
  const scope = currentScope();
  return scope === null ? null : scope.parent === null ? (scope.task as unknown as CancelTarget) : scope;
}
