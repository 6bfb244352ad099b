import { EOL } from "node:os";
import { ValueError } from "../../core/errors.js";
import { describe } from "../../util/format.js";

/** What `newline` says, as Python's: null for universal newlines, "" for those without translation, or the one line end that counts. */
export type Newline = null | "" | "\n" | "\r" | "\r\n";

export function checkNewline(newline: unknown): asserts newline is Newline {
  if (newline !== null && typeof newline !== "string") throw new TypeError(`newline must be a string or null, got ${describe(newline)}`);
  if (newline !== null && !["", "\n", "\r", "\r\n"].includes(newline)) {
    throw new ValueError(`illegal newline value: ${describe(newline)}; it is null, "", "\\n", "\\r" or "\\r\\n"`);
  }
}

/** Where lines end in what is read, and what ends them in what is written. */
export class Newlines {
  /** "\r\n" and "\r" are read as "\n". */
  readonly translates: boolean;
  /** A "\r" at the end of a block must wait for what follows. */
  readonly pairs: boolean;
  /** Written for "\n"; null if nothing is. */
  readonly #written: string | null;
  readonly #read: Newline;

  constructor(newline: Newline) {
    this.translates = newline === null;
    this.pairs = newline === null || newline === "" || newline === "\r\n";
    const written = newline === null ? EOL : newline;
    this.#written = written === "" || written === "\n" ? null : written;
    this.#read = newline;
  }

  /** After the line that begins at `from` or goes on there; -1 if it does not end in this text. */
  lineEnd(text: string, from: number): number {
    const read = this.#read;
    if (read === "") return universalLineEnd(text, from);
    const ending = read ?? "\n";
    const end = text.indexOf(ending, from);
    return end < 0 ? -1 : end + ending.length;
  }

  /** What the program sees of a text that was read. */
  translate(text: string): string {
    return this.translates && text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
  }

  /** What is written for a text of the program's. */
  written(text: string): string {
    return this.#written === null ? text : text.replaceAll("\n", this.#written);
  }

  /** Index in `original` of what is at `index` in its translation. */
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
