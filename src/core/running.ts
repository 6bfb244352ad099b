/** Which loop runs in this thread. Each worker thread loads this module anew and so has a slot of its own. */
import type { EventLoop } from "./contracts.js";
import { RuntimeError } from "./errors.js";

let runningLoop: EventLoop | null = null;

/** The loop whose run is under way in this thread. RuntimeError if there is none. Mirrors asyncio.get_running_loop. */
export function getRunningLoop(): EventLoop {
  if (runningLoop === null)
    throw new RuntimeError("no running event loop; call this from inside asyncio.run(...) or while loop.runForever() is under way");
  return runningLoop;
}

/** As getRunningLoop, or null. @internal */
export function runningLoopOrNull(): EventLoop | null {
  return runningLoop;
}

/** What was set in this thread, for what is made outside of a run. */
let currentLoop: EventLoop | null = null;

/**
 * The loop that runs, else the one that was set in this thread: what futures that are made before a run belong to. RuntimeError if there
 * is neither. Mirrors asyncio's get_event_loop, which makes none since 3.14. @internal
 */
export function runningOrCurrentLoop(): EventLoop {
  return runningLoop ?? currentLoop ?? getRunningLoop();
}

/** Called by policy/ when a loop becomes this thread's own, and by nobody else. @internal */
export function setCurrentLoop(loop: EventLoop | null): void {
  currentLoop = loop;
}

/** Called by a loop when its run begins (itself) and ends (null), and by nobody else. @internal */
export function setRunningLoop(loop: EventLoop | null): void {
  runningLoop = loop;
}
