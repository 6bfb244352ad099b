/** Bytes in a transport's write buffer above which the protocol is paused (asyncio's FLOW_CONTROL_HIGH_WATER). */
export const HIGH_WATER_BYTES = 64 * 1024;

/** Bytes that a StreamReader buffers before it looks at back-pressure; also the longest line. */
export const STREAM_LIMIT_BYTES = 64 * 1024;

/** Writes to a lost connection after which a warning is due (asyncio's LOG_THRESHOLD_FOR_CONNLOST_WRITES). */
export const LOST_WRITES_BEFORE_WARNING = 5;

/** Seconds after which a callback counts as slow in debug mode. */
export const SLOW_CALLBACK_SECONDS = 0.1;

/** Cancelled timers are purged in bulk when there are more than this many timers and more than half are cancelled. */
export const MIN_TIMERS_BEFORE_PURGE = 100;

/** No single wait is longer, since setTimeout overflows at 2^31 ms (asyncio's MAXIMUM_SELECT_TIMEOUT). */
export const MAX_WAIT_SECONDS = 24 * 3600;

/** How long `run` waits at its end for jobs of the default executor (asyncio's THREAD_JOIN_TIMEOUT). */
export const THREAD_JOIN_SECONDS = 300;
/** How long a server accepts nothing after the system has refused to (asyncio's ACCEPT_RETRY_DELAY). */
export const ACCEPT_REST_SECONDS = 1;
