/** A hint for methods that were passed as callbacks: JavaScript drops their object, while Python's `task.cancel` keeps it. */
import { functionName } from "./format.js";

/** How the source of a method starts: `cancel(`, `async get(`, `*items(`. Functions and classes have a word before the name, arrows `=>`. */
const METHOD = /^(?:async\s+(?!\())?\*?\s*(?!(?:async|function|class)\b)[^\s("'`=]+\s*\(/;

/** Whether the function was written as a method, so that it may use `this`. */
function isMethod(fn: object): boolean {
  return !Object.hasOwn(fn, "prototype") && METHOD.test(Function.prototype.toString.call(fn));
}

/** Returns an addition to the message about a callback that has thrown `error`; empty if it is not a method, or failed otherwise. */
export function unboundHint(fn: object, error: unknown): string {
  if (!(error instanceof TypeError) || !isMethod(fn)) return "";
  const name = functionName(fn);
  return `; ${name} is a method and was passed without its object: pass () => object.${name}(), or object.${name}.bind(object)`;
}
