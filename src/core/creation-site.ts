/** Debug mode: where handles, futures and tasks were made. Kept outside of them, since without debug mode there is nothing to keep. */

/** Frames kept of a creation site, as in asyncio's debug mode. */
const DEPTH = 10;

const sites = new WeakMap<object, string>();

/** The stack from which `make` was called. */
export function captureSite(make: unknown): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = DEPTH;
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, make as () => void);
  Error.stackTraceLimit = limit;
  return (holder.stack ?? "").split("\n").slice(1).join("\n");
}

/** Called by the object's constructor. */
export function recordCreation(object: object): void {
  sites.set(object, captureSite(object.constructor));
}

/** undefined for what was made without debug mode. */
export function creationSite(object: object): string | undefined {
  return sites.get(object);
}
