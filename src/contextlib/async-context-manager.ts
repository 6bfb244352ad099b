/** `asyncContextManager()`: managers from generator functions, for `asyncWith()`. */
import { RuntimeError, StopAsyncIteration } from "../core/errors.js";
import { AsyncGeneratorObject, asyncGenerator, type Emit } from "../syntax/async-generator.js";
import { isGeneratorFunction } from "../core/generators.js";
import { coroutine, type Coroutine, type CoroutineGenerator } from "../tasks/coroutine.js";
import { scoped, type AsyncManager, type Outcome } from "../syntax/async-with.js";
import { describe, functionName } from "../util/format.js";
import { callAndWait } from "./call.js";

/** A manager that a function made by `asyncContextManager()` returns. It can be used for one block. */
export interface AsyncContextManager<T> extends AsyncManager<T, boolean> {
  aenter(): Coroutine<T>;
  aexit(outcome: Outcome): Coroutine<boolean>;
}

type Step = IteratorResult<unknown, unknown>;

/** The common interface of the two kinds of async generators. */
interface Source {
  next(): CoroutineGenerator<Step>;
  throw(error: unknown): CoroutineGenerator<Step>;
  close(): CoroutineGenerator<unknown>;
}

/** uvio's async generator. Its end is a StopAsyncIteration, which its body cannot throw on its own. */
class EmittingSource implements Source {
  readonly #generator: AsyncGeneratorObject<unknown>;

  constructor(generator: AsyncGeneratorObject<unknown>) {
    this.#generator = generator;
  }

  next(): CoroutineGenerator<Step> {
    return this.#step(this.#generator.anext());
  }

  throw(error: unknown): CoroutineGenerator<Step> {
    return this.#step(this.#generator.athrow(error));
  }

  *close(): CoroutineGenerator<void> {
    yield* this.#generator.aclose();
  }

  *#step(step: Coroutine<unknown>): CoroutineGenerator<Step> {
    try {
      return { done: false, value: yield* step };
    } catch (error) {
      if (error instanceof StopAsyncIteration) return { done: true, value: undefined };
      throw error;
    }
  }
}

/** JavaScript's async generator. */
class NativeSource implements Source {
  readonly #generator: AsyncGenerator<unknown, unknown, unknown>;

  constructor(generator: AsyncGenerator<unknown, unknown, unknown>) {
    this.#generator = generator;
  }

