import type { HandleOwner } from "../transports/owned-handles.js";
import type { NativeLoop } from "./boundary/addon.js";
import type { Channel } from "./boundary/channel.js";

/** The native loop as its transports, listeners and other slot owners use it. */
export interface UvLoopContext extends HandleOwner {
  readonly native: NativeLoop;
  readonly channel: Channel;
}
