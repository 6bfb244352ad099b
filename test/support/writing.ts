/** What bodies are made of; see spellings.ts. */
import * as asyncio from "uvio";

/** "generator": generator coroutines. "lazy": `coroutine(asyncFn)`. "async": async functions, given to tasks as thunks. */
export type Spelling = "generator" | "lazy" | "async";

/** What can be awaited in every spelling. */
export type Target<T> = asyncio.Awaitable<T> | PromiseLike<T>;

export type Body<T> = Generator<Target<unknown>, T, unknown>;

/** The spelling of the body that runs now. */
let writing: Spelling = "async";

/** Runs a body up to its next suspension. */
export function advance<R>(spelling: Spelling, resume: () => R): R {
  const before = writing;
  writing = spelling;
  try {
    return resume();
  } finally {
    writing = before;
  }
}

/** Calls an async function so that the body which runs now can await it: a generator cannot await a promise that it has made itself. */
export function callFromBody<T>(call: () => Promise<T>): asyncio.Coroutine<T> | Promise<T> {
  return writing === "generator" ? asyncio.coroutine(call)() : call();
}

/** `yield* target`, and how the body goes on then. */
export function* outcomeOf<Y, T>(
  body: Generator<Y, T, unknown>,
  target: Target<unknown>,
): asyncio.CoroutineGenerator<() => IteratorResult<Y, T>> {
  if (!asyncio.isAwaitable(target)) throw new TypeError("a generator coroutine cannot await a promise: wrapFuture() it");
  let value: unknown;
  try {
    value = yield* target;
  } catch (error) {
    return () => body.throw(error);
  }
  return () => body.next(value);
}
