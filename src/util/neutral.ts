import { AsyncResource } from "node:async_hooks";

/**
 * An async context that belongs to no task. Timers, immediates, sockets and servers of Node inherit the async context of the code that
 * creates them, and keep it: what it holds, such as a task and by it a loop, lives as long as they do.
 */
export const neutral = new AsyncResource("uvio");
