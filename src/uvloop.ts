/**
 * The entry point `uvio/uvloop`: the native loop, by uvloop's names. Importing it never fails. Functions that need the addon throw
 * NativeLoopUnavailableError, with the reason, if it is not available.
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
import { flattened } from "./util/options.js";

export { Loop, NativeLoopUnavailableError };

/** Whether the native loop can be used: its addon exists and loads. Not part of uvloop. */
export function isAvailable(): boolean {
  return unavailableReason() === null;
}

/**
 * Says why the native loop cannot be used, and how that can be changed: the platform that has no addon, and the command that builds one. Null
 * if the loop is available. Not part of uvloop.
 *
 * ```ts
 * import * as uvloop from "uvio/uvloop";
 *
 * if (!uvloop.isAvailable()) console.warn(uvloop.unavailableReason());
 * ```
 */
export function unavailableReason(): string | null {
  try {
    loadBinding();
    return null;
  } catch (error) {
    if (error instanceof NativeLoopUnavailableError) return error.message;
    throw error;
  }
}

/**
 * Creates a native loop, which the caller must close. Throws NativeLoopUnavailableError without the addon. Mirrors uvloop.new_event_loop.
 */
export function newEventLoop(): Loop {
  return new Loop();
}

/** After `asyncio.setEventLoopPolicy(new uvloop.EventLoopPolicy())` every new loop is native. Mirrors uvloop.EventLoopPolicy. */
export class EventLoopPolicy extends DefaultEventLoopPolicy {
  constructor() {
    super();
    loadBinding(); // Throws here, not at the first run.
  }

  override newEventLoop(): Loop {
    return newEventLoop();
  }
}

/** Makes every new loop a native one. Throws NativeLoopUnavailableError without the addon. Mirrors uvloop.install. */
export function install(): void {
  setEventLoopPolicy(new EventLoopPolicy());
}

/**
 * Like `asyncio.run`, on the native loop. Rejects with NativeLoopUnavailableError without the addon. Mirrors uvloop.run.
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
  return runOn(main, { loopFactory: newEventLoop, ...flattened(options) });
}
