/** Text encodings: conversions between bytes and text, block by block. */
import { isAscii, isUtf8 } from "node:buffer";
import { LookupError, ValueError } from "../../core/errors.js";
import { pythonEncoding } from "../../util/encoding-names.js";
import { describe } from "../../util/format.js";
import { UnicodeDecodeError, UnicodeEncodeError } from "../storage/errors.js";

/** The treatment of invalid bytes and characters: throw an error, or replace them. */
export type ErrorMode = "strict" | "replace";

/** The decoded part of a block of bytes. */
export interface Decoded {
  readonly text: string;
  /** The number of decoded bytes. The rest is an incomplete character, or invalid. */
  readonly bytes: number;
  /** The reason why the next byte is invalid; null if it is not. */
  readonly wrong: string | null;
  /** Whether the text has replacements, so that its length in bytes cannot be computed from it. */
  readonly replaced: boolean;
}

/** An encoding. */
export abstract class Codec {
  abstract readonly name: string;

  /** Decodes a block. `last`: there are no more bytes, so that an incomplete character is invalid. */
  decode(block: Buffer, last: boolean, errors: ErrorMode): Decoded {
    const whole = this.wholeCharacters(block);
    const complete = block.subarray(0, whole);
    const text = this.decodeStrictly(complete);
    const halved = last && whole < block.length;
    if (text !== null && !halved) return { text, bytes: whole, wrong: null, replaced: false };
    if (errors === "replace")
      return { text: this.decodeReplacing(last ? block : complete), bytes: last ? block.length : whole, wrong: null, replaced: true };
    if (text !== null) return { text, bytes: whole, wrong: "unexpected end of data", replaced: false };
    const valid = this.validPrefix(complete);
    return { text: this.decodeStrictly(complete.subarray(0, valid))!, bytes: valid, wrong: "invalid byte", replaced: false };
  }

  /** The number of bytes of a text in this encoding, if decoding replaced nothing in it. */
  abstract byteLength(text: string): number;
  /** Throws UnicodeEncodeError for the first character that the encoding cannot represent, or replaces such characters by "?". */
  check(text: string, errors: ErrorMode): string {
    const wrong = this.unencodable(text);
    if (wrong < 0) return text;
    if (errors === "strict") throw new UnicodeEncodeError(this.name, text, wrong);
    return this.replaceUnencodable(text);
  }

  abstract encode(text: string): Buffer;
  /** The number of bytes in `block` that the first `units` UTF-16 units of its decoded text stand for, if it has replacements. */
  abstract bytesOfReplaced(block: Buffer, units: number): number;
  /** The number of bytes in the block up to an incomplete character at its end. */
  protected abstract wholeCharacters(block: Buffer): number;
  /** Returns null if a byte is invalid. */
  protected abstract decodeStrictly(block: Buffer): string | null;
  protected abstract decodeReplacing(block: Buffer): string;
  /** The number of bytes before the first invalid byte, which must exist. */
  protected abstract validPrefix(block: Buffer): number;
  /** The index of the first character that cannot be encoded, or -1. */
  protected abstract unencodable(text: string): number;
  protected abstract replaceUnencodable(text: string): string;

  decodeError(block: Buffer, at: number, offset: number, reason: string): UnicodeDecodeError {
    return new UnicodeDecodeError(this.name, block[at]!, offset, reason);
  }
}

const SURROGATE = /\p{Surrogate}/u;
const SURROGATES = /\p{Surrogate}/gu;
const ESCAPE = "?";

/** Node 20 has `isWellFormed`, but TypeScript's ES2023 library does not declare it. */
function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}

class Utf8 extends Codec {
  readonly name = "utf-8";

  byteLength(text: string): number {
    return Buffer.byteLength(text);
  }

  encode(text: string): Buffer {
    return Buffer.from(text);
  }

  bytesOfReplaced(block: Buffer, units: number): number {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    let decoded = 0;
    for (let i = 0; i < block.length; i++) {
      if (decoded >= units) return i;
      const { length } = decoder.decode(block.subarray(i, i + 1), { stream: true });
      // This byte can end an incomplete sequence before it. Then the decoder returns the replacement of that sequence, to which this byte
      // does not belong.
      if (decoded + length > units) return i;
      decoded += length;
    }
    return block.length;
  }

  protected wholeCharacters(block: Buffer): number {
    const { length } = block;
    for (let back = 1; back <= Math.min(3, length); back++) {
      const byte = block[length - back]!;
      if (byte < 0x80) break;
      if (byte >= 0xc0) return back < sequenceLength(byte) ? length - back : length;
    }
    return length;
  }

