/**
 * Event loop policies, and the functions that create and return the current loop. Mirrors asyncio.events; asyncio has deprecated policies.
 */
import { BaseEventLoop } from "../loop/base-event-loop.js";
import { RuntimeError } from "../core/errors.js";
import { getRunningLoop as coreRunningLoop, runningLoopOrNull, setCurrentLoop } from "../core/running.js";
import { NodeEventLoop } from "../portable-loop/node-event-loop.js";
import { describe } from "../util/format.js";

/** Creates loops, and holds the current one of this thread. Mirrors asyncio.AbstractEventLoopPolicy. */
export abstract class AbstractEventLoopPolicy {
  /** Creates a loop of this policy's kind. */
  abstract newEventLoop(): BaseEventLoop;
  /** Returns the current loop, creating it on first use. Throws RuntimeError after `setEventLoop(null)`. */
  abstract getEventLoop(): BaseEventLoop;
  /** Sets the loop that `getEventLoop()` returns; null removes it. */
  abstract setEventLoop(loop: BaseEventLoop | null): void;
}

/** Creates portable loops. Base class of other policies, which override `newEventLoop()`. Mirrors asyncio.DefaultEventLoopPolicy. */
export class DefaultEventLoopPolicy extends AbstractEventLoopPolicy {
  #loop: BaseEventLoop | null = null;
  #everSet = false;

  /** Creates a portable loop. */
  newEventLoop(): BaseEventLoop {
    return new NodeEventLoop();
  }

  getEventLoop(): BaseEventLoop {
    if (this.#loop === null && !this.#everSet) this.setEventLoop(this.newEventLoop());
    if (this.#loop === null)
      throw new RuntimeError("There is no current event loop in this thread; create one with setEventLoop(newEventLoop())");
    return this.#loop;
  }

  /** Sets the loop that `getEventLoop()` returns; null removes it. Throws TypeError for anything else. */
  setEventLoop(loop: BaseEventLoop | null): void {
    checkLoop(loop);
    this.#everSet = true;
    this.#loop = loop;
    if (this === policy) setCurrentLoop(loop);
  }
}

function checkLoop(loop: unknown): void {
  if (loop !== null && !(loop instanceof BaseEventLoop)) throw new TypeError(`loop must be an event loop or null, got ${describe(loop)}`);
}

let policy: AbstractEventLoopPolicy = new DefaultEventLoopPolicy();

/** Returns the current policy. Mirrors asyncio.get_event_loop_policy. */
export function getEventLoopPolicy(): AbstractEventLoopPolicy {
  return policy;
}

/**
 * Sets the policy: `setEventLoopPolicy(new uvloop.EventLoopPolicy())` selects the native loop, null restores the portable one. Throws
 * TypeError for anything else. Mirrors asyncio.set_event_loop_policy.
 */
export function setEventLoopPolicy(newPolicy: AbstractEventLoopPolicy | null): void {
  if (newPolicy !== null && !(newPolicy instanceof AbstractEventLoopPolicy)) {
    throw new TypeError(`policy must be an EventLoopPolicy or null, got ${describe(newPolicy)}`);
  }
  policy = newPolicy ?? new DefaultEventLoopPolicy();
  setCurrentLoop(null);
}

/** Creates a loop of the current policy's kind, which the caller must close. Mirrors asyncio.new_event_loop. */
export function newEventLoop(): BaseEventLoop {
  return policy.newEventLoop();
}

/** Returns the loop that is running in this thread. Throws RuntimeError if there is none. Mirrors asyncio.get_running_loop. */
export function getRunningLoop(): BaseEventLoop {
  return coreRunningLoop() as BaseEventLoop;
}

/**
 * Returns the loop that is running in this thread, or else the one of `setEventLoop()`, creating one if it was never called. Throws
 * RuntimeError after `setEventLoop(null)`. Use `getRunningLoop()` in coroutines. Mirrors asyncio.get_event_loop.
 */
export function getEventLoop(): BaseEventLoop {
  const running = runningLoopOrNull() as BaseEventLoop | null;
  if (running !== null) return running;
  const loop = policy.getEventLoop();
  setCurrentLoop(loop);
  return loop;
}

/** Sets the loop that `getEventLoop()` returns while none is running; null removes it. Mirrors asyncio.set_event_loop. */
export function setEventLoop(loop: BaseEventLoop | null): void {
  checkLoop(loop);
  policy.setEventLoop(loop);
  setCurrentLoop(loop);
}
