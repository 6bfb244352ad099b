/** The checks of debug mode: callbacks that block the loop, and coroutine functions passed as callbacks. */
import type { Runnable } from "../core/contracts.js";
import { isGeneratorFunction } from "../core/generators.js";
import { isLazyFunction } from "../tasks/coroutine.js";
import { functionName } from "../util/format.js";

/** Runs one entry of the ready queue; warns if it takes `slowCallbackDuration` seconds or longer. */
export function runTimed(runnable: Runnable, loop: { slowCallbackDuration: number }): void {
  const text = String(runnable); // Before it runs: a handle that is cancelled during its run forgets its callback.
  const begin = performance.now();
  runnable.run();
  const seconds = (performance.now() - begin) / 1000;
  if (seconds >= loop.slowCallbackDuration) process.emitWarning(`Executing ${text} took ${seconds.toFixed(3)} seconds`, { type: "uvio" });
}

/**
 * Throws TypeError for a generator function and for a function made by coroutine(): calling one only creates a generator or a coroutine, so
 * a task was intended. An async function runs when it is called.
 */
export function checkDebugCallback(callback: object, caller: string): void {
  const kind = isGeneratorFunction(callback) ? "generator" : isLazyFunction(callback) ? "coroutine" : null;
  if (kind === null) return;
  throw new TypeError(`coroutines cannot be used with ${caller}(): ${functionName(callback)} is a ${kind} function; use createTask()`);
}
