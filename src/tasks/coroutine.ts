/** Coroutine objects, and coroutine(), which makes coroutine functions. */
import { inspect } from "node:util";
import type { Suspension } from "../core/contracts.js";
import { RuntimeError } from "../core/errors.js";
import { isGeneratorFunction, noteWrapped } from "../core/generators.js";
import { runningLoopOrNull } from "../core/running.js";
import { describe, functionName } from "../util/format.js";
import { Awaitable } from "./awaitable.js";
import { watchAwaited } from "./never-awaited.js";
import { currentScope, startInScope } from "./current-task.js";
import { PromiseSuspension, type Frame } from "./step.js";
import { TracedFrame } from "./call-stack.js";

const CREATED = 0;
const STARTED = 1;
const CLOSED = 2;

/**
 * A coroutine object: created without running, driven by a task, by `yield*` or `await`, or by hand with `send`, `throw` and `close`.
 * Created by calling a function that `coroutine()` returned. Mirrors Python's coroutine objects.
 */
export abstract class Coroutine<T> extends Awaitable<T> {
  /** The name of its function. */
  readonly name: string;
  #state = CREATED;
  #frame: Frame | null = null;
  /** In debug mode: reports a coroutine that never ran. */
  readonly #fate: { awaited: boolean } | null = null;

  /** @internal */
  constructor(name: string) {
    super();
    this.name = name;
    if (runningLoopOrNull()?.debug === true) this.#fate = watchAwaited(this, name);
  }

  /** Creates the frame without running any of it. */
  protected abstract open(): Iterator<Suspension, T, unknown>;

