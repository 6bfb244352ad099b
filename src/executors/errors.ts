import { RuntimeError } from "../core/errors.js";

/** The worker that ran the job has died, or no worker can be started; `cause` says why. Mirrors concurrent.futures.BrokenExecutor. */
export class BrokenExecutor extends RuntimeError {}

/**
 * A worker thread ended before its job did: process.exit(), an uncaught error, its memory limit. Mirrors
 * concurrent.futures.thread.BrokenThreadPool.
 */
export class BrokenThreadPool extends BrokenExecutor {}

/** A worker process ended before its job did: process.exit(), an uncaught error, a signal. Mirrors concurrent.futures.process.BrokenProcessPool. */
export class BrokenProcessPool extends BrokenExecutor {}
