import { describe } from "./format.js";

/** TypeError for what is no object of options; `example` shows how they are given. */
export function checkOptions(options: unknown, example: string): void {
  if (isOptions(options)) return;
  throw new TypeError(`options must be an object such as ${example}, got ${describe(options)}`);
}

/** A program's arguments, and the options behind them. */
export function splitOptions<O extends object>(args: readonly unknown[]): [args: string[], options: O] {
  const last = args.at(-1);
  return isOptions(last) ? [args.slice(0, -1) as string[], last as O] : [args as string[], {} as O];
}

/** Lists, Buffers, Maps are none. */
function isOptions(value: unknown): boolean {
  return typeof value === "object" && value !== null && !(Symbol.iterator in value);
}
