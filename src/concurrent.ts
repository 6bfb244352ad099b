/** The entry point `uvio/concurrent`: executors. Mirrors Python's concurrent.futures. */
export { ConcurrentFuture } from "./executors/concurrent-future.js";
export { BrokenExecutor, BrokenProcessPool, BrokenThreadPool } from "./executors/errors.js";
export { Executor, type ShutdownOptions } from "./executors/executor.js";
export { exported, type Work } from "./executors/exported.js";
export { MapResults, type MapOptions } from "./executors/map.js";
export type { OnCancel, PoolOptions } from "./executors/pool.js";
export { ProcessPoolExecutor, type ProcessPoolOptions } from "./executors/process-pool.js";
export { ThreadPoolExecutor, type ThreadPoolOptions } from "./executors/thread-pool.js";
export { transfer, type Transferables } from "./executors/transfer.js";
