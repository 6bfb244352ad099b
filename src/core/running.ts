/** The running loop of this thread. Each worker thread loads this module again, so each has its own variable. */
import type { EventLoop } from "./contracts.js";
import { RuntimeError } from "./errors.js";

let runningLoop: EventLoop | null = null;

/** Returns the loop that is running in this thread. Throws RuntimeError if there is none. Mirrors asyncio.get_running_loop. */
export function getRunningLoop(): EventLoop {
  if (runningLoop === null)
    throw new RuntimeError("no running event loop; call this inside asyncio.run(...) or while loop.runForever() is running");
  return runningLoop;
}

/** Returns the loop that is running in this thread, or null. @internal */
export function runningLoopOrNull(): EventLoop | null {
  return runningLoop;
}

/** The loop that was set for this thread: futures created outside of a run belong to it. */
let currentLoop: EventLoop | null = null;

/**
 * Returns the running loop, else the one that was set for this thread. Throws RuntimeError if there is neither. Mirrors asyncio's
 * get_event_loop, which no longer creates a loop since Python 3.14. @internal
 */
export function runningOrCurrentLoop(): EventLoop {
  return runningLoop ?? currentLoop ?? getRunningLoop();
}

/** Sets this thread's loop. Only runners/event-loop-policy.ts calls it. @internal */
export function setCurrentLoop(loop: EventLoop | null): void {
  currentLoop = loop;
}

/** Sets the running loop. Only a loop calls it: with itself when its run starts, with null when it ends. @internal */
export function setRunningLoop(loop: EventLoop | null): void {
  runningLoop = loop;
}
