/** The buffer of decoded text that was read ahead. */
import type { Codec } from "./codec.js";
import { Newlines } from "./newlines.js";

/** The text of one block, with the data that is needed to compute lengths in bytes. */
export interface Segment {
  readonly text: string;
  /** The text before line ends were translated; null if it is the same. */
  readonly original: string | null;
  /** The length in the file, in bytes. */
  readonly bytes: number;
  /** The bytes, if decoding replaced some of them, so that their number cannot be computed from the text; else null. */
  readonly block: Buffer | null;
}

/** Text that was read from the file but not yet by the program. */
export class TextBuffer {
  #segments: Segment[] = [];
  /** The number of UTF-16 units of the first segment that were taken. */
  #taken = 0;
  #length = 0;
  /** The length of all segments, in bytes. */
  #bytes = 0;
  /** The number of segments, from the first, that were searched for a line end without success. */
  #searched = 0;
  readonly #newlines: Newlines;
  readonly #codec: Codec;

  constructor(newlines: Newlines, codec: Codec) {
    this.#newlines = newlines;
    this.#codec = codec;
  }

  /** The length in UTF-16 units. */
  get length(): number {
    return this.#length;
  }

  push(segment: Segment): void {
    if (segment.text.length === 0 && segment.bytes === 0) return;
    this.#segments.push(segment);
    this.#length += segment.text.length;
    this.#bytes += segment.bytes;
  }

  clear(): void {
    this.#segments = [];
    this.#taken = this.#length = this.#bytes = this.#searched = 0;
  }

  /** Takes the next line with its end, or its first `limit` units. Returns null if the buffer ends before. */
  takeLine(limit = Infinity): string | null {
    const head = this.#segments[0];
    if (head !== undefined && this.#searched === 0) {
      // Fast path: the line ends inside the first segment, and some of that segment is left.
      const { text } = head;
      const start = this.#taken;
      const end = this.#newlines.lineEnd(text, start);
      if (end > 0 && end < text.length && end - start <= limit) {
        this.#taken = end;
        this.#length -= end - start;
        return text.slice(start, end);
      }
    }
    const end = this.#lineEnd();
    if (end >= 0) return this.take(Math.min(end, limit));
    return this.#length >= limit ? this.take(limit) : null;
  }

  /** Takes the next `count` units, or all of them. Takes one more if that would split a surrogate pair. */
  take(count: number): string {
    let taken = "";
    let left = count;
    while (left > 0) {
      const head = this.#segments[0];
      if (head === undefined) break;
      const { text } = head;
      const end = this.#taken + left;
      if (end < text.length) {
        const whole = isHighSurrogate(text.charCodeAt(end - 1)) ? end + 1 : end;
        const part = text.slice(this.#taken, whole);
        this.#length -= part.length;
        if (whole < text.length) {
          this.#taken = whole;
          this.#searched = 0;
        } else {
          this.#dropHead();
        }
        return taken === "" ? part : taken + part;
      }
      const part = this.#taken === 0 ? text : text.slice(this.#taken);
      left -= part.length;
      taken = taken === "" ? part : taken + part;
      this.#length -= part.length;
      this.#dropHead();
    }
    return taken;
  }

  /** The number of bytes in the file that the remaining text stands for. */
  bytes(): number {
    const head = this.#segments[0];
    return head === undefined || this.#taken === 0 ? this.#bytes : this.#bytes - this.#bytesBefore(head, this.#taken);
  }

  /** The index after the end of the next line, or -1. */
  #lineEnd(): number {
    const segments = this.#segments;
    if (this.#searched === segments.length) return -1;
    let before = -this.#taken;
    for (let i = 0; i < segments.length; i++) {
      const { text } = segments[i]!;
      if (i >= this.#searched) {
        const end = this.#newlines.lineEnd(text, i === 0 ? this.#taken : 0);
        if (end >= 0) return before + end;
        this.#searched = i + 1;
      }
      before += text.length;
    }
    return -1;
  }

  #bytesBefore({ text, original, block }: Segment, index: number): number {
    const units = original === null ? index : Newlines.untranslated(original, index);
    return block === null ? this.#codec.byteLength((original ?? text).slice(0, units)) : this.#codec.bytesOfReplaced(block, units);
  }

  #dropHead(): void {
    const head = this.#segments.shift()!;
    this.#bytes -= head.bytes;
    this.#taken = 0;
    this.#searched = Math.max(0, this.#searched - 1);
  }
}

function isHighSurrogate(unit: number): boolean {
  return (unit & 0xfc00) === 0xd800;
}
