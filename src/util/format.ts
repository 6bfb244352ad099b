/** Short texts of values and names for error messages. */
import { types } from "node:util";

const MAX_TEXT = 80;

function clip(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 3)}...` : text;
}

/** Returns a short text of any value for error messages: `"abc" (string)`, `an object of class Foo`, `null`. Never throws. */
export function describe(value: unknown): string {
  if (types.isProxy(value)) return "a Proxy"; // It may throw at every question.
  switch (typeof value) {
    case "undefined":
      return "undefined";
    case "string":
      return `${clip(JSON.stringify(value))} (string)`;
    case "number":
    case "boolean":
    case "bigint":
      return `${String(value)} (${typeof value})`;
    case "symbol":
      return `${String(value)} (symbol)`;
    case "function":
      return `the function ${functionName(value)}`;
    default:
      return value === null ? "null" : `an object of class ${className(value as object)}`;
  }
}

/** Returns the name of the object's class; "Object" if it has none. */
export function className(value: object): string {
  try {
    const constructor: unknown = (Object.getPrototypeOf(value) as { constructor?: unknown } | null)?.constructor;
    const name: unknown = typeof constructor === "function" ? constructor.name : "";
    return typeof name === "string" && name !== "" ? name : "Object";
  } catch {
    return "Object"; // A getter of the program has thrown.
  }
}

/** Returns the function's name; "<anonymous>" if it has none. */
export function functionName(fn: unknown): string {
  try {
    const name = typeof fn === "function" ? (fn as { name: unknown }).name : "";
    return typeof name === "string" && name !== "" ? name : "<anonymous>";
  } catch {
    return "<anonymous>"; // A getter of the program has thrown.
  }
}
