/**
 * Encodes errors for other threads and processes. Structured clone drops their class and their properties. This codec keeps both if the
 * receiver knows the class, that is for JavaScript's and uvio's classes.
 */
import * as errors from "../core/errors.js";
import { ExceptionGroup } from "../core/exception-group.js";
import { className, describe } from "../util/format.js";
import { isClonable } from "./context-values.js";
import { sendable } from "./transfer.js";

/** A thrown value: an error, or anything else. */
export type EncodedThrow = { readonly error: EncodedError } | { readonly value: unknown };

interface EncodedError {
  /** The names of its class and the base classes, the most derived first. */
  readonly classes: readonly string[];
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly cause?: EncodedThrow;
  /** The errors of an AggregateError or ExceptionGroup. */
  readonly errors?: readonly EncodedThrow[];
  /** Own properties such as `code` and `errno`. */
  readonly properties: readonly (readonly [string, EncodedThrow])[];
}

/** Causes and inner errors below this depth are dropped, because they can form a cycle. */
const MAX_DEPTH = 10;

type ErrorClass = new (...args: never[]) => Error;

const CLASSES: ReadonlyMap<string, ErrorClass> = new Map(
  [
    Error,
    TypeError,
    RangeError,
    SyntaxError,
    ReferenceError,
    EvalError,
    URIError,
    AggregateError,
    ExceptionGroup,
    ...Object.values(errors).filter((value): value is ErrorClass & typeof errors.ValueError => isErrorClass(value)),
  ].map((type) => [type.name, type as ErrorClass]),
);

function isErrorClass(value: unknown): boolean {
  return typeof value === "function" && value.prototype instanceof Error;
}

export function encodeThrown(thrown: unknown, depth = 0): EncodedThrow {
  if (!(thrown instanceof Error)) return { value: isClonable(thrown) ? sendable(thrown) : describe(thrown) };
  const { cause, errors: inner } = thrown as { cause?: unknown; errors?: unknown };
  const deeper = depth < MAX_DEPTH;
  return {
    error: {
      classes: classesOf(thrown),
      name: String(thrown.name),
      message: String(thrown.message),
      stack: typeof thrown.stack === "string" ? thrown.stack : undefined,
      ...(deeper && "cause" in thrown ? { cause: encodeThrown(cause, depth + 1) } : {}),
      ...(deeper && Array.isArray(inner) ? { errors: inner.map((one) => encodeThrown(one, depth + 1)) } : {}),
      properties: Object.entries(thrown)
        .filter(([key, value]) => key !== "cause" && key !== "errors" && (value instanceof Error ? deeper : isClonable(value)))
        .map(([key, value]) => [key, encodeThrown(value, depth + 1)]),
    },
  };
}

/** Recreates the error. If its class is unknown, it gets the nearest known base class and keeps the name of its class. */
export function decodeThrown(encoded: EncodedThrow): unknown {
  if ("value" in encoded) return encoded.value;
  const { classes, name, message, stack, cause, errors: inner, properties } = encoded.error;
  if (classes.includes("DOMException")) return new DOMException(message, name);
  const members = inner?.map(decodeThrown) ?? [];
  // The members of a deeply nested group were dropped, and an ExceptionGroup cannot be empty.
  const known = classes.find((one) => CLASSES.has(one) && (one !== "ExceptionGroup" || members.length > 0));
  const error = known === "ExceptionGroup" ? new ExceptionGroup(message, members) : new Error(message);
  if (known !== undefined) Object.setPrototypeOf(error, CLASSES.get(known)!.prototype as object);
  // Never by assignment: a property of the other side may be called "__proto__".
  const define = (key: string, value: unknown, enumerable = false): void => {
    Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable });
  };
  if (stack !== undefined) define("stack", stack);
  if (cause !== undefined) define("cause", decodeThrown(cause));
  if (members.length > 0) define("errors", members);
  for (const [key, value] of properties) define(key, decodeThrown(value), true);
  // A class that does not set `name` inherits the name of its base class. Show the class's own name instead.
  const shown = known !== undefined && known !== classes[0] && name === known ? classes[0]! : name;
  if (error.name !== shown) define("name", shown);
  return error;
}

function classesOf(error: Error): string[] {
  const names: string[] = [];
  let prototype = Object.getPrototypeOf(error) as object | null;
  for (; prototype !== null && prototype !== Object.prototype; prototype = Object.getPrototypeOf(prototype) as object | null) {
    if (Object.hasOwn(prototype, "constructor")) names.push(className(Object.create(prototype) as object));
  }
  return names;
}
