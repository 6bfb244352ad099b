import { constants } from "node:os";
import { describe } from "../util/format.js";
import { ValueError } from "./errors.js";

export type Signal = NodeJS.Signals | number;

/** TypeError or ValueError for what is no signal of this system. */
export function signalName(signal: Signal): NodeJS.Signals {
  if (typeof signal !== "string" && typeof signal !== "number") {
    throw new TypeError(`signal must be a name or a number, got ${describe(signal)}`);
  }
  const known = Object.entries(constants.signals).find(([name, number]) => name === signal || number === signal);
  if (known === undefined) throw new ValueError(`there is no signal ${describe(signal)} on this system`);
  return known[0] as NodeJS.Signals;
}
