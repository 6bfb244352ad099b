/** The parts that spellings.ts and items.ts share: types of bodies, and running a body step by step. */
import * as asyncio from "uvio";

/** "generator": generator coroutines. "lazy": `coroutine(asyncFn)`. "async": async functions, given to tasks as thunks. */
export type Spelling = "generator" | "lazy" | "async";

/** An object that can be awaited in every spelling. */
export type Target<T> = asyncio.Awaitable<T> | PromiseLike<T>;

export type Body<T> = Generator<Target<unknown>, T, unknown>;

/** The spelling of the body that is running. */
let writing: Spelling = "async";

/** Runs a body until its next suspension. */
export function advance<R>(spelling: Spelling, resume: () => R): R {
  const before = writing;
  writing = spelling;
  try {
    return resume();
  } finally {
    writing = before;
  }
}

/** Calls an async function so that the running body can await it. A generator coroutine cannot await a bare promise. */
export function callFromBody<T>(call: () => Promise<T>): asyncio.Coroutine<T> | Promise<T> {
  return writing === "generator" ? asyncio.coroutine(call)() : call();
}

/** Awaits the target and returns a function that resumes the body with the result or the error. */
export function* outcomeOf<Y, T>(
  body: Generator<Y, T, unknown>,
  target: Target<unknown>,
): asyncio.CoroutineGenerator<() => IteratorResult<Y, T>> {
  if (!asyncio.isAwaitable(target)) throw new TypeError("a generator coroutine cannot await a promise; use wrapFuture()");
  let value: unknown;
  try {
    value = yield* target;
  } catch (error) {
    return () => body.throw(error);
  }
  return () => body.next(value);
}
