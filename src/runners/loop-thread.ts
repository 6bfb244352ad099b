import { MessageChannel, Worker } from "node:worker_threads";
import { runningLoopOrNull } from "../core/running.js";
import { ConcurrentFuture } from "../executors/concurrent-future.js";
import { BrokenThreadPool } from "../executors/errors.js";
import { locateFunction, type Target } from "../executors/exported.js";
import type { BaseEventLoop } from "../loop/base-event-loop.js";
import { RemoteLoop } from "../loop/remote-loop.js";
import { checkOptions } from "../util/options.js";

/** Options of LoopThread. */
export interface LoopThreadOptions {
  /** An exported function that makes the thread's loop. Default: one of the kind that runs here, else of the thread's policy. */
  loopFactory?: () => BaseEventLoop;
}

/** What the thread is started with. */
export interface LoopThreadData {
  readonly port: unknown;
  readonly loopFactory: Target | null;
}

/**
 * A thread with a loop of its own, which runs until `close()`: `callSoon` and `runCoroutine` as on any RemoteLoop. It keeps the process
 * alive.
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
    this.#worker = new Worker(new URL("./loop-thread-main.js", import.meta.url), {
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
    this.#gone.addDoneCallback(() => {}); // Who calls close() is told of a failure; the calls under way are told by their port.
  }

  /** Cancels the loop's tasks, lets them clean up, ends the thread. Fails with BrokenThreadPool if it has died before. Idempotent. */
  close(): ConcurrentFuture<void> {
    this.#closing = true;
    this.#worker.postMessage("stop");
    return this.#gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
