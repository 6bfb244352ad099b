/** Line ends of text files: Python's option `newline`. */
import { EOL } from "node:os";
import { ValueError } from "../../core/errors.js";
import { describe } from "../../util/format.js";

/** Python's `newline`: null for universal newlines, "" for universal newlines without translation, or the only line end. */
export type Newline = null | "" | "\n" | "\r" | "\r\n";

export function checkNewline(newline: unknown): asserts newline is Newline {
  if (newline !== null && typeof newline !== "string") throw new TypeError(`newline must be a string or null, got ${describe(newline)}`);
  if (newline !== null && !["", "\n", "\r", "\r\n"].includes(newline)) {
    throw new ValueError(`illegal newline value: ${describe(newline)}; expected null, "", "\\n", "\\r" or "\\r\\n"`);
  }
}

/** Finds the line ends in text that is read, and translates them in both directions. */
export class Newlines {
  /** Whether "\r\n" and "\r" are read as "\n". */
  readonly translates: boolean;
  /** Whether a "\r" at the end of a block must be held back until the next byte is known. */
  readonly pairs: boolean;
  /** Written in place of "\n"; null if nothing is replaced. */
  readonly #written: string | null;
  readonly #read: Newline;

  constructor(newline: Newline) {
    this.translates = newline === null;
    this.pairs = newline === null || newline === "" || newline === "\r\n";
    const written = newline === null ? EOL : newline;
    this.#written = written === "" || written === "\n" ? null : written;
    this.#read = newline;
  }

  /** Returns the index after the end of the line that contains `from`; -1 if it does not end in this text. */
  lineEnd(text: string, from: number): number {
    const read = this.#read;
    if (read === "") return universalLineEnd(text, from);
    const ending = read ?? "\n";
    const end = text.indexOf(ending, from);
    return end < 0 ? -1 : end + ending.length;
  }

  /** Translates text that was read. */
  translate(text: string): string {
    return this.translates && text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
  }

  /** Translates text that is to be written. */
  written(text: string): string {
    return this.#written === null ? text : text.replaceAll("\n", this.#written);
  }

  /** Returns the index in `original` of the character at `index` in its translation. */
  static untranslated(original: string, index: number): number {
    let pairs = 0;
    for (let at = original.indexOf("\r\n"); at >= 0 && at - pairs < index; at = original.indexOf("\r\n", at + 2)) pairs++;
    return index + pairs;
  }
}

function universalLineEnd(text: string, from: number): number {
  const feed = text.indexOf("\n", from);
  const before = feed < 0 ? text.length : feed;
  const carriage = text.indexOf("\r", from);
  if (carriage < 0 || carriage > before) return feed < 0 ? -1 : feed + 1;
  return carriage + (text[carriage + 1] === "\n" ? 2 : 1);
}
