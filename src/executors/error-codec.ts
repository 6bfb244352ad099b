/**
 * Errors on their way between threads and processes. Structured clone keeps neither their class nor their properties; this does, as far
 * as the receiver knows the class: JavaScript's own and uvio's.
 */
import * as errors from "../core/errors.js";
import { ExceptionGroup } from "../core/exception-group.js";
import { className, describe } from "../util/format.js";
import { isClonable } from "./context-values.js";

/** What was thrown: an error, or any other value. */
export type EncodedThrow = { readonly error: EncodedError } | { readonly value: unknown };

interface EncodedError {
  /** Its class and the classes above, nearest first. */
  readonly classes: readonly string[];
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly cause?: EncodedThrow;
  /** Of an AggregateError. */
  readonly errors?: readonly EncodedThrow[];
  /** `code`, `errno` and whatever else it has. */
  readonly properties: readonly (readonly [string, EncodedThrow])[];
}

/** Causes and errors of errors further down are left out: a cycle would never end. */
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
  if (!(thrown instanceof Error)) return { value: isClonable(thrown) ? thrown : describe(thrown) };
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

/** The error again. Of a class that is not known here it is one of the nearest class above that is, with the class's name. */
export function decodeThrown(encoded: EncodedThrow): unknown {
  if ("value" in encoded) return encoded.value;
  const { classes, name, message, stack, cause, errors: inner, properties } = encoded.error;
  if (classes.includes("DOMException")) return new DOMException(message, name);
  const members = inner?.map(decodeThrown) ?? [];
  // A group without its members, which were too deep inside others, is not one any more.
  const known = classes.find((one) => CLASSES.has(one) && (one !== "ExceptionGroup" || members.length > 0));
  const error = known === "ExceptionGroup" ? new ExceptionGroup(message, members) : new Error(message);
  if (known !== undefined) Object.setPrototypeOf(error, CLASSES.get(known)!.prototype as object);
  const define = (key: string, value: unknown): void => {
    Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable: false });
  };
  if (stack !== undefined) define("stack", stack);
  if (cause !== undefined) define("cause", decodeThrown(cause));
  if (members.length > 0) define("errors", members);
  for (const [key, value] of properties) (error as unknown as Record<string, unknown>)[key] = decodeThrown(value);
  // A class that sets no name of its own has that of the class above.
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