  protected decodeStrictly(block: Buffer): string | null {
    if (isAscii(block)) return block.toString("latin1");
    return isUtf8(block) ? block.toString() : null;
  }

  protected decodeReplacing(block: Buffer): string {
    return block.toString();
  }

  protected validPrefix(block: Buffer): number {
    let at = 0;
    for (;;) {
      const length = sequenceLength(block[at]!);
      if (length === 0 || !isUtf8(block.subarray(at, at + length))) return at;
      at += length;
    }
  }

  protected unencodable(text: string): number {
    return isWellFormed(text) ? -1 : text.search(SURROGATE);
  }

  protected replaceUnencodable(text: string): string {
    return text.replace(SURROGATES, ESCAPE);
  }
}

/** The length of the UTF-8 sequence that starts with this byte; 0 if none does. */
function sequenceLength(byte: number): number {
  if (byte < 0x80) return 1;
  if (byte < 0xc2 || byte > 0xf4) return 0;
  return byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

/** ascii and latin-1: the first 128 or 256 characters of Unicode, one byte each. */
class SingleByte extends Codec {
  readonly name: string;
  readonly #foreign: RegExp;
  readonly #all: boolean;

  constructor(name: string, characters: 128 | 256) {
    super();
    this.name = name;
    this.#all = characters === 256;
    this.#foreign = characters === 256 ? /[^\0-\xff]/u : /[^\0-\x7f]/u;
  }

  byteLength(text: string): number {
    return text.length;
  }

  encode(text: string): Buffer {
    return Buffer.from(text, "latin1");
  }

  bytesOfReplaced(_block: Buffer, units: number): number {
    return units;
  }

  protected wholeCharacters(block: Buffer): number {
    return block.length;
  }

  protected decodeStrictly(block: Buffer): string | null {
    return this.#all || isAscii(block) ? block.toString("latin1") : null;
  }

  protected decodeReplacing(block: Buffer): string {
    return block.toString("latin1").replace(/[^\0-\x7f]/g, "\ufffd");
  }

  protected validPrefix(block: Buffer): number {
    return block.findIndex((byte) => byte > 0x7f);
  }

  protected unencodable(text: string): number {
    return text.search(this.#foreign);
  }

  protected replaceUnencodable(text: string): string {
    return text.replace(new RegExp(this.#foreign, "gu"), ESCAPE);
  }
}

class Utf16 extends Codec {
  readonly name = "utf-16-le";

  byteLength(text: string): number {
    return 2 * text.length;
  }

  encode(text: string): Buffer {
    return Buffer.from(text, "utf16le");
  }

  bytesOfReplaced(_block: Buffer, units: number): number {
    return 2 * units;
  }

  protected wholeCharacters(block: Buffer): number {
    const even = block.length & ~1;
    const high = even > 0 && (block[even - 1]! & 0xfc) === 0xd8;
    return high ? even - 2 : even;
  }

  protected decodeStrictly(block: Buffer): string | null {
    const text = block.toString("utf16le");
    return isWellFormed(text) ? text : null;
  }

  protected decodeReplacing(block: Buffer): string {
    const odd = block.length % 2 === 1 ? "\ufffd" : "";
    return block.toString("utf16le").replace(SURROGATES, "\ufffd") + odd;
  }

  protected validPrefix(block: Buffer): number {
    return 2 * block.toString("utf16le").search(SURROGATE);
  }

  protected unencodable(text: string): number {
    return isWellFormed(text) ? -1 : text.search(SURROGATE);
  }

  protected replaceUnencodable(text: string): string {
    return text.replace(SURROGATES, ESCAPE);
  }
}

const codecs: readonly Codec[] = [new Utf8(), new SingleByte("ascii", 128), new SingleByte("latin-1", 256), new Utf16()];

/** Returns the codec of an encoding. Throws LookupError for an unknown one. */
export function codecOf(encoding: unknown): Codec {
  if (typeof encoding !== "string") throw new TypeError(`encoding must be a string, got ${describe(encoding)}`);
  const name = pythonEncoding(encoding);
  const codec = codecs.find((one) => one.name === name);
  if (codec !== undefined) return codec;
  const known = codecs.map((one) => one.name).join(", ");
  throw new LookupError(`unknown encoding: ${encoding}; supported: ${known}. For others use binary mode and a TextDecoder`);
}

export function checkErrorMode(errors: unknown): asserts errors is ErrorMode {
  if (errors !== "strict" && errors !== "replace") throw new ValueError(`errors must be "strict" or "replace", got ${describe(errors)}`);
}
