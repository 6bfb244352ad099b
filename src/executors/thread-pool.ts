/** `ThreadPoolExecutor`, on top of piscina. */
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { ResourceLimits } from "node:worker_threads";
import type { Piscina } from "piscina";
import { programUrl } from "../core/own-files.js";
import { describe } from "../util/format.js";
import { BrokenThreadPool } from "./errors.js";
import { messageOf, unsendableArgument, type Outcome, type Packed } from "./job.js";
import { PoolExecutor, type Finish, type PoolOptions } from "./pool.js";
import { checkTransferables } from "./transfer.js";

/** Options of ThreadPoolExecutor. */
export interface ThreadPoolOptions extends PoolOptions {
  /** Memory limits of each thread, as in node:worker_threads. A job that exceeds them fails with BrokenThreadPool. */
  resourceLimits?: ResourceLimits;
}

/**
 * Runs functions in worker threads. Default `maxWorkers`: the number of processors plus 4, at most 32, as in Python. Idle threads do not
 * keep the process alive. Mirrors concurrent.futures.ThreadPoolExecutor.
 *
 * ```ts
 * import { exported, ThreadPoolExecutor } from "uvio/concurrent";
 * import { gunzipSync, gzipSync } from "node:zlib";
 *
 * exported("node:zlib", { gunzipSync, gzipSync });
 * const executor = new ThreadPoolExecutor({ maxWorkers: 2 });
 * const packed = await executor.submit(gzipSync, "hello");
 * let length = 0;
 * for await (const text of executor.map(gunzipSync, [packed, packed])) length += text.length;
 * console.log(length); // 10
 * await executor.shutdown();
 * ```
 */
export class ThreadPoolExecutor extends PoolExecutor {
  readonly #resourceLimits: ResourceLimits | undefined;
  /** Loaded with the first job, so that programs without one do not pay for it. */
  #pool: Piscina | Promise<Piscina> | null = null;
  /** Callbacks that fail the running jobs, for the case that no thread is left. */
  readonly #waiting = new Set<(error: unknown) => void>();
  /** Killed threads that have not exited yet. */
  readonly #dying = new Set<Promise<unknown>>();

  constructor(options: ThreadPoolOptions = {}) {
    super(options, Math.min(32, availableParallelism() + 4));
    const { resourceLimits } = options;
    if (resourceLimits !== undefined && (typeof resourceLimits !== "object" || resourceLimits === null)) {
      throw new TypeError(`resourceLimits must be an object, got ${describe(resourceLimits)}`);
    }
    this.#resourceLimits = resourceLimits;
  }

  protected override execute(packed: Packed, signal: AbortSignal | null, finish: Finish): void {
    const pool = (this.#pool ??= this.#makePool());
    if (!(pool instanceof Promise)) return this.#send(pool, packed, signal, finish);
    pool
      .then((made) => {
        signal?.throwIfAborted();
        this.#send(made, packed, signal, finish);
      })
      .catch((error: unknown) => finish(null, error));
  }

  protected override async dispose(): Promise<void> {
    await (await this.#pool)?.destroy();
    await Promise.all(this.#dying);
  }

  protected override brokenError(message: string, cause: unknown): BrokenThreadPool {
    return new BrokenThreadPool(message, { cause });
  }

  #send(pool: Piscina, { call, transferList }: Packed, signal: AbortSignal | null, finish: Finish): void {
    signal?.addEventListener("abort", () => this.#noteDying(pool), { once: true });
    const fail = (error: unknown): void => {
      if (!this.#waiting.delete(fail)) return;
      finish(null, isSendError(error) ? unsendableArgument(call, error) : this.#workerEnded(error, call.target.name));
    };
    this.#waiting.add(fail);
    try {
      checkTransferables(transferList);
    } catch (error) {
      return queueMicrotask(() => fail(error));
    }
    const done: Promise<Outcome> = pool.run(call, { transferList: transferList as never, signal });
    done.then((outcome) => {
      if (this.#waiting.delete(fail)) finish(outcome, null);
    }, fail);
  }

  async #makePool(): Promise<Piscina> {
    const { Piscina } = await import("piscina");
    const pool = new Piscina({
      filename: fileURLToPath(programUrl(import.meta.url, "thread-worker.js")),
      name: "run",
      minThreads: 0,
      maxThreads: this.maxWorkers,
      idleTimeout: Infinity,
      recordTiming: false,
      workerData: this.initializer,
      ...(this.#resourceLimits === undefined ? {} : { resourceLimits: this.#resourceLimits }),
    });
    let reason: unknown;
    // A thread can fail before its first job. piscina then does not reject a job, but emits this event.
    pool.on("error", (error: unknown) => (reason = error));
    pool.on("workerDestroy", () => {
      setImmediate(() => {
        if (pool.threads.length > 0) return;
        for (const fail of this.#waiting) fail(reason ?? new Error("no worker thread could be started"));
      });
    });
    return (this.#pool = pool);
  }

  #workerEnded(cause: unknown, name: string): BrokenThreadPool {
    return this.brokenError(`the worker thread that ran ${name} has ended: ${messageOf(cause)}`, cause);
  }

  /** Tracks the thread of an aborted job. piscina kills and forgets it, but shutdown() must also wait until it has exited. */
  #noteDying(pool: Piscina): void {
    const before = pool.threads;
    queueMicrotask(() => {
      for (const thread of before) {
        if (pool.threads.includes(thread)) continue;
        const ended = once(thread, "exit").finally(() => this.#dying.delete(ended));
        this.#dying.add(ended);
      }
    });
  }
}

/**
 * Whether the error was thrown while sending the call. It is then an instance of a class of this thread; the worker's errors arrive without
 * one.
 */
function isSendError(error: unknown): boolean {
  if (error instanceof DOMException) return error.name === "DataCloneError";
  return (error as NodeJS.ErrnoException | null)?.code === "ERR_INVALID_TRANSFER_OBJECT";
}
