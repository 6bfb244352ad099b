import { RuntimeError } from "../core/errors.js";
import { isGenerator } from "../tasks/coroutine.js";
import type { Manager, Outcome } from "../syntax/async-with.js";
import { describe, functionName } from "../util/format.js";
import { isAsyncGeneratorFunction } from "./call.js";

class GeneratorManager<T> implements Manager<T, boolean> {
  readonly #name: string;
  readonly #generator: Generator<T, unknown, unknown>;
  #entered = false;

  constructor(generator: Generator<T, unknown, unknown>, name: string) {
    this.#generator = generator;
    this.#name = name;
  }

  enter(): T {
    if (this.#entered) throw new RuntimeError(`${this.toString()} has already been entered; call its function again for each block`);
    this.#entered = true;
    const step = this.#generator.next();
    if (step.done === true) throw new RuntimeError("generator didn't yield");
    return step.value;
  }

  exit(outcome: Outcome): boolean {
    const generator = this.#generator;
    if (outcome.ok) {
      if (generator.next().done === true) return false;
    } else {
      try {
        if (generator.throw(outcome.error).done === true) return true;
      } catch (raised) {
        if (raised === outcome.error) return false; // It has passed through the generator: for withManager to throw on.
        throw raised;
      }
    }
    try {
      throw new RuntimeError(outcome.ok ? "generator didn't stop" : "generator didn't stop after throw()");
    } finally {
      generator.return(undefined);
    }
  }

  toString(): string {
    return `<context manager ${this.#name}>`;
  }
}

/**
 * Makes a function returning managers for `withManager` of a generator function that yields once, with JavaScript's bare `yield`. The block's
 * error is thrown into the generator at its `yield`; there it may be handled, which suppresses it, replaced, or passed on.
 *
 * ```ts
 * import * as asyncio from "uvio";
 * import { contextManager } from "uvio/contextlib";
 *
 * const bracketed = contextManager(function* (output: string[]) {
 *   output.push("(");
 *   try {
 *     yield output;
 *   } finally {
 *     output.push(")");
 *   }
 * });
 * const output: string[] = [];
 * asyncio.withManager(bracketed(output), (inside) => inside.push("text"));
 * console.log(output.join("")); // (text)
 * ```
 *
 * A manager is good for one block. RuntimeError if the generator yields never, or twice. Mirrors contextlib.contextmanager.
 */
export function contextManager<T, A extends unknown[]>(
  fn: (...args: A) => Generator<T, unknown, unknown>,
): (...args: A) => Manager<T, boolean> {
  if (typeof fn !== "function" || isAsyncGeneratorFunction(fn)) {
    const hint = typeof fn === "function" ? "an async one; use asyncContextManager()" : describe(fn);
    throw new TypeError(`fn must be a generator function, got ${hint}`);
  }
  const name = functionName(fn);
  const helper = (...args: A): Manager<T, boolean> => {
    const generator = fn(...args);
    if (!isGenerator(generator)) throw new TypeError(`${name} must be a generator function, but returned ${describe(generator)}`);
    return new GeneratorManager(generator as Generator<T, unknown, unknown>, name);
  };
  return Object.defineProperty(helper, "name", { value: name, configurable: true });
}
