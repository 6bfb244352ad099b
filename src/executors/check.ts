/** Checks of options that executors and serveWorkers() share. */
import { ValueError } from "../core/errors.js";
import { describe } from "../util/format.js";

export function checkPositive(name: string, value: unknown): void {
  if (typeof value !== "number" || !Number.isInteger(value)) throw new TypeError(`${name} must be an integer, got ${describe(value)}`);
  if (value < 1) throw new ValueError(`${name} must be 1 or more, got ${value}`);
}

export function checkBoolean(name: string, value: unknown): void {
  if (typeof value !== "boolean") throw new TypeError(`${name} must be a boolean, got ${describe(value)}`);
}

export function checkSeconds(name: string, value: unknown): void {
  if (typeof value !== "number" || Number.isNaN(value)) throw new TypeError(`${name} must be a number of seconds, got ${describe(value)}`);
}
