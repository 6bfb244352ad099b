/** The option `signal`: a single wait that an AbortSignal can end. */
import { describe } from "../util/format.js";
import type { Future } from "../tasks/future.js";

/** Options of a wait that can be aborted. */
export interface Abortable {
  /**
   * Aborting rejects this one wait with `signal.reason`; the task is not cancelled. If the signal is already aborted, the call rejects
   * before it has any side effect.
   */
  signal?: AbortSignal;
}

/** Throws TypeError for anything but an AbortSignal or undefined. */
export function checkSignal(signal: unknown): void {
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new TypeError(`signal must be an AbortSignal, got ${describe(signal)}`);
}

/** The waiting futures of each signal. They share one listener, because many tasks may share one shutdown signal. */
const waiting = new WeakMap<AbortSignal, Set<Future<unknown>>>();

/** Fails `future` when the signal aborts. Call the returned function once the future is done; otherwise the listener leaks. */
export function failOnAbort(future: Future<unknown>, signal: AbortSignal): () => void {
  let futures = waiting.get(signal);
  if (futures === undefined) {
    const all = (futures = new Set<Future<unknown>>());
    const onAbort = (): void => {
      for (const one of all) if (one.canSettle()) one.failWith(signal.reason);
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

/** The listener of each set of futures, for removing it. */
const listeners = new WeakMap<Set<Future<unknown>>, () => void>();
