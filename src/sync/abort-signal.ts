import { describe } from "../util/format.js";
import type { Future } from "../tasks/future.js";

/** What a wait that can be given up takes. */
export interface Abortable {
  /** Aborting rejects this one wait with `signal.reason` and leaves the task alone; aborted already: before any side effect. */
  signal?: AbortSignal;
}

export function checkSignal(signal: unknown): void {
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new TypeError(`signal must be an AbortSignal, got ${describe(signal)}`);
}

/** The futures that wait for each signal: one listener serves them all, however many workers share a shutdown signal. */
const waiting = new WeakMap<AbortSignal, Set<Future<unknown>>>();

/** Fails `future` when the signal aborts. Call the result once the future is done, or the listener stays. */
export function failOnAbort(future: Future<unknown>, signal: AbortSignal): () => void {
  let futures = waiting.get(signal);
  if (futures === undefined) {
    const all = (futures = new Set<Future<unknown>>());
    const onAbort = (): void => {
      for (const one of all) if (!one.done()) one.failWith(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    listeners.set(all, onAbort);
    waiting.set(signal, all);
  }
  const set = futures;
  set.add(future);
  return () => {
    set.delete(future);
    if (set.size > 0) return;
    signal.removeEventListener("abort", listeners.get(set)!);
    if (waiting.get(signal) === set) waiting.delete(signal);
  };
}

const listeners = new WeakMap<Set<Future<unknown>>, () => void>();
