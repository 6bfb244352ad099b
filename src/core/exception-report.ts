import type { ExceptionContext } from "./contracts.js";

/** Writes the context of the default exception handler to stderr: the message, the other keys in sorted order, then the exception. */
export function reportException(context: ExceptionContext): void {
  const { message, exception, ...rest } = context;
  const lines = [message || "Unhandled exception in event loop"];
  for (const key of Object.keys(rest).sort()) lines.push(`${key}: ${String(rest[key as keyof typeof rest])}`);
  console.error(lines.join("\n"));
  if (exception !== undefined) console.error(exception);
}
