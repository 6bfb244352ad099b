/**
 * Debug mode records the stack at which handles, futures and tasks are created. A WeakMap holds the stacks, so that the objects do not
 * need a field for them when debug mode is off.
 */

import { besideUrl } from "./own-files.js";

/** The number of frames to keep, as in asyncio's debug mode. */
const DEPTH = 10;
/** The most frames of uvio's own between a constructor and the caller's code. They are captured, but not kept. */
const OWN_DEPTH = 8;
/** The prefix of the file name in every stack frame of this package. */
const OWN_CODE = besideUrl(import.meta.url, "..").href;

const sites = new WeakMap<object, string>();

/** Returns the stack of the call to `make`, starting at the first frame outside of this package. */
export function captureSite(make: unknown): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = DEPTH + OWN_DEPTH;
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, make as () => void);
  Error.stackTraceLimit = limit;
  const frames = (holder.stack ?? "").split("\n").slice(1);
  const first = frames.findIndex((frame) => !frame.includes(OWN_CODE));
  return frames.slice(Math.max(first, 0), Math.max(first, 0) + DEPTH).join("\n");
}

/** Records the current stack for the object. Its constructor must be the caller. */
export function recordCreation(object: object): void {
  sites.set(object, captureSite(object.constructor));
}

/** Returns the recorded stack; undefined if the object was created without debug mode. */
export function creationSite(object: object): string | undefined {
  return sites.get(object);
}
