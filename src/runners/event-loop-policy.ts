/** Which loop a program gets. Mirrors asyncio's event loop policies, which it has deprecated; `run(main, { loopFactory })` does without. */
import { BaseEventLoop } from "../loop/base-event-loop.js";
import { RuntimeError } from "../core/errors.js";
import { getRunningLoop as coreRunningLoop, runningLoopOrNull, setCurrentLoop } from "../core/running.js";
import { NodeEventLoop } from "../portable-loop/node-event-loop.js";
import { describe } from "../util/format.js";

/** Makes loops, and holds the current one of this thread. Mirrors asyncio.AbstractEventLoopPolicy. */
export abstract class AbstractEventLoopPolicy {
  /** A new loop of this policy's kind. */
  abstract newEventLoop(): BaseEventLoop;
  /** The current loop; made on first use. RuntimeError if it was taken away with `setEventLoop(null)`. */
  abstract getEventLoop(): BaseEventLoop;
  /** Makes `loop` what `getEventLoop` gives; null takes it away. */
  abstract setEventLoop(loop: BaseEventLoop | null): void;
}

/** Of the portable loop, and the base of other policies: they override `newEventLoop`. Mirrors asyncio.DefaultEventLoopPolicy. */
export class DefaultEventLoopPolicy extends AbstractEventLoopPolicy {
  #loop: BaseEventLoop | null = null;
  #everSet = false;

  /** A portable loop. */
  newEventLoop(): BaseEventLoop {
    return new NodeEventLoop();
  }

  getEventLoop(): BaseEventLoop {
    if (this.#loop === null && !this.#everSet) this.setEventLoop(this.newEventLoop());
    if (this.#loop === null)
      throw new RuntimeError("There is no current event loop in this thread; make one: setEventLoop(newEventLoop())");
    return this.#loop;
  }

  /** As AbstractEventLoopPolicy says. */
  setEventLoop(loop: BaseEventLoop | null): void {
    this.#everSet = true;
    this.#loop = loop;
  }
}

let policy: AbstractEventLoopPolicy = new DefaultEventLoopPolicy();

/** What makes this process's loops. Mirrors asyncio.get_event_loop_policy. */
export function getEventLoopPolicy(): AbstractEventLoopPolicy {
  return policy;
}

/**
 * The drop-in swap: `setEventLoopPolicy(new uvloop.EventLoopPolicy())`. `null` restores the portable loop; what is no policy is a TypeError.
 * Mirrors asyncio.set_event_loop_policy.
 */
export function setEventLoopPolicy(newPolicy: AbstractEventLoopPolicy | null): void {
  if (newPolicy !== null && !(newPolicy instanceof AbstractEventLoopPolicy)) {
    throw new TypeError(`policy must be an EventLoopPolicy or null, got ${describe(newPolicy)}`);
  }
  policy = newPolicy ?? new DefaultEventLoopPolicy();
  setCurrentLoop(null);
}

/** A new loop of the policy's kind; close it when it is done with. Mirrors asyncio.new_event_loop. */
export function newEventLoop(): BaseEventLoop {
  return policy.newEventLoop();
}

/** The loop whose run is under way in this thread. RuntimeError if there is none. Mirrors asyncio.get_running_loop. */
export function getRunningLoop(): BaseEventLoop {
  return coreRunningLoop() as BaseEventLoop;
}

/**
 * The loop that runs in this thread, else the one that `setEventLoop` has set; where none was, one is made. RuntimeError after
 * `setEventLoop(null)`. Inside of coroutines write `getRunningLoop`. Mirrors asyncio.get_event_loop.
 */
export function getEventLoop(): BaseEventLoop {
  const running = runningLoopOrNull() as BaseEventLoop | null;
  if (running !== null) return running;
  const loop = policy.getEventLoop();
  setCurrentLoop(loop);
  return loop;
}

/** Makes `loop` the one that `getEventLoop` gives when none runs; null takes it away. Mirrors asyncio.set_event_loop. */
export function setEventLoop(loop: BaseEventLoop | null): void {
  if (loop !== null && !(loop instanceof BaseEventLoop)) throw new TypeError(`loop must be an event loop or null, got ${describe(loop)}`);
  policy.setEventLoop(loop);
  setCurrentLoop(loop);
}
