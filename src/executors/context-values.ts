/** Sends context variables to other threads and processes. */
import { declaredVariable, type Context, type ContextVar } from "../core/contextvars.js";
import { sendable } from "./transfer.js";

/**
 * The values of a context, as sent to another thread. Variables are identified by name, because each thread has its own ContextVar objects.
 * See decision 0030.
 */
export type ContextValues = readonly (readonly [name: string, value: unknown])[];

/** Returns the values that can be sent: plain data, of variables whose name is unique in this thread. */
export function valuesOf(context: Context): ContextValues {
  const values: [string, unknown][] = [];
  for (const [variable, value] of context.entries()) {
    if (declaredVariable(variable.name) === variable && isPlainData(value)) values.push([variable.name, sendable(value)]);
  }
  return values;
}

/** Maps the values to this thread's variables. A value is dropped if no module in this thread has declared its variable. */
export function bindingsOf(values: ContextValues, base: ReadonlyMap<ContextVar<unknown>, unknown>): Map<ContextVar<unknown>, unknown> {
  const bindings = new Map(base);
  for (const [name, value] of values) {
    const variable = declaredVariable(name);
    if (variable !== null) bindings.set(variable, value);
  }
  return bindings;
}

const PLAIN = [Object, Array, Map, Set, Date, RegExp, ArrayBuffer, SharedArrayBuffer].map((type) => type.prototype as object);

/** Whether a clone is equivalent to the value. The clone of an instance of another class loses its class. */
function isPlainData(value: unknown): boolean {
  if (typeof value === "function" || typeof value === "symbol") return false;
  if (typeof value !== "object" || value === null) return true;
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype !== null && !PLAIN.includes(prototype) && !ArrayBuffer.isView(value)) return false;
  return isClonable(value);
}

export function isClonable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false; // DataCloneError, or a getter that throws.
  }
}
