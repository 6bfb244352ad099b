import type { HandleOwner } from "../transports/owned-handles.js";
import type { NativeLoop } from "./boundary/addon.js";
import type { Channel } from "./boundary/channel.js";

/** The native loop as its transports and listeners see it. */
export interface UvLoopContext extends HandleOwner {
  readonly native: NativeLoop;
  readonly channel: Channel;
}
