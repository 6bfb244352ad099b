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

/** Called by a loop when its run begins (itself) and ends (null), and by nobody else. @internal */
export function setRunningLoop(loop: EventLoop | null): void {
  runningLoop = loop;
}
