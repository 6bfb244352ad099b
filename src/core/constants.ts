/** Limits and delays that several folders share. Most mirror asyncio.constants. */

/** A transport calls pauseWriting() when its write buffer holds more bytes than this. asyncio's FLOW_CONTROL_HIGH_WATER. */
export const HIGH_WATER_BYTES = 64 * 1024;

/** The default limit of a StreamReader: the longest line in bytes. Reading pauses when twice as many bytes are buffered. */
export const STREAM_LIMIT_BYTES = 64 * 1024;

/** The number of writes to a lost connection at which uvio warns. asyncio's LOG_THRESHOLD_FOR_CONNLOST_WRITES. */
export const LOST_WRITES_BEFORE_WARNING = 5;

/** In debug mode, a callback that takes at least this many seconds is reported as slow. */
export const SLOW_CALLBACK_SECONDS = 0.1;

/** Cancelled timers are purged in bulk when there are more than this many timers and more than half of them are cancelled. */
export const MIN_TIMERS_BEFORE_PURGE = 100;

/** The longest single wait of a loop, because setTimeout overflows at 2^31 ms. asyncio's MAXIMUM_SELECT_TIMEOUT. */
export const MAX_WAIT_SECONDS = 24 * 3600;

/** How long `run` waits at its end for the jobs of the default executor. asyncio's THREAD_JOIN_TIMEOUT. */
export const THREAD_JOIN_SECONDS = 300;
/** How long a server stops accepting after accept(2) has failed, for example with EMFILE. asyncio's ACCEPT_RETRY_DELAY. */
export const ACCEPT_REST_SECONDS = 1;
