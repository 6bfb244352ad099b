/** Who awaits whom, of a running program. Mirrors asyncio.graph of Python 3.14. */
import { Handle } from "../core/handles.js";
import { describe } from "../util/format.js";
import { awaiterOf } from "./awaited-by.js";
import { Future } from "../tasks/future.js";
import type { FrameDriver } from "../tasks/cancel-scope.js";
import type { StackEntry } from "../tasks/call-stack.js";
import { currentTask, Task } from "../tasks/task.js";

/** A future or task, where it is, and who awaits it. */
export interface FutureCallGraph {
  readonly future: Future<unknown>;
  /** Innermost first, as in asyncio; empty for a plain future. */
  readonly callStack: readonly StackEntry[];
  readonly awaitedBy: readonly FutureCallGraph[];
}

/** Options of `captureCallGraph` and its like. */
export interface CallGraphOptions {
  /** Frames of each stack: the innermost ones if positive, the outermost if negative. Default all. */
  limit?: number | null;
}

const extraAwaiters = new WeakMap<Future<unknown>, Set<Future<unknown>>>();

/** Says that `by` awaits `future`, where uvio cannot see it: for awaitables of your own. Mirrors asyncio.future_add_to_awaited_by. */
export function futureAddToAwaitedBy(future: Future<unknown>, by: Future<unknown>): void {
  let awaiters = extraAwaiters.get(future);
  if (awaiters === undefined) extraAwaiters.set(future, (awaiters = new Set()));
  awaiters.add(by);
}

/** Takes back what futureAddToAwaitedBy has said. Mirrors asyncio.future_discard_from_awaited_by. */
export function futureDiscardFromAwaitedBy(future: Future<unknown>, by: Future<unknown>): void {
  extraAwaiters.get(future)?.delete(by);
}

/**
 * The graph of the future; of the current task where it is null, and null outside of one. Coroutines inside of a task are in it in debug mode;
 * otherwise the outermost one. Mirrors asyncio.capture_call_graph.
 */
export function captureCallGraph(future: Future<unknown> | null = null, options: CallGraphOptions = {}): FutureCallGraph | null {
  const which = future ?? currentTask();
  if (which === null) return null;
  if (!(which instanceof Future)) throw new TypeError(`future must be a Future or Task, got ${describe(which)}`);
  return capture(which, options.limit ?? null, new Set());
}

/** captureCallGraph as text, one line a future or frame. Mirrors asyncio.format_call_graph. */
export function formatCallGraph(future: Future<unknown> | null = null, options: CallGraphOptions = {}): string {
  const graph = captureCallGraph(future, options);
  const lines: string[] = [];
  if (graph !== null) format(graph, "", lines);
  return lines.join("\n");
}

/** Writes formatCallGraph to stderr, or where `write` does. Mirrors asyncio.print_call_graph. */
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
  // A cycle ends where it closes: its members wait for each other for ever, which is what one wants to see.
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
