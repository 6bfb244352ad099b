import { StopAsyncIteration } from "../core/errors.js";
import { describe } from "../util/format.js";
import { AsyncGeneratorObject } from "./async-generator.js";
import { coroutine, type Coroutine } from "./coroutine.js";
import { perform, type Body } from "./perform.js";

/** Returned by the body of `asyncFor`, ends the loop like `break`. */
export const BREAK: unique symbol = Symbol("uvio.BREAK");

/**
 * Python's `async for item in iterable: body`, for generator coroutines (async functions have `for await`). The body is a generator or async
 * function; it may return BREAK. As in Python, leaving the loop early does not close a generator: see aclosing.
 */
export function asyncFor<T>(iterable: AsyncIterable<T>, body: Body<[item: T], unknown>): Coroutine<void> {
  if (typeof (iterable as Partial<AsyncIterable<T>> | null)?.[Symbol.asyncIterator] !== "function") {
    throw new TypeError(`iterable must be an async iterable, got ${describe(iterable)}`);
  }
  if (typeof body !== "function") throw new TypeError(`body must be an async function or a generator function, got ${describe(body)}`);
  return run(iterable, body as Body<[unknown], unknown>);
}

const run = coroutine(function* asyncFor(iterable: AsyncIterable<unknown>, body: Body<[unknown], unknown>) {
  if (iterable instanceof AsyncGeneratorObject) {
    // Directly: no promise between generator and consumer.
    for (;;) {
      let item: unknown;
      try {
        item = yield* iterable.anext();
      } catch (error) {
        if (error instanceof StopAsyncIteration) return;
        throw error;
      }
      if ((yield* perform(body, item)) === BREAK) return;
    }
  }
  const iterator = iterable[Symbol.asyncIterator]();
  for (;;) {
    const step = (yield* perform(() => iterator.next())) as IteratorResult<unknown>;
    if (step.done === true) return;
    if ((yield* perform(body, step.value)) === BREAK) return;
  }
});
