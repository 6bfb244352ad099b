/** The bytes of headers as text, and back. Node and undici hold a byte of a header as one character (latin-1). */
import { isUtf8 } from "node:buffer";
import { ValueError } from "../../core/errors.js";
import { describe } from "../../util/format.js";

const BEYOND_ASCII = /[^\0-\x7f]/;
/** Control characters but the tab, which headers may contain. */
const CONTROL = /[\0-\x08\x0a-\x1f\x7f]/;

/** Returns the text of a received header: UTF-8 if its bytes are valid UTF-8, else latin-1. */
export function headerText(received: string): string {
  return BEYOND_ASCII.test(received) ? bytesText(Buffer.from(received, "latin1")) : received;
}

/** Like `headerText()`, of the bytes. */
export function bytesText(bytes: Buffer): string {
  return bytes.toString(isUtf8(bytes) ? "utf8" : "latin1");
}

/** Returns a header's value for Node and undici, which send it as UTF-8. Throws ValueError for control characters: they could end the header. */
export function wireValue(name: string, value: string): string {
  if (CONTROL.test(value)) throw new ValueError(`the value of the header ${name} must not contain control characters`);
  return BEYOND_ASCII.test(value) ? Buffer.from(value).toString("latin1") : value;
}

/** Whether a text is a token of HTTP, as names of headers, methods and subprotocols are. */
export function isToken(text: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text);
}

/** Returns the name of a header. Throws ValueError unless it is a token. */
export function wireName(name: string): string {
  if (isToken(name)) return name;
  throw new ValueError(`the name of a header must be a token of HTTP, got ${describe(name)}`);
}
