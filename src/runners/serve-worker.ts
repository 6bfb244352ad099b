/** The functions that `serveWorkers()` runs in each of its threads. */
import type { Address, Server } from "../core/contracts.js";
import { RuntimeError, TimeoutError } from "../core/errors.js";
import { besideUrl } from "../core/own-files.js";
import { exported, type Target } from "../executors/exported.js";
import { loadFunction } from "../executors/job.js";
import { waitFor } from "../combinators/wait-for.js";
import { coroutine } from "../tasks/coroutine.js";
import { ensureFuture } from "../combinators/ensure-future.js";
import { awaitCall, type Body } from "../syntax/await-call.js";
import { describe } from "../util/format.js";

let server: Server | null = null;

/** Starts the thread's server and returns its port. */
export const startServing = coroutine(function* startServing(target: Target, port: number) {
  const start = (yield* ensureFuture(Promise.resolve(loadFunction(target)))) as Body<[port: number], Server>;
  const started = yield* awaitCall(start, port);
  const address = (started as Partial<Server> | null)?.sockets?.[0]?.getsockname() as Address | undefined;
  if (address === undefined) throw new TypeError(`${target.name} must return a server that listens on TCP, returned ${describe(started)}`);
  server = started;
  return address.port;
});

/** Stops accepting connections and waits until they end. Connections that are open after `seconds` are aborted. */
export const stopServing = coroutine(function* stopServing(seconds: number) {
  if (server === null) throw new RuntimeError("the server was not started");
  server.close();
  try {
    yield* waitFor(server.waitClosed(), seconds);
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    server.abortClients();
  }
});

exported(besideUrl(import.meta.url, "serve-worker.js"), { startServing, stopServing });
