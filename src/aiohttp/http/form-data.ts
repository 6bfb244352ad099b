/** The body of a form: its fields, and their encoding. */
import { randomBytes } from "node:crypto";
import { ValueError } from "../../core/errors.js";
import { isBytes, viewOf } from "../../util/bytes.js";
import { describe } from "../../util/format.js";

/** Bytes in chunks. Strings are sent as UTF-8. */
export type ByteSource = AsyncIterable<Uint8Array | string>;

/** The value of a form's field. */
export type FieldValue = string | number | bigint | boolean | Uint8Array | Blob | ByteSource;

/** Options of `FormData.addField`. */
export interface FieldOptions {
  /** Makes the form multipart. */
  filename?: string;
  /** Makes the form multipart. */
  contentType?: string;
}

/** A form's fields, as names and values. */
export type FormLike = Iterable<readonly [string, FieldValue]> | Readonly<Record<string, FieldValue>>;

/** An encoded form. */
export interface EncodedForm {
  readonly contentType: string;
  /** The pieces of the body, in order. */
  readonly pieces: readonly (Buffer | Blob | ByteSource)[];
}

interface Field {
  readonly name: string;
  readonly value: string | Buffer | Blob | ByteSource;
  readonly filename: string | undefined;
  readonly contentType: string | undefined;
}

/**
 * The body of a form. It is urlencoded until a field has bytes, a file name or a content type, and multipart from then on. Mirrors
 * aiohttp.FormData.
 *
 * ```ts
 * import { FormData } from "uvio/aiohttp";
 *
 * const form = new FormData({ name: "tower" });
 * console.log(form.isMultipart); // false
 * form.addField("file", Buffer.from("10 levels"), { filename: "levels.txt", contentType: "text/plain" });
 * console.log(form.isMultipart); // true
 * ```
 */
export class FormData {
  readonly #fields: Field[] = [];
  #multipart: boolean;

  /** `multipart`: true makes the form multipart even if no field requires it. */
  constructor(fields: FormLike | null = null, options: { multipart?: boolean } = {}) {
    this.#multipart = options.multipart ?? false;
    if (fields !== null) this.addFields(fields);
  }

  /** Whether the form is sent as multipart/form-data. */
  get isMultipart(): boolean {
    return this.#multipart;
  }

  /**
   * Adds a field. A form can have several fields with the same name. Returns the form. Throws TypeError for values that cannot be sent, and
   * ValueError for a content type with control characters.
   */
  addField(name: string, value: FieldValue, options: FieldOptions = {}): this {
    if (typeof name !== "string") throw new TypeError(`name must be a string, got ${describe(name)}`);
    const { contentType, filename = typeof File === "function" && value instanceof File ? value.name : undefined } = options;
    checkText("filename", filename);
    checkText("contentType", contentType);
    // Names are escaped, but a content type is written as it is: a line end in it would start another header, or another field.
    if (contentType !== undefined && CONTROL.test(contentType))
      throw new ValueError(`contentType must not contain control characters, got ${describe(contentType)}`);
    const held = heldOf(name, value);
    if (typeof held !== "string" || filename !== undefined || contentType !== undefined) this.#multipart = true;
    this.#fields.push({ name, value: held, filename, contentType });
    return this;
  }

  /** Adds the fields of an object or of pairs. Returns the form. */
  addFields(fields: FormLike): this {
    if (typeof fields !== "object" || fields === null) throw new TypeError(`fields must be an object or pairs, got ${describe(fields)}`);
    const pairs = Symbol.iterator in fields ? (fields as Iterable<readonly [string, FieldValue]>) : Object.entries(fields);
    for (const pair of pairs) {
      if (!Array.isArray(pair) || pair.length !== 2)
        throw new TypeError(`fields must consist of pairs of a name and a value, got ${describe(pair)}`);
      this.addField(pair[0] as string, pair[1] as FieldValue);
    }
    return this;
  }

  /** @internal */
  encode(): EncodedForm {
    return this.#multipart ? this.#encodeMultipart() : this.#encodeUrl();
  }

  #encodeUrl(): EncodedForm {
    const text = new URLSearchParams(this.#fields.map(({ name, value }) => [name, value as string] as [string, string])).toString();
    return { contentType: "application/x-www-form-urlencoded", pieces: [Buffer.from(text)] };
  }

  #encodeMultipart(): EncodedForm {
    const boundary = randomBytes(16).toString("hex");
    const pieces: (Buffer | Blob | ByteSource)[] = [];
    for (const { name, value, filename, contentType } of this.#fields) {
      const file = filename === undefined ? "" : `; filename="${quoted(filename)}"`;
      const type = contentType ?? defaultType(value);
      const typeLine = type === null ? "" : `Content-Type: ${type}\r\n`;
      pieces.push(Buffer.from(`--${boundary}\r\n${typeLine}Content-Disposition: form-data; name="${quoted(name)}"${file}\r\n\r\n`));
      pieces.push(typeof value === "string" ? Buffer.from(value) : value, Buffer.from("\r\n"));
    }
    pieces.push(Buffer.from(`--${boundary}--\r\n`));
    return { contentType: `multipart/form-data; boundary=${boundary}`, pieces };
  }
}

function heldOf(name: string, value: FieldValue): string | Buffer | Blob | ByteSource {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
    case "bigint":
    case "boolean":
      return String(value);
    default:
      if (isBytes(value)) return viewOf(value);
      if (value instanceof Blob || isByteSource(value)) return value;
      throw new TypeError(`field ${name} must be a string, bytes, a Blob or an async iterable of bytes, got ${describe(value)}`);
  }
}

export function isByteSource(value: unknown): value is ByteSource {
  return typeof (value as Partial<ByteSource> | null)?.[Symbol.asyncIterator] === "function";
}

function defaultType(value: string | Buffer | Blob | ByteSource): string | null {
  if (typeof value === "string") return null;
  return value instanceof Blob && value.type !== "" ? value.type : "application/octet-stream";
}

const CONTROL = /[\0-\x1f\x7f]/;

function checkText(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== "string") throw new TypeError(`${name} must be a string, got ${describe(value)}`);
}

/** Escapes a name as browsers do: quotes, line ends and other control characters are percent-encoded. */
function quoted(text: string): string {
  return text.replace(/["\0-\x1f\x7f]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
}
