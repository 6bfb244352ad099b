import { describe } from "./format.js";

/** TypeError for what is no object of options; `example` shows how they are given. */
export function checkOptions(options: unknown, example: string): void {
  if (typeof options === "object" && options !== null && !(Symbol.iterator in options)) return;
  throw new TypeError(`options must be an object such as ${example}, got ${describe(options)}`);
}
