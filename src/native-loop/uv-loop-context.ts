import type { EventLoop } from "../core/contracts.js";
import type { NativeLoop } from "./boundary/addon.js";
import type { Channel } from "./boundary/channel.js";

/** What the native loop's transports and listeners know of it. */
export interface UvLoopContext extends EventLoop {
  readonly native: NativeLoop;
  readonly channel: Channel;
}
