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
 * What has no result and needs no waiting. A promise of the language, since `await` of one costs a fraction of what it costs to ask an
 * object of ours; with `yield*` it is an awaitable like any other, and takes no turn either.
 */
export const COMPLETED: Awaitable<void> = Object.assign(Promise.resolve(undefined), { [Symbol.iterator]: () => frame });
