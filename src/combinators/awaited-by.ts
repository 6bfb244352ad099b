/** Records for the call graph which future or task a done callback waits for: gather, shield and wait mark theirs. */
import type { Future } from "../tasks/future.js";

const awaiter = Symbol("uvio.awaiter");

/** Marks the done callback as waiting on behalf of `by`, and returns it. */
export function markAwaitedBy<F extends object>(callback: F, by: Future<unknown> | null): F {
  (callback as { [awaiter]?: Future<unknown> | null })[awaiter] = by;
  return callback;
}

/** Returns the future or task that the done callback waits on behalf of, or null. */
export function awaiterOf(callback: object | null): Future<unknown> | null {
  return (callback as { [awaiter]?: Future<unknown> | null } | null)?.[awaiter] ?? null;
}
