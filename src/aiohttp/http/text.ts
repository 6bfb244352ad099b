/** The text of a body, in the encodings that Python's codecs have. */
import { isAscii } from "node:buffer";
import { ValueError } from "../../core/errors.js";
import { pythonEncoding, standardLabel } from "../../util/encoding-names.js";
import { describe } from "../../util/format.js";

export type DecodingErrors = "strict" | "replace";

/**
 * Decodes a body. Python's names of encodings have Python's meaning; other names are those of the Encoding Standard. A byte order mark is
 * removed only where it belongs to the encoding: utf-16 and utf-8-sig. Throws ValueError for an unknown encoding, and for invalid bytes if
 * `errors` is "strict".
 */
export function decodeText(body: Buffer, encoding: string, errors: DecodingErrors): string {
  const name = pythonEncoding(encoding);
  switch (name) {
    case "latin-1":
      return body.toString("latin1");
    case "ascii":
      if (isAscii(body)) return body.toString("latin1");
      if (errors === "strict") throw undecodable(name);
      return body.toString("latin1").replace(/[^\0-\x7f]/g, "\ufffd");
    case "cp1252":
      return decodeWindows1252(body, errors);
    case "utf-8-sig":
      return decodeBy("utf-8", body, errors, false);
    case "utf-16":
      // The order of the bytes is the one that the mark shows, else that of this machine, which is the usual one.
      return decodeBy(body[0] === 0xfe && body[1] === 0xff ? "utf-16be" : "utf-16le", body, errors, false);
    default:
      return decodeBy(name === undefined ? standardLabel(encoding) : name.replace("16-", "16"), body, errors, true);
  }
}

/** The characters of the bytes 0x80 to 0x9f; U+FFFD for those that do not stand for one. */
const WINDOWS_1252 =
  "\u20ac\ufffd\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\ufffd\u017d\ufffd" +
  "\ufffd\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\ufffd\u017e\u0178";

/** By a table, because TextDecoder takes windows-1252 for latin-1 in Node 20. */
function decodeWindows1252(body: Buffer, errors: DecodingErrors): string {
  const text = body.toString("latin1").replace(/[\x80-\x9f]/g, (char) => WINDOWS_1252[char.charCodeAt(0) - 0x80]!);
  if (errors === "strict" && text.includes("\ufffd")) throw undecodable("cp1252");
  return text;
}

/** Whether `decodeText()` has the encoding. */
export function isEncoding(name: string): boolean {
  return pythonEncoding(name) !== undefined || decoderOf(standardLabel(name), {}) !== null;
}

function decodeBy(label: string, body: Buffer, errors: DecodingErrors, keepMark: boolean): string {
  const decoder = decoderOf(label, { fatal: errors === "strict", ignoreBOM: keepMark });
  if (decoder === null) throw new ValueError(`unknown encoding ${describe(label)}`);
  try {
    return decoder.decode(body);
  } catch (error) {
    throw undecodable(decoder.encoding, error);
  }
}

function decoderOf(label: string, options: { fatal?: boolean; ignoreBOM?: boolean }): InstanceType<typeof TextDecoder> | null {
  try {
    return new TextDecoder(label, options);
  } catch {
    return null; // RangeError: there is no such encoding.
  }
}

function undecodable(encoding: string, cause?: unknown): ValueError {
  const message = `the body is not ${encoding}; text(encoding, "replace") replaces invalid bytes`;
  return new ValueError(message, cause === undefined ? {} : { cause });
}