  *next(): CoroutineGenerator<Step> {
    return (yield* callAndWait(() => this.#generator.next(), this.#generator.next)) as Step;
  }

  *throw(error: unknown): CoroutineGenerator<Step> {
    return (yield* callAndWait(() => this.#generator.throw(error), this.#generator.throw)) as Step;
  }

  *close(): CoroutineGenerator<void> {
    const step = (yield* callAndWait(() => this.#generator.return(undefined), this.#generator.return)) as Step;
    if (step.done !== true) throw new RuntimeError("async generator ignored return(): it yielded in a finally block");
  }
}

class GeneratorManager implements AsyncContextManager<unknown> {
  /** The generator can contain timeouts, which must cancel only what its block awaits. */
  readonly [scoped] = true;
  readonly name: string;
  readonly source: Source;
  entered = false;

  constructor(source: Source, name: string) {
    this.source = source;
    this.name = name;
  }

  aenter(): Coroutine<unknown> {
    return enter(this);
  }

  aexit(outcome: Outcome): Coroutine<boolean> {
    return exit(this, outcome);
  }

  toString(): string {
    return `<async context manager ${this.name}>`;
  }
}

const enter = coroutine(function* aenter(manager: GeneratorManager) {
  if (manager.entered) throw new RuntimeError(`${manager.toString()} has already been entered; call its function again for each block`);
  manager.entered = true;
  const step = yield* manager.source.next();
  if (step.done === true) throw new RuntimeError("generator didn't yield");
  return step.value;
});

const exit = coroutine(function* aexit({ source }: GeneratorManager, outcome: Outcome) {
  let step: Step;
  if (outcome.ok) {
    step = yield* source.next();
    if (step.done === true) return false;
  } else {
    const { error } = outcome;
    try {
      step = yield* source.throw(error);
    } catch (raised) {
      // The block's own error passed through the generator. Returning false lets asyncWith() rethrow it.
      if (raised === error) return false;
      // The generator's machinery, or its body, wrapped the error; the two cases cannot be distinguished.
      if (error instanceof StopAsyncIteration && raised instanceof RuntimeError && raised.cause === error) return false;
      throw raised;
    }
    if (step.done === true) return true;
  }
  try {
    throw new RuntimeError(outcome.ok ? "generator didn't stop" : "generator didn't stop after athrow()");
  } finally {
    yield* source.close();
  }
});

/**
 * Turns an async generator function that yields once into a function that returns managers for `asyncWith()`. The code before the `yield`
 * enters the block, the yielded value is passed to the block, and the code after it exits. An error of the block is thrown at the `yield`.
 * The generator can handle it, which suppresses it, replace it, or let it pass.
 *
 *
 * ```ts
 * import * as asyncio from "uvio";
 * import { asyncContextManager } from "uvio/contextlib";
 *
 * const connected = asyncContextManager(async function* (host: string) {
 *   await asyncio.sleep(0.001);
 *   try {
 *     yield `connection to ${host}`;
 *   } finally {
 *     await asyncio.sleep(0.001);
 *   }
 * });
 * const text = await asyncio.run(async () => await asyncio.asyncWith(connected("example"), async (it) => `got a ${it}`));
 * console.log(text); // got a connection to example
 * ```
 *
 * A generator function works as well; its first parameter is `emit`, as for `asyncGenerator()`. Such a manager does not use promises.
 *
 * ```ts
 * import * as asyncio from "uvio";
 * import { asyncContextManager } from "uvio/contextlib";
 *
 * const connected = asyncContextManager(function* (emit: asyncio.Emit<string>, host: string) {
 *   yield* asyncio.sleep(0.001);
 *   yield* emit(`connection to ${host}`);
 * });
 * console.log(await asyncio.run(async () => await asyncio.asyncWith(connected("example"), async (it) => it.length))); // 21
 * ```
 *
 * Each manager can be used for one block. RuntimeError if the generator does not yield once. Mirrors contextlib.asynccontextmanager.
 */
export function asyncContextManager<T, A extends unknown[]>(
  fn: (...args: A) => AsyncGenerator<T, unknown, unknown> | AsyncGeneratorObject<T>,
): (...args: A) => AsyncContextManager<T>;
export function asyncContextManager<T, A extends unknown[]>(
  fn: (emit: Emit<T>, ...args: A) => CoroutineGenerator<unknown>,
): (...args: A) => AsyncContextManager<T>;
export function asyncContextManager(fn: (...args: never[]) => unknown): (...args: unknown[]) => AsyncContextManager<unknown> {
  if (typeof fn !== "function") throw new TypeError(`fn must be an async generator function or a generator function, got ${describe(fn)}`);
  const name = functionName(fn);
  const make = isGeneratorFunction(fn)
    ? asyncGenerator(fn as unknown as (emit: Emit<unknown>, ...args: unknown[]) => CoroutineGenerator<unknown>)
    : (fn as unknown as (...args: unknown[]) => unknown);
  const helper = (...args: unknown[]): AsyncContextManager<unknown> => new GeneratorManager(sourceOf(make(...args), name), name);
  return Object.defineProperty(helper, "name", { value: name, configurable: true });
}

function sourceOf(made: unknown, name: string): Source {
  if (made instanceof AsyncGeneratorObject) return new EmittingSource(made);
  const { next, return: end, throw: fail } = (made ?? {}) as Partial<AsyncGenerator>;
  const isNative =
    typeof next === "function" && typeof end === "function" && typeof fail === "function" && Symbol.asyncIterator in (made as object);
  if (isNative) return new NativeSource(made as AsyncGenerator);
  throw new TypeError(`${name} must be an async generator function or a generator function, but returned ${describe(made)}`);
}
