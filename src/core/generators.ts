/** Recognises generators and generator functions, and describes a generator that stands in place of a coroutine. */
import type { Suspension } from "./contracts.js";

const GeneratorPrototype: unknown = Object.getPrototypeOf(function* () {}).prototype;

/** Whether `value` is a generator object. @internal */
export function isGenerator(value: unknown): value is Generator<Suspension, unknown, unknown> {
  return typeof value === "object" && value !== null && Object.prototype.isPrototypeOf.call(GeneratorPrototype as object, value);
}

const GeneratorFunction: unknown = Object.getPrototypeOf(function* () {});

/** @internal */
export function isGeneratorFunction(fn: object): boolean {
  return Object.prototype.isPrototypeOf.call(GeneratorFunction as object, fn);
}

/** The prototypes of the generators of functions given to coroutine(), and the names of the functions. */
const wrapped = new WeakMap<object, string>();

/** Called by coroutine(). @internal */
export function noteWrapped(fn: object): void {
  const { prototype, name } = fn as { prototype?: unknown; name?: unknown };
  if (typeof name === "string" && name !== "" && prototype instanceof Object) wrapped.set(prototype, name);
}

/** Says that a bare generator stands in place of a coroutine, and why, for error messages. @internal */
export function describeGenerator(generator: object): string {
  const name = wrapped.get(Object.getPrototypeOf(generator) as object);
  if (name === undefined) return "a bare generator; wrap its function: coroutine(function* () {...})";
  return (
    `a bare generator of ${name}; inside of coroutine(function* ${name}() {...}) the name ${name} is the generator function itself: ` +
    "leave that name out, so that it is the coroutine function"
  );
}
