/** Errors of executors, by Python's names. */
import { RuntimeError } from "../core/errors.js";

/** The worker that ran the job died, or no worker can be started; see `cause`. Mirrors concurrent.futures.BrokenExecutor. */
export class BrokenExecutor extends RuntimeError {}

/**
 * A worker thread ended before its job did: by process.exit(), an uncaught error, or its memory limit. Mirrors
 * concurrent.futures.thread.BrokenThreadPool.
 */
export class BrokenThreadPool extends BrokenExecutor {}

/**
 * A worker process ended before its job did: by process.exit(), an uncaught error, or a signal. Mirrors
 * concurrent.futures.process.BrokenProcessPool.
 */
export class BrokenProcessPool extends BrokenExecutor {}
