/** File modes such as "r+b". */
import { constants } from "node:fs";
import { ValueError } from "../../core/errors.js";
import { describe } from "../../util/format.js";

/** A parsed mode. */
export interface Mode {
  readonly name: string;
  readonly binary: boolean;
  readonly readable: boolean;
  readonly writable: boolean;
  /** Whether every write goes to the end of the file, regardless of the position. */
  readonly appending: boolean;
  /** Flags for open(2). */
  readonly flags: number;
}

/** Parses a mode. Throws the errors of Python's open() if it is invalid. */
export function parseMode(mode: unknown): Mode {
  if (typeof mode !== "string") throw new TypeError(`mode must be a string such as "r" or "w+b", got ${describe(mode)}`);
  if (/[^rwaxbt+]/.test(mode) || new Set(mode).size !== mode.length) {
    throw new ValueError(`invalid mode: ${describe(mode)}; expected one of r, w, a, x, and optionally b or t, and +`);
  }
  const has = (letter: string): boolean => mode.includes(letter);
  if (has("t") && has("b")) throw new ValueError(`can't have text and binary mode at once: ${describe(mode)}`);
  const kinds = [...mode].filter((letter) => "rwax".includes(letter));
  if (kinds.length !== 1) throw new ValueError(`must have exactly one of create/read/write/append mode: ${describe(mode)}`);
  const updating = has("+");
  const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND } = constants;
  const access = updating ? O_RDWR : has("r") ? O_RDONLY : O_WRONLY;
  const creation = has("w") ? O_CREAT | O_TRUNC : has("x") ? O_CREAT | O_EXCL : has("a") ? O_CREAT | O_APPEND : 0;
  return {
    name: mode,
    binary: has("b"),
    readable: updating || has("r"),
    writable: updating || !has("r"),
    appending: has("a"),
    flags: access | creation,
  };
}
