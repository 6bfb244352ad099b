/** The call graph of a running program: which tasks and futures await which. Mirrors asyncio.graph of Python 3.14. */
import { Handle } from "../core/handles.js";
import { describe } from "../util/format.js";
import { awaiterOf } from "./awaited-by.js";
import { Future } from "../tasks/future.js";
import type { FrameDriver } from "../tasks/cancel-scope.js";
import type { StackEntry } from "../tasks/call-stack.js";
import { currentTask, Task } from "../tasks/task.js";

/** A node of the call graph: a future or task, its call stack, and the nodes that await it. Mirrors asyncio.FutureCallGraph. */
export interface FutureCallGraph {
  readonly future: Future<unknown>;
  /** The frames of a task, innermost first; empty for a plain future. */
  readonly callStack: readonly StackEntry[];
  readonly awaitedBy: readonly FutureCallGraph[];
}

/** Options of `captureCallGraph`, `formatCallGraph` and `printCallGraph`. */
export interface CallGraphOptions {
  /** The number of frames of each stack: the innermost if positive, the outermost if negative. Default: all. */
  limit?: number | null;
}

const extraAwaiters = new WeakMap<Future<unknown>, Set<Future<unknown>>>();

/** Records that `by` awaits `future`, for your own awaitables, which uvio cannot see. Mirrors asyncio.future_add_to_awaited_by. */
export function futureAddToAwaitedBy(future: Future<unknown>, by: Future<unknown>): void {
  let awaiters = extraAwaiters.get(future);
  if (awaiters === undefined) extraAwaiters.set(future, (awaiters = new Set()));
  awaiters.add(by);
}

/** Removes the record of futureAddToAwaitedBy. Mirrors asyncio.future_discard_from_awaited_by. */
export function futureDiscardFromAwaitedBy(future: Future<unknown>, by: Future<unknown>): void {
  extraAwaiters.get(future)?.delete(by);
}

/**
 * Returns the call graph of the future, by default of the current task; null if there is none. In debug mode a task's call stack has all
 * its coroutines, otherwise only the outermost one. Throws TypeError for anything but a Future. Mirrors asyncio.capture_call_graph.
 */
export function captureCallGraph(future: Future<unknown> | null = null, options: CallGraphOptions = {}): FutureCallGraph | null {
  const which = future ?? currentTask();
  if (which === null) return null;
  if (!(which instanceof Future)) throw new TypeError(`future must be a Future or Task, got ${describe(which)}`);
  return capture(which, options.limit ?? null, new Set());
}

/** Returns the graph of `captureCallGraph` as text, with one line per future or frame. Mirrors asyncio.format_call_graph. */
export function formatCallGraph(future: Future<unknown> | null = null, options: CallGraphOptions = {}): string {
  const graph = captureCallGraph(future, options);
  const lines: string[] = [];
  if (graph !== null) format(graph, "", lines);
  return lines.join("\n");
}

/** Writes the text of `formatCallGraph` to stderr, or passes it to `write`. Mirrors asyncio.print_call_graph. */
export function printCallGraph(
  future: Future<unknown> | null = null,
  options: CallGraphOptions & { write?: (text: string) => void } = {},
): void {
  const { write = (text: string) => void process.stderr.write(text) } = options;
  write(`${formatCallGraph(future, options)}\n`);
}

function capture(future: Future<unknown>, limit: number | null, path: Set<Future<unknown>>): FutureCallGraph {
  path.add(future);
  const stack = future instanceof Task ? future.getStack().reverse() : [];
  const callStack = limit === null ? stack : limit >= 0 ? stack.slice(0, limit) : stack.slice(limit);
  // Stop where a cycle closes. Its members wait for each other for ever, and the graph shows that.
  const awaitedBy = [...awaiters(future)].filter((one) => !path.has(one)).map((one) => capture(one, limit, path));
  path.delete(future);
  return { future, callStack, awaitedBy };
}

function awaiters(future: Future<unknown>): Set<Future<unknown>> {
  const { waiters } = future;
  const found = new Set<Future<unknown>>();
  for (const waiter of waiters === null ? [] : Array.isArray(waiters) ? waiters : [waiters]) {
    const by = waiter instanceof Handle ? awaiterOf(waiter.callback) : (waiter as Partial<FrameDriver>).task;
    if (by !== undefined && by !== null) found.add(by as Future<unknown>);
  }
  for (const by of extraAwaiters.get(future) ?? []) found.add(by);
  return found;
}

function format(graph: FutureCallGraph, indent: string, lines: string[]): void {
  lines.push(`${indent}* ${graph.future.toString()}`);
  if (graph.callStack.length > 0) lines.push(`${indent}  + Call stack:`);
  for (const { name } of graph.callStack) lines.push(`${indent}  |   in ${name}()`);
  if (graph.awaitedBy.length > 0) lines.push(`${indent}  + Awaited by:`);
  for (const by of graph.awaitedBy) format(by, `${indent}    `, lines);
}
