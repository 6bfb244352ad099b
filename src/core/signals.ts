/** The check of `signal` arguments. */
import { constants } from "node:os";
import { describe } from "../util/format.js";
import { ValueError } from "./errors.js";

/** A signal by name or number. */
export type Signal = NodeJS.Signals | number;

/** Returns the signal's name. Throws TypeError for a value of another type, and ValueError for a signal that the system does not have. */
export function signalName(signal: Signal): NodeJS.Signals {
  if (typeof signal !== "string" && typeof signal !== "number") {
    throw new TypeError(`signal must be a name such as "SIGTERM" or a number, got ${describe(signal)}`);
  }
  const known = Object.entries(constants.signals).find(([name, number]) => name === signal || number === signal);
  if (known === undefined) throw new ValueError(`signal must be a signal of this system, got ${describe(signal)}`);
  return known[0] as NodeJS.Signals;
}
