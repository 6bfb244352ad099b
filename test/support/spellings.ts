/**
 * Coroutines that are written once and run in every spelling. A body is a generator function in which `yield* on(x)` stands for Python's
 * `await x`. A spelling turns it into a generator coroutine, where this means `yield* x`, or an async function, where it means `await x`.
 */
import * as asyncio from "uvio";
import { AsyncItems, GeneratedItems, type Items, type ItemsBody } from "./items.js";
import { advance, callFromBody, outcomeOf, type Body, type Spelling, type Target } from "./writing.js";

export type { Body, Items, ItemsBody, Spelling, Target };
export { emit } from "./items.js";
export const SPELLINGS: readonly Spelling[] = ["generator", "lazy", "async"];

/** Inside a body, `yield* on(target)` stands for Python's `await target`. */
export function* on<T>(target: Target<T>): Body<T> {
  return (yield target) as T;
}

/** A coroutine function in some spelling. */
export interface Routine<A extends unknown[], T> {
  /** Calls the function. The result must be awaited immediately with `on`. */
  (...args: A): asyncio.Coroutine<T> | Promise<T>;
  /** Returns the call without starting it, like Python's coroutine object: an argument for createTask, gather or run. */
  lazy(...args: A): asyncio.TaskSource<T>;
}

/** The type of a body for asyncWith. */
export type Block<A extends unknown[], T> = (...args: A) => Promise<T> | asyncio.CoroutineGenerator<T>;

/** Makes coroutine functions in one spelling, or in the spelling that `choose` returns for each call. */
export class Writer {
  readonly #choose: () => Spelling;

  constructor(spelling: Spelling | (() => Spelling)) {
    this.#choose = typeof spelling === "function" ? spelling : () => spelling;
  }

  /** Makes a coroutine function: Python's `async def`. */
  fn<A extends unknown[], T>(body: (...args: A) => Body<T>): Routine<A, T> {
    const { name } = body;
    const asyncFn = named(name, (...args: A) => driveAsync(() => body(...args)));
    const makers = {
      generator: asyncio.coroutine(
        named(name, function* (...args: A) {
          return yield* driveGenerator(() => body(...args));
        }),
      ),
      lazy: asyncio.coroutine(asyncFn),
    };
    const routine = (...args: A): asyncio.Coroutine<T> | Promise<T> => {
      const spelling = this.#choose();
      return spelling === "async" ? callFromBody(() => asyncFn(...args)) : makers[spelling](...args);
    };
    return Object.assign(routine, {
      lazy: (...args: A): asyncio.TaskSource<T> => {
        const spelling = this.#choose();
        return spelling === "async" ? () => asyncFn(...args) : makers[spelling](...args);
      },
    });
  }

  /** Makes the body of an `async with`. */
  block<A extends unknown[], T>(body: (...args: A) => Body<T>): Block<A, T> {
    if (this.#choose() !== "generator") return (...args: A) => driveAsync(() => body(...args));
    return function* (...args: A) {
      return yield* driveGenerator(() => body(...args));
    };
  }

  /** Loops over an async iterable: Python's `async for`. The body returns BREAK for `break`. */
  each<T>(iterable: AsyncIterable<T>, body: (item: T) => Body<unknown>): Target<void> {
    if (this.#choose() === "generator") return asyncio.asyncFor(iterable, this.block(body));
    return callFromBody(async () => {
      for await (const item of iterable) if ((await driveAsync(() => body(item))) === asyncio.BREAK) break;
    });
  }

  /** Makes an async generator function: Python's `async def` with `yield` in it. */
  items<A extends unknown[], T>(body: (...args: A) => ItemsBody<T>): (...args: A) => Items<T> {
    return (...args: A) => (this.#choose() === "generator" ? new GeneratedItems(body(...args)) : new AsyncItems(body(...args)));
  }
}

function named<F extends object>(name: string, fn: F): F {
  return Object.defineProperty(fn, "name", { value: name });
}

function* driveGenerator<T>(make: () => Body<T>): asyncio.CoroutineGenerator<T> {
  const body = advance("generator", make);
  let ended = false;
  try {
    let next = advance("generator", () => body.next());
    while (next.done !== true) next = advance("generator", yield* outcomeOf(body, next.value));
    ended = true;
    return next.value;
  } catch (error) {
    ended = true;
    throw error;
  } finally {
    if (!ended) advance("generator", () => body.return(undefined as T)); // close() was called on the coroutine.
  }
}

async function driveAsync<T>(make: () => Body<T>): Promise<T> {
  const body = advance("async", make);
  let next = advance("async", () => body.next());
  while (next.done !== true) {
    let value: unknown;
    try {
      value = await next.value;
    } catch (error) {
      next = advance("async", () => body.throw(error));
      continue;
    }
    next = advance("async", () => body.next(value));
  }
  return next.value;
}
