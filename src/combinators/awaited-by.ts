/** Marks a done-callback as waiting on behalf of a future or task (gather's, shield's, wait's), for the call graph. */
import type { Future } from "../tasks/future.js";

const awaiter = Symbol("uvio.awaiter");

export function markAwaitedBy<F extends object>(callback: F, by: Future<unknown> | null): F {
  (callback as { [awaiter]?: Future<unknown> | null })[awaiter] = by;
  return callback;
}

export function awaiterOf(callback: object | null): Future<unknown> | null {
  return (callback as { [awaiter]?: Future<unknown> | null } | null)?.[awaiter] ?? null;
}
