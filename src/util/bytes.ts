/** The check of data that a program gives to be sent. */
import { describe } from "./format.js";

/** Returns the bytes of the data; a string is UTF-8. Throws TypeError for anything but a Uint8Array or a string. */
export function bytesOf(data: unknown): Uint8Array {
  if (typeof data === "string") return Buffer.from(data);
  if (data instanceof Uint8Array) return data;
  throw new TypeError(`data must be a Uint8Array or a string, got ${describe(data)}`);
}
