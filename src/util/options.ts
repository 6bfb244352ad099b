/** Checks and splits option arguments. */
import { describe } from "./format.js";

/** Throws TypeError for anything but an options object. `example` shows a correct one in the message. */
export function checkOptions(options: unknown, example: string): void {
  if (isOptions(options)) return;
  throw new TypeError(`options must be an object such as ${example}, got ${describe(options)}`);
}

/** Returns the option's value. Throws TypeError for anything but a non-negative integer. */
export function checkCount(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 0) return value;
  throw new TypeError(`${name} must be a non-negative integer, got ${describe(value)}`);
}

/**
 * Returns a copy that has the options as properties of its own, also those that are inherited or getters of a class: a destructuring finds
 * them, but a spread and Object.entries() do not. Methods of a class are not options.
 */
export function flattened<T extends object>(options: T): T {
  const copy: Record<string, unknown> = {};
  for (
    let from = options as object | null;
    from !== null && from !== Object.prototype;
    from = Object.getPrototypeOf(from) as object | null
  ) {
    for (const [name, { enumerable, value }] of Object.entries(Object.getOwnPropertyDescriptors(from))) {
      const isMethod = typeof value === "function" && enumerable !== true;
      if (!isMethod && !(name in copy)) copy[name] = (options as Record<string, unknown>)[name];
    }
  }
  return copy as T;
}

/** Options without those that are null. */
export type Given<T> = { [K in keyof T]: Exclude<T[K], null> };

/** Returns a copy of the options without those that are null: null stands for the default, as None does in asyncio. */
export function withoutNulls<T extends object>(options: T): Given<T> {
  return Object.fromEntries(Object.entries(flattened(options)).filter(([, value]) => value !== null)) as Given<T>;
}

/** Splits a program's argument list into the arguments and the options that may follow them. */
export function splitOptions<O extends object>(args: readonly unknown[]): [args: string[], options: O] {
  const last = args.at(-1);
  return isOptions(last) ? [args.slice(0, -1) as string[], last as O] : [args as string[], {} as O];
}

/** Whether the value is an options object. Arrays, Buffers, Maps and other iterables are not. */
function isOptions(value: unknown): boolean {
  return typeof value === "object" && value !== null && !(Symbol.iterator in value);
}
