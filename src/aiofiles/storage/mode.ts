import { constants } from "node:fs";
import { ValueError } from "../../core/errors.js";
import { describe } from "../../util/format.js";

/** What a mode such as "r+b" says. */
export interface Mode {
  readonly name: string;
  readonly binary: boolean;
  readonly readable: boolean;
  readonly writable: boolean;
  /** Every write goes to the end of the file, wherever the position is. */
  readonly appending: boolean;
  /** For open(2). */
  readonly flags: number;
}

/** Throws what Python's open() throws for modes that are none. */
export function parseMode(mode: unknown): Mode {
  if (typeof mode !== "string") throw new TypeError(`mode must be a string such as "r" or "w+b", got ${describe(mode)}`);
  if (/[^rwaxbt+]/.test(mode) || new Set(mode).size !== mode.length) {
    throw new ValueError(`invalid mode: ${describe(mode)}; it is one of r, w, a, x, with b or t and + where needed`);
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
