import { NotImplementedError } from "../core/errors.js";

/** asyncio's options that uvio does not have yet. Left unread they would do nothing, silently. */
const MISSING = ["proto", "flags", "reuseAddress"];

/** NotImplementedError naming the option. */
export function refuseMissing(caller: string, options: object): void {
  for (const name of MISSING) {
    const value = (options as Readonly<Record<string, unknown>>)[name];
    if (value !== undefined && value !== null && value !== false) throw new NotImplementedError(`${caller}() has no option ${name} yet`);
  }
}
