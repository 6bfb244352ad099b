/** Frames kept of a creation site, as in asyncio's debug mode. */
const DEPTH = 10;

/** The stack from which an object is being made, without the constructor's own frames. */
export function creationSite(constructor: unknown): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = DEPTH;
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, constructor as () => void);
  Error.stackTraceLimit = limit;
  return (holder.stack ?? "").split("\n").slice(1).join("\n");
}
