import type { Awaitable, Suspension } from "../core/contracts.js";

const done: IteratorReturnResult<undefined> = { done: true, value: undefined };

const frame: Iterator<Suspension, undefined, unknown> = {
  next: () => done,
  throw: (error: unknown) => {
    throw error;
  },
  return: () => done,
};

/**
 * A completed awaitable without a result. It is a native promise because awaiting one is several times cheaper than a call of our own
 * `then`.
 * `yield*` takes it like any other awaitable. Neither takes a turn of the loop.
 */
export const COMPLETED: Awaitable<void> = Object.assign(Promise.resolve(undefined), { [Symbol.iterator]: () => frame });
