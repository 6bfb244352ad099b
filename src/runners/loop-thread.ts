/** `LoopThread`: an event loop in a separate thread. */
import { MessageChannel, Worker } from "node:worker_threads";
import { programUrl } from "../core/own-files.js";
import { runningLoopOrNull } from "../core/running.js";
import { ConcurrentFuture } from "../executors/concurrent-future.js";
import { BrokenThreadPool } from "../executors/errors.js";
import { locateFunction, type Target } from "../executors/exported.js";
import type { BaseEventLoop } from "../loop/base-event-loop.js";
import { RemoteLoop } from "../loop/remote-loop.js";
import { checkOptions } from "../util/options.js";

/** Options of LoopThread. */
export interface LoopThreadOptions {
  /**
   * An exported function that creates the thread's loop. Default: the factory of the loop that is running here, or else the thread's
   * policy.
   */
  loopFactory?: () => BaseEventLoop;
}

/** The data that the thread starts with. */
export interface LoopThreadData {
  readonly port: unknown;
  readonly loopFactory: Target | null;
}

/**
 * A thread with its own loop, which runs until `close()`. Use it through `callSoon()` and `runCoroutine()`, like every RemoteLoop. It keeps
 * the process alive.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * asyncio.exported(import.meta.resolve("uvio"), { sleep: asyncio.sleep });
 * const thread = new asyncio.LoopThread();
 * console.log(await thread.runCoroutine(asyncio.sleep<string>, 0.01, "slept elsewhere")); // slept elsewhere
 * await thread.close();
 * ```
 */
export class LoopThread extends RemoteLoop {
  readonly #worker: Worker;
  readonly #gone = new ConcurrentFuture<void>(() => false);
  #closing = false;

  constructor(options: LoopThreadOptions = {}) {
    checkOptions(options, "{ loopFactory }");
    const { loopFactory } = options;
    const { port1, port2 } = new MessageChannel();
    const factory = loopFactory ?? (runningLoopOrNull() as BaseEventLoop | null)?.factory ?? null;
    const target = factory === null ? null : locateFunction(factory, "loopFactory").target;
    super(port1);
    this.#worker = new Worker(programUrl(import.meta.url, "loop-thread-main.js"), {
      workerData: { port: port2, loopFactory: target } satisfies LoopThreadData,
      transferList: [port2],
    });
    let failure: unknown;
    this.#worker.on("error", (error) => (failure = error));
    this.#worker.on("exit", (code) => {
      if (failure === undefined && this.#closing && code === 0) return this.#gone.setResult();
      const why = failure === undefined ? `process.exit(${code})` : String(failure);
      this.#gone.setException(new BrokenThreadPool(`the loop's thread has ended: ${why}`, { cause: failure }));
    });
    // close() returns a failure, and running calls fail when their port closes: do not report it as unhandled.
    this.#gone.addDoneCallback(() => {});
  }

  /** Completes when the thread has ended; fails with BrokenThreadPool if it died. @internal */
  get ended(): ConcurrentFuture<void> {
    return this.#gone;
  }

  /**
   * Cancels the loop's tasks, waits until they have cleaned up, and ends the thread. The future fails with BrokenThreadPool if the thread
   * died before that. Can be called repeatedly.
   */
  close(): ConcurrentFuture<void> {
    this.#closing = true;
    this.#worker.postMessage("stop");
    return this.#gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
