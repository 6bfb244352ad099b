import { RuntimeError } from "../core/errors.js";
import { isGenerator } from "../core/generators.js";
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
        if (raised === outcome.error) return false; // It passed through; withManager() rethrows it.
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
 * Turns a generator function that yields once, with a plain `yield`, into a function that returns managers for `withManager()`. The code
 * before the `yield` enters the block, the yielded value is passed to the block, and the code after it exits. An error of the block is
 * thrown at the `yield`. The generator can handle it, which suppresses it, replace it, or let it pass.
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
 * Each manager can be used for one block. RuntimeError if the generator does not yield exactly once. Mirrors contextlib.contextmanager.
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
