/**
 * Who is waiting: which task, and inside it which scope, the code that runs now belongs to.
 *
 * While a generator frame runs a plain variable says it. An async function is resumed by V8, where no variable of ours is set, so
 * the scope travels in an AsyncLocalStorage; that is entered only when an async function starts under a task, and programs of
 * generators never pay for it.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { contextState, type Context } from "../core/contextvars.js";
import type { Runnable } from "../core/contracts.js";
import { LinkedList, type ListNode } from "../util/linked-list.js";
import type { Future } from "./future.js";

/** What a scope knows of its task. */
export interface Owner extends Future<unknown> {
  readonly context: Context;
  /** The scope of its async functions; made when the first one starts. */
  scope: Scope | null;
  rootScope(): Scope;
}

/** One suspended or running generator frame and who drives it: a task, or an `await` inside an async function. */
export interface Runner extends Runnable {
  readonly task: Owner;
  readonly scope: Scope | null;
  /** The future the frame is suspended on; null while it runs, is in the ready queue, or waits for a promise. asyncio's _fut_waiter. */
  waitingFor: Future<unknown> | null;
  /** The frame waits for a promise of an async function it has started, whose own awaits are in the scope. */
  onPromise: boolean;
  /** A cancellation to be thrown into the frame at its next step. */
  mustCancel: boolean;
  /** The frame has returned or thrown. */
  succeed(value: unknown): void;
  fail(error: unknown): void;
}

/** An `await` of ours in an async function: a runner that its scope knows, so that the task's `cancel()` reaches it. */
export interface PendingAwait extends Runner, ListNode {}

/** The async side of a task: the awaits of ours that its async functions have pending. */
export class Scope {
  readonly task: Owner;
  readonly awaits = new LinkedList<PendingAwait>();
  /** A cancellation that came while nothing of ours was awaited; delivered at the next await that suspends. */
  mustCancel = false;

  constructor(task: Owner) {
    this.task = task;
  }
}

const storage = new AsyncLocalStorage<Scope>();

/** `getStore` is asked only once some async function has run under a task. */
let storageInUse = false;

export const running: {
  /** The runner whose generator frame runs now. Set and reset by step.ts. */
  runner: Runner | null;
  /** An async function was started or resumed: the microtask queue must drain before the next handle runs. Reset by the loop. */
  drain: boolean;
} = { runner: null, drain: false };

/** The scope of the async function that runs now; null outside of one, and when its task has finished: a context outlives its task. */
export function storedScope(): Scope | null {
  if (!storageInUse) return null;
  const scope = storage.getStore();
  return scope === undefined || scope.task.done() ? null : scope;
}

/** The task whose code runs now. */
export function currentOwner(): Owner | null {
  const runner = running.runner;
  return runner !== null ? runner.task : (storedScope()?.task ?? null);
}

/** The scope of the code that runs now; made for a generator task that has none yet. */
export function currentScope(): Scope | null {
  const runner = running.runner;
  return runner !== null ? (runner.scope ?? runner.task.rootScope()) : storedScope();
}

/** Runs the synchronous first part of an async function that belongs to `scope`. */
export function startInScope<T>(scope: Scope, start: () => T): T {
  running.drain = true;
  storageInUse = true;
  const runner = running.runner;
  running.runner = null;
  try {
    return storage.getStore() === scope ? start() : storage.run(scope, start);
  } finally {
    running.runner = runner;
  }
}

contextState.inherited = () => (storageInUse ? (storage.getStore()?.task.context ?? null) : null);
