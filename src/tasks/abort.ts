import { describe } from "../util/format.js";
import type { Future } from "./future.js";

/** What a wait that can be given up takes. */
export interface Abortable {
  /** Aborting rejects this one wait with `signal.reason` and leaves the task alone; aborted already: before any side effect. */
  signal?: AbortSignal;
}

export function checkSignal(signal: unknown): void {
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new TypeError(`signal must be an AbortSignal, got ${describe(signal)}`);
}

/** Fails `future` when the signal aborts. Call the result once the future is done, or the listener stays. */
export function failOnAbort(future: Future<unknown>, signal: AbortSignal): () => void {
  const onAbort = (): void => {
    if (!future.done()) future.failWith(signal.reason);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  return () => signal.removeEventListener("abort", onAbort);
}
