/** Headers: pairs whose keys ignore case and can occur several times. */
import { describe } from "../../util/format.js";
import { LookupError } from "../../core/errors.js";
import { bytesText, headerText, wireName, wireValue } from "./header-text.js";

/** Headers as an option: a multidict, an object, a Map, or pairs. */
export type HeadersLike = Iterable<readonly [string, string]> | Readonly<Record<string, string>>;

/** A read-only CIMultiDict: the headers of a response. Mirrors multidict.CIMultiDictProxy. */
export interface CIMultiDictProxy extends Iterable<[string, string]> {
  /** The number of pairs. */
  readonly size: number;
  /** Returns the first value of `key`, or `fallback` (default null) if there is none. */
  get(key: string, fallback?: string | null): string | null;
  /** Returns the first value of `key`. Throws LookupError if there is none. */
  getone(key: string): string;
  /** Returns all values of `key`; an empty array if there are none. */
  getall(key: string): string[];
  /** Whether `key` has a value. */
  has(key: string): boolean;
  /** Returns the key of each pair. */
  keys(): string[];
  /** Returns the values, in the order in which they were added. */
  values(): string[];
  /** Returns the pairs. */
  entries(): [string, string][];
}

/**
 * Ordered pairs whose keys ignore case and can occur several times. Mirrors multidict.CIMultiDict.
 *
 * ```ts
 * import { CIMultiDict } from "uvio/aiohttp";
 *
 * const headers = new CIMultiDict({ Accept: "text/html" });
 * headers.add("accept", "text/plain");
 * console.log(headers.get("ACCEPT"), headers.getall("Accept").length); // text/html 2
 * ```
 */
export class CIMultiDict implements CIMultiDictProxy {
  readonly #keys: string[] = [];
  /** The keys in lower case. */
  readonly #names: string[] = [];
  readonly #values: string[] = [];

  constructor(pairs?: HeadersLike | null) {
    if (pairs !== undefined && pairs !== null) this.extend(pairs);
  }

  get size(): number {
    return this.#keys.length;
  }

  get(key: string, fallback: string | null = null): string | null {
    const at = this.#names.indexOf(key.toLowerCase());
    return at < 0 ? fallback : this.#values[at]!;
  }

  getone(key: string): string {
    const value = this.get(key);
    if (value === null) throw new LookupError(`Key not found: ${describe(key)}; use get() or has()`);
    return value;
  }

  getall(key: string): string[] {
    const name = key.toLowerCase();
    return this.#values.filter((_, at) => this.#names[at] === name);
  }

  has(key: string): boolean {
    return this.#names.includes(key.toLowerCase());
  }

  /** Adds a pair; keeps the existing pairs with the same key. */
  add(key: string, value: string): void {
    if (typeof key !== "string") throw new TypeError(`key must be a string, got ${describe(key)}`);
    if (typeof value !== "string") throw new TypeError(`the value of ${key} must be a string, got ${describe(value)}`);
    this.#keys.push(key);
    this.#names.push(key.toLowerCase());
    this.#values.push(value);
  }

  /** Replaces all pairs with this key by one pair. */
  set(key: string, value: string): void {
    this.delete(key);
    this.add(key, value);
  }

  /** Adds pairs; keeps the existing ones. */
  extend(pairs: HeadersLike): void {
    for (const [key, value] of pairsOf(pairs)) this.add(key, value);
  }

  /** Adds pairs after removing the existing ones with the same keys. */
  update(pairs: HeadersLike): void {
    const list = pairsOf(pairs);
    for (const [key] of list) this.delete(key);
    for (const [key, value] of list) this.add(key, value);
  }

  /** Removes all pairs with this key. Returns whether there were any. */
  delete(key: string): boolean {
    const name = key.toLowerCase();
    let found = false;
    for (let at = this.#names.indexOf(name); at >= 0; at = this.#names.indexOf(name, at)) {
      found = true;
      for (const list of [this.#keys, this.#names, this.#values]) list.splice(at, 1);
    }
    return found;
  }

  /** Returns a copy. */
  copy(): CIMultiDict {
    const copy = new CIMultiDict();
    copy.#keys.push(...this.#keys);
    copy.#names.push(...this.#names);
    copy.#values.push(...this.#values);
    return copy;
  }

  keys(): string[] {
    return [...this.#keys];
  }

  values(): string[] {
    return [...this.#values];
  }

  entries(): [string, string][] {
    return this.#keys.map((key, at) => [key, this.#values[at]!]);
  }

  [Symbol.iterator](): Iterator<[string, string]> {
    return this.entries()[Symbol.iterator]();
  }

  toString(): string {
    return `<CIMultiDict(${this.entries()
      .map(([key, value]) => `'${key}': '${value}'`)
      .join(", ")})>`;
  }

  /**
   * Returns keys and values alternately, the form that undici expects, with values as they are sent. Throws ValueError for keys and values
   * that would break out of their header.
   * @internal
   */
  flat(): string[] {
    const flat: string[] = [];
    for (let at = 0; at < this.#keys.length; at++) {
      const key = this.#keys[at]!;
      flat.push(wireName(key), wireValue(key, this.#values[at]!));
    }
    return flat;
  }

  /** Like `flat()`, in the form that node:http expects. @internal */
  grouped(): Record<string, string | string[]> {
    const groups = new Map<string, [string, string[]]>();
    const flat = this.flat();
    for (let at = 0; at < flat.length; at += 2) {
      const key = flat[at]!;
      const group = groups.get(key.toLowerCase());
      if (group === undefined) groups.set(key.toLowerCase(), [key, [flat[at + 1]!]]);
      else group[1].push(flat[at + 1]!);
    }
    return Object.fromEntries([...groups.values()].map(([key, values]) => [key, values.length === 1 ? values[0]! : values]));
  }
}

/** Builds headers from received names and values, which alternate: bytes from undici, text from Node. */
export function receivedHeaders(received: readonly (Buffer | string)[]): CIMultiDict {
  const texts = received.map((one) => (typeof one === "string" ? headerText(one) : bytesText(one)));
  const headers = new CIMultiDict();
  for (let at = 0; at + 1 < texts.length; at += 2) headers.add(texts[at]!, texts[at + 1]!);
  return headers;
}

function pairsOf(pairs: HeadersLike): (readonly [string, string])[] {
  if (typeof pairs !== "object" || pairs === null) throw new TypeError(`headers must be an object or pairs, got ${describe(pairs)}`);
  return Symbol.iterator in pairs ? [...(pairs as Iterable<readonly [string, string]>)] : Object.entries(pairs);
}
