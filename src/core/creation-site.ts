/** Debug mode: where handles, futures and tasks were made. Kept outside of them, since without debug mode there is nothing to keep. */

/** Frames kept of a creation site, as in asyncio's debug mode. */
const DEPTH = 10;
/** Our own frames between a constructor and the caller's code; they are not counted. */
const OWN_DEPTH = 8;
/** How the location of every frame of this package begins. */
const OWN_CODE = new URL("..", import.meta.url).href;

const sites = new WeakMap<object, string>();

/** The stack from which `make` was called, from the first frame on that is not this package's. */
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

/** Called by the object's constructor. */
export function recordCreation(object: object): void {
  sites.set(object, captureSite(object.constructor));
}

/** undefined for what was made without debug mode. */
export function creationSite(object: object): string | undefined {
  return sites.get(object);
}
