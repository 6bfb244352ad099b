/** `serveWorkers()`: one server on several threads. */
import { availableParallelism } from "node:os";
import type { EventLoop, Server } from "../core/contracts.js";
import { getRunningLoop } from "../core/running.js";
import { checkSeconds } from "../executors/check.js";
import { locateFunction, type Work } from "../executors/exported.js";
import { coroutine, type Coroutine } from "../tasks/coroutine.js";
import { ensureFuture } from "../combinators/ensure-future.js";
import type { Future } from "../tasks/future.js";
import { gather } from "../combinators/gather.js";
import { shield } from "../combinators/shield.js";
import { describe } from "../util/format.js";
import { checkOptions } from "../util/options.js";
import { LoopThread, type LoopThreadOptions } from "./loop-thread.js";
import { startServing, stopServing } from "./serve-worker.js";

/** Options of `serveWorkers()`. */
export interface ServeWorkersOptions extends LoopThreadOptions {
  /** Number of threads; default: the number of processors. */
  workers?: number;
  /** Port to listen on; default 0: a free port, the same for all threads. */
  port?: number;
}

/**
 * Runs a server on several threads, each with its own loop. The kernel distributes the connections. `start(port)` is an exported function
 * that starts the server in its thread, with `reusePort: true`, and returns it: `startServer(handle, "127.0.0.1", port, { reusePort: true
 * })`. The result is available when all of them listen. If one fails to start, the other threads are ended and its error is thrown. If one
 * dies later, the loop's exception handler is called and the others serve on: it is not replaced, because what has ended it would probably end
 * its successor. asyncio has no counterpart: in Python, one starts several processes.
 */
export function serveWorkers(
  start: Work<[port: number], PromiseLike<Server> | Generator<unknown, Server, unknown>>,
  options: ServeWorkersOptions = {},
): Coroutine<WorkerServer> {
  checkOptions(options, "{ workers: 2 }");
  const { workers = availableParallelism(), port = 0 } = options;
  if (!Number.isInteger(workers) || workers < 1) throw new TypeError(`workers must be a positive integer, got ${describe(workers)}`);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new TypeError(`port must be an integer from 0 to 65535, got ${describe(port)}`);
  locateFunction(start, "serveWorkers");
  return serve(start, workers, port, options);
}

const serve = coroutine(function* serveWorkers(start: Work, count: number, port: number, options: LoopThreadOptions) {
  const { target } = locateFunction(start, "serveWorkers");
  const threads = Array.from({ length: count }, () => new LoopThread(options));
  try {
    // The first thread chooses the port.
    const [first, ...others] = threads as [LoopThread, ...LoopThread[]];
    const chosen = yield* first.runCoroutine(startServing, target, port);
    yield* gather(...others.map((thread) => thread.runCoroutine(startServing, target, chosen)));
    return new WorkerServer(getRunningLoop(), threads, chosen);
  } catch (error) {
    yield* gather(...threads.map((thread) => thread.close()), { returnExceptions: true });
    throw error;
  }
});

/** The running server that `serveWorkers()` returns. Not an AbstractServer: it has several loops, and closing it takes waiting. */
export class WorkerServer {
  /** The port that all threads listen on. */
  readonly port: number;
  readonly threads: readonly LoopThread[];
  #ended: Future<void> | null = null;

  /** @internal */
  constructor(loop: EventLoop, threads: readonly LoopThread[], port: number) {
    this.threads = threads;
    this.port = port;
    for (const thread of threads) {
      thread.ended.addDoneCallback(() => {
        if (!loop.isClosed()) loop.callSoonThreadsafe(() => this.#reportEnd(loop, thread));
      });
    }
  }

  /** A thread has ended. Nothing to report if close() has asked for that; it rejects itself if a thread has died. */
  #reportEnd(loop: EventLoop, thread: LoopThread): void {
    if (this.#ended !== null) return;
    const left = this.threads.filter((one) => !one.ended.done()).length;
    const message = `A thread of serveWorkers() has ended: port ${this.port} is served by ${left} of ${this.threads.length} threads now`;
    loop.callExceptionHandler({ message, exception: thread.ended.exception() });
  }

  /**
   * Stops listening, waits at most `timeout` seconds (default 10) for open connections to end, and then ends the threads. Remaining
   * connections are aborted and their handlers cancelled. Rejects, after all threads have ended, if one of them had died. A second call
   * waits for the same end.
   */
  close(options: { timeout?: number } = {}): Coroutine<void> {
    checkOptions(options, "{ timeout: 10 }");
    const { timeout = 10 } = options;
    checkSeconds("timeout", timeout);
    return close(this, timeout);
  }

  /** Ends the threads, once. The future completes when all of them have exited. @internal */
  end(seconds: number): Future<void> {
    return (this.#ended ??= ensureFuture(endAll(this.threads, seconds)));
  }

  aenter(): Promise<this> {
    return Promise.resolve(this);
  }

  async aexit(): Promise<void> {
    await this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Cancelling the wait does not cancel the shutdown. */
const close = coroutine(function* close(servers: WorkerServer, seconds: number) {
  yield* shield(servers.end(seconds));
});

const endAll = coroutine(function* endWorkerServer(threads: readonly LoopThread[], seconds: number) {
  const stopped = yield* gather(...threads.map((thread) => thread.runCoroutine(stopServing, seconds)), { returnExceptions: true });
  const ended = yield* gather(...threads.map((thread) => thread.close()), { returnExceptions: true });
  for (const outcome of [...ended, ...stopped]) if (outcome instanceof Error) throw outcome;
});
