/** Debug mode: cancellations that do not arrive, or are swallowed. */
import { creationSite } from "../core/creation-site.js";
import type { ScopedTask } from "./cancel-scope.js";

/** Seconds after which a task that was cancelled and still waits for somebody else's promise is reported. */
const STUCK_SECONDS = 1;

function madeAt(task: ScopedTask): string {
  const site = creationSite(task);
  return site === undefined ? "" : `; made at\n${site}`;
}

/** The task was cancelled while it waits for a promise that is not ours, which nothing can interrupt. */
export function watchForeignPromise(task: ScopedTask): void {
  task.loop.callLater(STUCK_SECONDS, () => {
    if (task.done() || task.scope?.mustCancel !== true) return;
    process.emitWarning(
      `${task.toString()} was cancelled ${STUCK_SECONDS} s ago and still waits for a promise that cannot be cancelled; ` +
        `give its maker currentTask().signal, or await wrapFuture(promise)${madeAt(task)}`,
      { type: "uvio" },
    );
  });
}

/** The task has returned although it was cancelled, and has not said by uncancel() that it meant to. */
export function reportSwallowed(task: ScopedTask): void {
  if (task.cancelled() || task.requests === 0) return;
  process.emitWarning(
    `${task.toString()} swallowed a cancellation and went on; rethrow what isCancelled(error) says is one, or call uncancel()${madeAt(task)}`,
    { type: "uvio" },
  );
}
