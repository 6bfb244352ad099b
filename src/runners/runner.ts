/** `run()` and `Runner`: run a coroutine on a new loop from synchronous or plain promise code. */
import { THREAD_JOIN_SECONDS } from "../core/constants.js";
import { copyContext, type Context } from "../core/contextvars.js";
import { isCancelled, KeyboardInterrupt, RuntimeError } from "../core/errors.js";
import { runningLoopOrNull } from "../core/running.js";
import type { BaseEventLoop } from "../loop/base-event-loop.js";
import { gather } from "../combinators/gather.js";
import { allTasks, checkSource, Task, type TaskSource } from "../tasks/task.js";
import { newEventLoop, setEventLoop } from "./event-loop-policy.js";

/** Options of `run()` and Runner. */
export interface RunnerOptions {
  /** Debug mode of the loop. Default: true if UVIO_DEBUG is set. */
  debug?: boolean;
  /** Creates the loop. Default: the policy's `newEventLoop()`. */
  loopFactory?: () => BaseEventLoop;
}

/**
 * Owns one loop and one context, which several `run()` calls share. Mirrors asyncio.Runner.
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

  /** Returns the loop, creating it on first use. Throws RuntimeError if the runner is closed. */
  getLoop(): BaseEventLoop {
    if (this.#closed) throw new RuntimeError("Runner is closed; create a new one");
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
   * Runs a coroutine or an async function and returns its result. SIGINT cancels it, unless the program has its own SIGINT listener; the
   * promise then rejects with KeyboardInterrupt. Rejects with RuntimeError if a loop is running in this thread.
   */
  async run<T>(main: TaskSource<T>, options: { context?: Context } = {}): Promise<T> {
    checkSource(main, "run");
    if (runningLoopOrNull() !== null) {
      throw new RuntimeError("asyncio.run() cannot be called from a running event loop; use await or createTask()");
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

  /** Cancels the remaining tasks, waits until they have cleaned up, and closes the loop. A second call has no effect. */
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
 * Runs a coroutine or an async function on a new loop and returns its result. Afterwards it cancels the remaining tasks, closes the async
 * generators that `asyncGenerator` made, and closes the loop. It cannot close an `async function*` of JavaScript that is suspended in a
 * `yield`: its `finally` blocks run only if its consumer leaves the loop or calls `return()`. This is the entry point of most programs.
 * Mirrors asyncio.run.
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

/** Handles SIGINT during a run: the first one cancels the main task, the second one ends the run immediately. */
class Interrupt {
  count = 0;
  readonly #listener: (() => void) | null;

  constructor(loop: BaseEventLoop, task: Task<unknown>) {
    this.#listener =
      process.listenerCount("SIGINT") > 0
        ? null // The program handles SIGINT on its own.
        : () => {
            if (process.listenerCount("SIGINT") > 1) return; // A handler was added since, for example by addSignalHandler().
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
