/**
 * The native loop, by uvloop's names. Importing this never fails; what needs the addon throws NativeLoopUnavailableError, with the reason,
 * where there is none.
 *
 * ```ts
 * import * as asyncio from "uvio";
 * import * as uvloop from "uvio/uvloop";
 *
 * if (uvloop.isAvailable()) uvloop.install();
 * console.log(await asyncio.run(async () => typeof asyncio.getRunningLoop().time())); // number
 * ```
 */
import { NativeLoopUnavailableError } from "./core/errors.js";
import { loadBinding } from "./native-loop/boundary/addon.js";
import { Loop } from "./native-loop/uv-event-loop.js";
import { DefaultEventLoopPolicy, setEventLoopPolicy } from "./runners/event-loop-policy.js";
import { run as runOn, type RunnerOptions } from "./runners/runner.js";
import type { TaskSource } from "./tasks/task.js";

export { Loop, NativeLoopUnavailableError };

/** Whether the native loop can be used in this process: its addon is there and loads. uvio's own. */
export function isAvailable(): boolean {
  try {
    loadBinding();
    return true;
  } catch (error) {
    if (error instanceof NativeLoopUnavailableError) return false;
    throw error;
  }
}

/** A native loop; close it when it is done with. NativeLoopUnavailableError where there is none. Mirrors uvloop.new_event_loop. */
export function newEventLoop(): Loop {
  return new Loop();
}

/** `asyncio.setEventLoopPolicy(new uvloop.EventLoopPolicy())` makes every new loop a native one. */
export class EventLoopPolicy extends DefaultEventLoopPolicy {
  constructor() {
    super();
    loadBinding(); // Fails here rather than at the first run.
  }

  override newEventLoop(): Loop {
    return newEventLoop();
  }
}

/** Makes every new loop a native one. NativeLoopUnavailableError where there is none. Mirrors uvloop.install. */
export function install(): void {
  setEventLoopPolicy(new EventLoopPolicy());
}

/**
 * As `asyncio.run`, on the native loop. Rejects with NativeLoopUnavailableError where there is none. Mirrors uvloop.run.
 *
 * ```ts
 * import * as asyncio from "uvio";
 * import * as uvloop from "uvio/uvloop";
 *
 * if (uvloop.isAvailable()) {
 *   console.log(await uvloop.run(async () => asyncio.getRunningLoop() instanceof uvloop.Loop)); // true
 * }
 * ```
 */
export async function run<T>(main: TaskSource<T>, options: RunnerOptions = {}): Promise<T> {
  loadBinding();
  return runOn(main, { loopFactory: newEventLoop, ...options });
}
