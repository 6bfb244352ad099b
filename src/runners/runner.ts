import { THREAD_JOIN_SECONDS } from "../core/constants.js";
import { copyContext, type Context } from "../core/contextvars.js";
import { isCancelled, KeyboardInterrupt, RuntimeError } from "../core/errors.js";
import { runningLoopOrNull } from "../core/running.js";
import type { BaseEventLoop } from "../loop/base-event-loop.js";
import { gather } from "../combinators/gather.js";
import { allTasks, checkSource, Task, type TaskSource } from "../tasks/task.js";
import { newEventLoop, setEventLoop } from "./event-loop-policy.js";

/** Options of `run` and Runner. */
export interface RunnerOptions {
  /** Debug mode of the loop. Default: that of UVIO_DEBUG. */
  debug?: boolean;
  /** Makes the loop; default: the policy does. */
  loopFactory?: () => BaseEventLoop;
}

/**
 * Owns one loop for several `run` calls, which share it and a context. Mirrors asyncio.Runner.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * const runner = new asyncio.Runner();
 * const level = new asyncio.ContextVar("level", { default: 1 });
 * await runner.run(async () => void level.set(2));
 * console.log(await runner.run(async () => level.get())); // 2
 * await runner.close();
 * ```
 */
export class Runner {
  readonly #options: RunnerOptions;
  #loop: BaseEventLoop | null = null;
  #context: Context | null = null;
  #closed = false;

  constructor(options: RunnerOptions = {}) {
    this.#options = options;
  }

  /** The loop; made on first use. RuntimeError once the runner is closed. */
  getLoop(): BaseEventLoop {
    if (this.#closed) throw new RuntimeError("Runner is closed; make a new one");
    if (this.#loop === null) {
      const { loopFactory, debug } = this.#options;
      this.#loop = loopFactory === undefined ? newEventLoop() : loopFactory();
      if (loopFactory === undefined) setEventLoop(this.#loop);
      if (debug !== undefined) this.#loop.setDebug(debug);
      this.#context = copyContext();
    }
    return this.#loop;
  }

  /**
   * Runs the coroutine or async function, and gives its result. SIGINT cancels it, if nobody listens for that signal; the promise then
   * rejects with KeyboardInterrupt. RuntimeError if a loop runs in this thread.
   */
  async run<T>(main: TaskSource<T>, options: { context?: Context } = {}): Promise<T> {
    checkSource(main, "run");
    if (runningLoopOrNull() !== null) {
      throw new RuntimeError("asyncio.run() cannot be called from a running event loop; await the work, or createTask() it");
    }
    const loop = this.getLoop();
    const task = new Task<T>(main, { loop, context: options.context ?? this.#context! });
    const interrupt = new Interrupt(loop, task);
    try {
      return await loop.runUntilComplete<T>(task);
    } catch (error) {
      if (interrupt.count > 0 && isCancelled(error) && task.uncancel() === 0) throw new KeyboardInterrupt("interrupted by SIGINT");
      throw error;
    } finally {
      interrupt.dispose();
    }
  }

  /** Cancels what is left, lets it clean up, closes the loop. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const loop = this.#loop;
    if (loop === null) return;
    try {
      await cancelAllTasks(loop);
      await loop.runUntilComplete(loop.shutdownAsyncgens());
      await loop.runUntilComplete(loop.shutdownDefaultExecutor(THREAD_JOIN_SECONDS));
    } finally {
      if (this.#options.loopFactory === undefined) setEventLoop(null);
      loop.close();
      this.#loop = null;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * Runs a coroutine or an async function on a new loop, then cancels the tasks it has left and closes the loop. The one entry point most
 * programs need. Mirrors asyncio.run.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * console.log(await asyncio.run(async () => await asyncio.sleep(0.01, "done"))); // done
 * ```
 */
export async function run<T>(main: TaskSource<T>, options: RunnerOptions = {}): Promise<T> {
  const runner = new Runner(options);
  try {
    return await runner.run(main);
  } finally {
    await runner.close();
  }
}

/** The first SIGINT cancels the main task, the second one ends the run at once. */
class Interrupt {
  count = 0;
  readonly #listener: (() => void) | null;

  constructor(loop: BaseEventLoop, task: Task<unknown>) {
    this.#listener =
      process.listenerCount("SIGINT") > 0
        ? null // Somebody else handles it.
        : () => {
            if (process.listenerCount("SIGINT") > 1) return; // By now somebody else does, as with addSignalHandler().
            if (++this.count === 1 && !task.done()) task.cancel();
            else loop.callSoonThreadsafe(() => raise(new KeyboardInterrupt("interrupted by SIGINT")));
          };
    if (this.#listener !== null) process.on("SIGINT", this.#listener);
  }

  dispose(): void {
    if (this.#listener !== null) process.removeListener("SIGINT", this.#listener);
  }
}

function raise(error: Error): never {
  throw error;
}

async function cancelAllTasks(loop: BaseEventLoop): Promise<void> {
  const tasks = [...allTasks(loop)];
  if (tasks.length === 0) return;
  for (const task of tasks) task.cancel();
  await loop.runUntilComplete(() => gather(...tasks, { returnExceptions: true }));
  for (const task of tasks) {
    if (!task.failed()) continue;
    loop.callExceptionHandler({ message: "unhandled exception during asyncio.run() shutdown", exception: task.exception(), task });
  }
}
