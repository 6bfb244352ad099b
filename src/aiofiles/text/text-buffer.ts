import type { Codec } from "./codec.js";
import { Newlines } from "./newlines.js";

/** The text of one block that was read, and how to find its bytes again. */
export interface Segment {
  readonly text: string;
  /** Before line ends were translated; null if that changed nothing. */
  readonly original: string | null;
  /** How many bytes it is in the file. */
  readonly bytes: number;
  /** The bytes themselves where their number cannot be told from the text; null otherwise. */
  readonly block: Buffer | null;
}

/** Text that was read and not taken yet. */
export class TextBuffer {
  #segments: Segment[] = [];
  /** How much of the first segment has been taken. */
  #taken = 0;
  #length = 0;
  /** Of all segments. */
  #bytes = 0;
  /** So many segments, from the first, in whose rest no line ends. */
  #searched = 0;
  readonly #newlines: Newlines;
  readonly #codec: Codec;

  constructor(newlines: Newlines, codec: Codec) {
    this.#newlines = newlines;
    this.#codec = codec;
  }

  /** In UTF-16 units. */
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

  /** The next line with its end, or its first `limit` units; null if there is less. */
  takeLine(limit = Infinity): string | null {
    const head = this.#segments[0];
    if (head !== undefined && this.#searched === 0) {
      // As a rule the line is all in the first segment, and more of that is left.
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

  /** The next `count` units, or all; one more where that would halve a surrogate pair. */
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

  /** Bytes in the file of what is left here. */
  bytes(): number {
    const head = this.#segments[0];
    return head === undefined || this.#taken === 0 ? this.#bytes : this.#bytes - this.#bytesBefore(head, this.#taken);
  }

  /** Index after the next line's end, or -1. */
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
