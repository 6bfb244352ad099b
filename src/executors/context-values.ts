import { declaredVariable, type Context, type ContextVar } from "../core/contextvars.js";

/**
 * A context on its way to another thread: variables go by name, as each thread has its own ContextVar objects. See decision 0030.
 */
export type ContextValues = readonly (readonly [name: string, value: unknown])[];

/** Those values that mean the same in another thread: plain data, of variables whose name is theirs alone. */
export function valuesOf(context: Context): ContextValues {
  const values: [string, unknown][] = [];
  for (const [variable, value] of context.entries()) {
    if (declaredVariable(variable.name) === variable && isPlainData(value)) values.push([variable.name, value]);
  }
  return values;
}

/** The values with this thread's variables. One that no module here has declared has nobody to read it. */
export function bindingsOf(values: ContextValues, base: ReadonlyMap<ContextVar<unknown>, unknown>): Map<ContextVar<unknown>, unknown> {
  const bindings = new Map(base);
  for (const [name, value] of values) {
    const variable = declaredVariable(name);
    if (variable !== null) bindings.set(variable, value);
  }
  return bindings;
}

const PLAIN = [Object, Array, Map, Set, Date, RegExp, ArrayBuffer, SharedArrayBuffer].map((type) => type.prototype as object);

/** A clone of an object of some class is not of that class, and so not what the variable's readers expect. */
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
    return false; // DataCloneError, or a getter that throws: either way it cannot be sent.
  }
}
