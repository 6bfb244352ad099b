import { availableParallelism } from "node:os";
import type { Server } from "../core/contracts.js";
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

/** Options of `serveWorkers`. */
export interface ServeWorkersOptions extends LoopThreadOptions {
  /** How many threads; default: the number of processors. */
  workers?: number;
  /** Where to listen; default 0, any free port, the same for all. */
  port?: number;
}

/**
 * Runs one server on several threads, each with a loop of its own; the kernel spreads the connections over them. `start(port)` is an exported
 * function that starts the server in its thread, with `reusePort: true`, and returns it:
 * `startServer(handle, "127.0.0.1", port, { reusePort: true })`. Goes on when all of them listen; if one fails the others are ended,
 * and its error is thrown. Has no counterpart in asyncio, where processes are started by hand.
 */
export function serveWorkers(
  start: Work<[port: number], PromiseLike<Server> | Generator<unknown, Server, unknown>>,
  options: ServeWorkersOptions = {},
): Coroutine<WorkerServer> {
  checkOptions(options, "{ workers: 2 }");
  const { workers = availableParallelism(), port = 0 } = options;
  if (!Number.isInteger(workers) || workers < 1) throw new TypeError(`workers must be an integer of 1 or more, got ${describe(workers)}`);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new TypeError(`port must be an integer from 0 to 65535, got ${describe(port)}`);
  locateFunction(start, "serveWorkers");
  return serve(start, workers, port, options);
}

const serve = coroutine(function* serveWorkers(start: Work, count: number, port: number, options: LoopThreadOptions) {
  const { target } = locateFunction(start, "serveWorkers");
  const threads = Array.from({ length: count }, () => new LoopThread(options));
  try {
    // The first one picks the port.
    const [first, ...others] = threads as [LoopThread, ...LoopThread[]];
    const chosen = yield* first.runCoroutine(startServing, target, port);
    yield* gather(...others.map((thread) => thread.runCoroutine(startServing, target, chosen)));
    return new WorkerServer(threads, chosen);
  } catch (error) {
    yield* gather(...threads.map((thread) => thread.close()), { returnExceptions: true });
    throw error;
  }
});

/** What `serveWorkers` gives: threads, each with a server. Not an AbstractServer: it has several loops, and closing it takes waiting. */
export class WorkerServer {
  /** Where all of them listen. */
  readonly port: number;
  readonly threads: readonly LoopThread[];
  #ended: Future<void> | null = null;

  /** @internal */
  constructor(threads: readonly LoopThread[], port: number) {
    this.threads = threads;
    this.port = port;
  }

  /**
   * Stops listening, waits for the connections there are, at most `timeout` seconds (default 10), then ends the threads. What is still
   * connected then is aborted, and its handlers are cancelled. Fails, after all that, if a thread has died before. Called again it waits for
   * the same end.
   */
  close(options: { timeout?: number } = {}): Coroutine<void> {
    checkOptions(options, "{ timeout: 10 }");
    const { timeout = 10 } = options;
    checkSeconds("timeout", timeout);
    return close(this, timeout);
  }

  /** How it ends; by then all threads are gone. @internal */
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

/** Who stops waiting for the end does not stop it. */
const close = coroutine(function* close(servers: WorkerServer, seconds: number) {
  yield* shield(servers.end(seconds));
});

const endAll = coroutine(function* endWorkerServer(threads: readonly LoopThread[], seconds: number) {
  const stopped = yield* gather(...threads.map((thread) => thread.runCoroutine(stopServing, seconds)), { returnExceptions: true });
  yield* gather(...threads.map((thread) => thread.close()), { returnExceptions: true });
  for (const outcome of stopped) if (outcome instanceof Error) throw outcome;
});
