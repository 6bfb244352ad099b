/** Errors of files, by Python's names. */
import { ValueError } from "../../core/errors.js";

/** The file does not support the operation: reading a write-only file, seeking in a pipe. Mirrors io.UnsupportedOperation. */
export class UnsupportedOperation extends ValueError {}

/** The file has bytes that are invalid in its encoding. Mirrors Python's UnicodeDecodeError. */
export class UnicodeDecodeError extends ValueError {
  readonly encoding: string;
  /** The offset in the file of the first invalid byte. */
  readonly start: number;

  constructor(encoding: string, byte: number, start: number, reason: string) {
    const hex = byte.toString(16).padStart(2, "0");
    super(
      `'${encoding}' codec can't decode byte 0x${hex} in position ${start}: ${reason}; open the file with its encoding or { errors: "replace" }`,
    );
    this.encoding = encoding;
    this.start = start;
  }
}

/** The text has a character that the file's encoding cannot represent. Mirrors Python's UnicodeEncodeError. */
export class UnicodeEncodeError extends ValueError {
  readonly encoding: string;
  /** The index in the text of the first invalid character. */
  readonly start: number;

  constructor(encoding: string, text: string, start: number) {
    const code = text.codePointAt(start)!.toString(16).padStart(4, "0");
    super(
      `'${encoding}' codec can't encode character U+${code} in position ${start}; open the file with another encoding or { errors: "replace" }`,
    );
    this.encoding = encoding;
    this.start = start;
  }
}
