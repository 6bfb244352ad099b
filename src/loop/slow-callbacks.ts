/** Debug mode of the loop. */
import type { Runnable } from "../core/contracts.js";
import { isGeneratorFunction } from "../tasks/coroutine.js";
import { functionName } from "../util/format.js";

/** Runs one entry of the ready queue, and says so if it takes long. */
export function runTimed(runnable: Runnable, loop: { slowCallbackDuration: number }): void {
  const text = String(runnable); // Before it runs: a handle forgets its callback when it is cancelled meanwhile.
  const begin = performance.now();
  runnable.run();
  const seconds = (performance.now() - begin) / 1000;
  if (seconds >= loop.slowCallbackDuration) process.emitWarning(`Executing ${text} took ${seconds.toFixed(3)} seconds`, { type: "uvio" });
}

/** A generator function that is called does nothing: it was meant to be a task. */
export function checkDebugCallback(callback: unknown, caller: string): void {
  if (isGeneratorFunction(callback as object)) {
    throw new TypeError(`coroutines cannot be used with ${caller}(): ${functionName(callback)} is a generator function; use createTask()`);
  }
}
