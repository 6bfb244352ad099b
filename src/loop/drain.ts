/**
 * Drains the microtasks and the ticks without leaving the turn: a resumed async function must reach its next suspension before the next
 * callback runs.
 *
 * The function used is the one that Node calls between two timers. It has no public name, so it is used only if it is what it is known to
 * be, and works: docs/decisions/0015. Otherwise the turn returns to its caller, which drains too, at several times the cost.
 */
const candidate = (process as { _tickCallback?: unknown })._tickCallback;

/** `--pending-deprecation` wraps the function, under another name; the wrapper would print a warning. */
const runNextTicks = typeof candidate === "function" && candidate.name === "runNextTicks" ? (candidate as () => void) : null;

/** Whether the function works here. Null: not known yet. */
let usable: boolean | null = runNextTicks === null ? false : null;

/** Drains as at the end of a callback of Node. Returns false if it cannot; then nothing was drained. Must not be called by a microtask. */
export function drainInTurn(): boolean {
  usable ??= probe();
  if (!usable) return false;
  while (!drained());
  return true;
}

/** Drains once. False if a tick has thrown: the ticks after it have not run yet. */
function drained(): boolean {
  try {
    runNextTicks!();
    return true;
  } catch (error) {
    // It must not reach the turn, which did not throw it. Thrown by a microtask, it is an uncaught exception for Node, which also resets
    // its stack of async ids then.
    queueMicrotask(() => {
      throw error;
    });
    return false;
  }
}

/** Whether a promise job runs inside the call. It does not in a microtask, or where the function is only an imitation. */
function probe(): boolean {
  let ran = false;
  void Promise.resolve().then(() => (ran = true));
  drained();
  return ran;
}
