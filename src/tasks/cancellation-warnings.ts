/** Debug mode: warns of cancellations that are not delivered or are swallowed. */
import { creationSite } from "../core/creation-site.js";
import type { ScopedTask } from "./cancel-scope.js";

/** Seconds after which a cancelled task that still waits for a foreign promise is reported. */
const STUCK_SECONDS = 1;

function createdAt(task: ScopedTask): string {
  const site = creationSite(task);
  return site === undefined ? "" : `; created at\n${site}`;
}

/** Called when a task is cancelled while it waits for a foreign promise, which cannot be interrupted. */
export function watchForeignPromise(task: ScopedTask): void {
  task.loop.callLater(STUCK_SECONDS, () => {
    if (task.done() || task.scope?.mustCancel !== true) return;
    process.emitWarning(
      `${task.toString()} was cancelled ${STUCK_SECONDS} s ago and still waits for a promise that cannot be cancelled; ` +
        `pass currentTask().signal to what creates it, or await wrapFuture(promise)${createdAt(task)}`,
      { type: "uvio" },
    );
  });
}

/** Called when a task returns. Warns if it was cancelled and did not call uncancel(). */
export function reportSwallowed(task: ScopedTask): void {
  if (task.cancelled() || task.requests === 0) return;
  process.emitWarning(
    `${task.toString()} swallowed a cancellation and went on; rethrow errors for which isCancelled(error) is true, ` +
      `or call uncancel()${createdAt(task)}`,
    { type: "uvio" },
  );
}
