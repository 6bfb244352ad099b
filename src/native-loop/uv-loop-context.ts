import type { HandleOwner } from "../transports/owned-handles.js";
import type { NativeLoop } from "./boundary/addon.js";
import type { Channel } from "./boundary/channel.js";

/** What transports, listeners and other slot owners of the native loop use of it. */
export interface UvLoopContext extends HandleOwner {
  readonly native: NativeLoop;
  readonly channel: Channel;
}
