/** The executor behind runInExecutor(null, ...) and toThread, and its shutdown. */
import type { EventLoop } from "../core/contracts.js";
import { RuntimeError } from "../core/errors.js";
import { getRunningLoop } from "../core/running.js";
import { Executor } from "../executors/executor.js";
import { locateFunction, type Work } from "../executors/exported.js";
import { PoolExecutor } from "../executors/pool.js";
import { ThreadPoolExecutor } from "../executors/thread-pool.js";
import { coroutine } from "../tasks/coroutine.js";
import type { Future } from "../tasks/future.js";
import { wait } from "../combinators/wait.js";
import { describe } from "../util/format.js";

/** The loop's default executor: created on first use, closed with the loop. */
export class DefaultExecutor {
  readonly #loop: EventLoop;
  #executor: ThreadPoolExecutor | null = null;
  #shutDown = false;

  constructor(loop: EventLoop) {
    this.#loop = loop;
  }

  submit(executor: Executor | null, fn: Work, args: unknown[]): Future<unknown> {
    if (executor !== null && !(executor instanceof Executor)) {
      throw new TypeError(`executor must be an Executor or null, got ${describe(executor)}`);
    }
    const chosen = executor ?? this.#get();
    // Refuses a function that is not exported, naming runInExecutor(). A user's executor may accept any function.
    if (chosen instanceof PoolExecutor) locateFunction(fn, "runInExecutor");
    return chosen.submit(fn as Work<unknown[]>, ...args).futureOn(this.#loop);
  }

  setDefault(executor: unknown): void {
    if (!(executor instanceof ThreadPoolExecutor)) throw new TypeError(`executor must be a ThreadPoolExecutor, got ${describe(executor)}`);
    this.#executor = executor;
  }

  /** Refuses jobs from now on. Returns the executor, which the caller shuts down; null if none was created. */
  take(): ThreadPoolExecutor | null {
    this.#shutDown = true;
    const executor = this.#executor;
    this.#executor = null;
    return executor;
  }

  /** Called by the loop's close(). As in asyncio, it does not wait for jobs that still run. */
  close(): void {
    void this.take()?.shutdown({ wait: false });
  }

  #get(): ThreadPoolExecutor {
    if (this.#shutDown) throw new RuntimeError("Executor shutdown has been called; pass runInExecutor() your own executor");
    return (this.#executor ??= new ThreadPoolExecutor());
  }
}

/** Waits for the executor's jobs and threads. After `timeout` seconds (null: no limit) it warns and returns without them. */
export const shutdownDefaultExecutor = coroutine(function* shutdownDefaultExecutor(executors: DefaultExecutor, timeout: number | null) {
  const executor = executors.take();
  if (executor === null) return;
  const gone = executor.shutdown().futureOn(getRunningLoop());
  const [done] = yield* wait([gone], { timeout });
  if (done.size > 0) return gone.result();
  process.emitWarning(`the executor did not finish its jobs within ${timeout} seconds`, { type: "RuntimeWarning" });
});