  /** Starts the coroutine. Throws RuntimeError the second time. Mirrors Python's `__await__`. */
  override [Symbol.iterator](): Iterator<Suspension, T, unknown> {
    if (this.#state !== CREATED) throw this.#reused();
    this.#state = STARTED;
    if (this.#fate === null) return this.open();
    this.#fate.awaited = true;
    return new TracedFrame(this.name, this.open());
  }

  /** Starts or resumes the coroutine by hand. When it is done, `value` is what it returned. Mirrors Python's `coro.send(value)`. */
  send(value?: unknown): IteratorResult<unknown, T> {
    return this.#resume((frame) => frame.next(value));
  }

  /** Throws into the coroutine by hand. Mirrors Python's `coro.throw(error)`. */
  throw(error: unknown): IteratorResult<unknown, T> {
    return this.#resume((frame) => frame.throw!(error));
  }

  /** Ends the coroutine: runs its `finally` blocks. No effect on one that has ended. Throws RuntimeError if it awaits in one of them. */
  close(): void {
    const frame = this.#frame;
    const created = this.#state === CREATED;
    if (this.#fate !== null) this.#fate.awaited = true;
    this.#state = CLOSED;
    this.#frame = null;
    if (created || frame === null) return;
    const result = frame.return!(undefined);
    if (result.done !== true) throw new RuntimeError(`coroutine '${this.name}' ignored close(): it awaited in a finally block`);
  }

  override toString(): string {
    return `<coroutine ${this.name}>`;
  }

  [inspect.custom](): string {
    return this.toString();
  }

  #resume(resume: (frame: Frame) => IteratorResult<unknown, unknown>): IteratorResult<unknown, T> {
    if (this.#state === CREATED) this.#frame = this[Symbol.iterator]();
    const frame = this.#frame;
    if (frame === null) throw this.#reused();
    let result: IteratorResult<unknown, T>;
    try {
      result = resume(frame) as IteratorResult<unknown, T>;
    } catch (error) {
      this.#frame = null;
      throw error;
    }
    if (result.done === true) this.#frame = null;
    return result;
  }

  #reused(): RuntimeError {
    return new RuntimeError(`cannot reuse already awaited coroutine '${this.name}'; call its function again for a new one`);
  }
}

/** A coroutine whose body is a generator, stepped synchronously: as in Python. */
export class GeneratorCoroutine<T> extends Coroutine<T> {
  readonly #generator: Generator<Suspension, T, unknown>;

  /** @internal */
  constructor(generator: Generator<Suspension, T, unknown>, name: string) {
    super(name);
    this.#generator = generator;
  }

  protected override open(): Iterator<Suspension, T, unknown> {
    return this.#generator;
  }
}

/** An async function that has not been called yet. */
export class AsyncCoroutine<T> extends Coroutine<T> {
  readonly #start: () => PromiseLike<T>;

  /** @internal */
  constructor(start: () => PromiseLike<T>, name: string) {
    super(name);
    this.#start = start;
  }

  protected override *open(): Generator<Suspension, T, unknown> {
    const scope = currentScope();
    if (scope === null) throw new RuntimeError(`${this.toString()} of an async function can only be run by a task`);
    return (yield new PromiseSuspension(startInScope(scope, this.#start)) as unknown as Suspension) as T;
  }
}

/** The generator of a function given to `coroutine()`. Suspensions come from `yield*`. */
export type CoroutineGenerator<T> = Generator<Suspension, T, unknown>;

/**
 * Makes a coroutine function from a generator function or an async function. Calling it returns a Coroutine that has not started.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * const add = asyncio.coroutine(function* (x: number) {
 *   yield* asyncio.sleep(0.01);
 *   return x + 100;
 * });
 * console.log(await asyncio.run(add(1))); // 101
 * ```
 *
 * Mirrors `async def`.
 */
export function coroutine<A extends unknown[], T>(fn: (...args: A) => CoroutineGenerator<T>): (...args: A) => Coroutine<T>;
export function coroutine<A extends unknown[], T>(fn: (...args: A) => PromiseLike<T>): (...args: A) => Coroutine<T>;
export function coroutine<A extends unknown[], T>(fn: (...args: A) => unknown): (...args: A) => Coroutine<T> {
  if (typeof fn !== "function") throw new TypeError(`fn must be a generator function or an async function, got ${describe(fn)}`);
  const name = functionName(fn);
  if (isGeneratorFunction(fn)) {
    noteWrapped(fn);
    return marked(function (this: unknown, ...args: A) {
      return new GeneratorCoroutine<T>(fn.apply(this, args) as Generator<Suspension, T, unknown>, name);
    });
  }
  return marked(function (this: unknown, ...args: A) {
    return new AsyncCoroutine<T>(() => promised<T>(fn.apply(this, args), name), name);
  });
}

/** The prototype of coroutine functions, as async functions have one: `bind()` passes it on. */
const CoroutineFunction: object = Object.create(Function.prototype) as object;
const AsyncFunction: object = Object.getPrototypeOf(async function () {}) as object;

function marked<F extends object>(fn: F): F {
  return Object.setPrototypeOf(fn, CoroutineFunction) as F;
}

/** Whether `fn` was made by coroutine(). @internal */
export function isLazyFunction(fn: object): boolean {
  return Object.prototype.isPrototypeOf.call(CoroutineFunction, fn);
}

/** Whether `value` is a coroutine object. Mirrors asyncio.iscoroutine. */
export function isCoroutine(value: unknown): value is Coroutine<unknown> {
  return value instanceof Coroutine;
}

/**
 * Whether `fn` is a coroutine function: made by `coroutine()`, or an async function. A bare generator function is not, as in Python:
 * calling it returns a generator, which neither `await` nor `createTask` accepts.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * function* steps() {
 *   yield* asyncio.sleep(0);
 * }
 * console.log(asyncio.isCoroutineFunction(asyncio.coroutine(steps))); // true
 * console.log(asyncio.isCoroutineFunction(async () => {})); // true
 * console.log(asyncio.isCoroutineFunction(steps)); // false
 * console.log(asyncio.isCoroutineFunction(async function* () {})); // false
 * ```
 *
 * Returns false for a plain function that returns an awaitable, such as `sleep`. Mirrors asyncio.iscoroutinefunction.
 */
export function isCoroutineFunction(fn: unknown): fn is (...args: unknown[]) => PromiseLike<unknown> {
  if (typeof fn !== "function") return false;
  return [CoroutineFunction, AsyncFunction].some((kind) => Object.prototype.isPrototypeOf.call(kind, fn));
}

function promised<T>(value: unknown, name: string): PromiseLike<T> {
  if (typeof (value as PromiseLike<T> | null)?.then === "function") return value as PromiseLike<T>;
  throw new TypeError(`${name} must be a generator function or an async function, but returned ${describe(value)}`);
}
