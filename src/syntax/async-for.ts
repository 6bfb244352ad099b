/** asyncFor: the loop over an async iterable for generator coroutines. */
import { StopAsyncIteration } from "../core/errors.js";
import { describe } from "../util/format.js";
import { AsyncGeneratorObject } from "./async-generator.js";
import type { Awaitable } from "../tasks/awaitable.js";
import { isGeneratorFunction } from "../core/generators.js";
import { coroutine, type Coroutine, type CoroutineGenerator } from "../tasks/coroutine.js";
import { awaitCall, type Body } from "./await-call.js";

/** The body of `asyncFor` returns this to end the loop, like `break`. */
export const BREAK: unique symbol = Symbol("uvio.BREAK");

/**
 * Calls `body` for each item of an async iterable, for generator coroutines; async functions can use `for await`. The body is a generator
 * function or an async function; it may return BREAK. As in Python, leaving the loop early does not close a generator: use `aclosing`.
 * Mirrors Python's `async for item in iterable: body`.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * const count = asyncio.asyncGenerator(function* (emit: asyncio.Emit<number>) {
 *   for (let n = 1; ; n++) yield* emit(n);
 * });
 * const main = asyncio.coroutine(function* () {
 *   let sum = 0;
 *   yield* asyncio.asyncFor(count(), function* (n) {
 *     yield* asyncio.sleep(0);
 *     return (sum += n) >= 10 ? asyncio.BREAK : null;
 *   });
 *   return sum;
 * });
 * console.log(await asyncio.run(main())); // 10
 * ```
 */
export function asyncFor<T>(iterable: AsyncIterable<T>, body: Body<[item: T], unknown>): Coroutine<void> {
  if (typeof (iterable as Partial<AsyncIterable<T>> | null)?.[Symbol.asyncIterator] !== "function") {
    throw new TypeError(`iterable must be an async iterable, got ${describe(iterable)}`);
  }
  if (typeof body !== "function") throw new TypeError(`body must be an async function or a generator function, got ${describe(body)}`);
  return run(iterable, body as Body<[unknown], unknown>);
}

/**
 * The method of an iterator that gives generator coroutines its next item without a promise. Fails with StopAsyncIteration after the
 * last item.
 */
export const anext: unique symbol = Symbol("uvio.anext");

interface DirectIterator {
  [anext](): Awaitable<unknown>;
}

const run = coroutine(function* asyncFor(iterable: AsyncIterable<unknown>, body: Body<[unknown], unknown>) {
  const call = isGeneratorFunction(body)
    ? (body as (item: unknown) => CoroutineGenerator<unknown>)
    : (item: unknown): CoroutineGenerator<unknown> => awaitCall(body, item);
  const iterator = iterable instanceof AsyncGeneratorObject ? iterable : iterable[Symbol.asyncIterator]();
  if (iterator instanceof AsyncGeneratorObject || isDirect(iterator)) {
    for (;;) {
      let item: unknown;
      try {
        item = yield* iterator instanceof AsyncGeneratorObject ? iterator.anext() : iterator[anext]();
      } catch (error) {
        if (error instanceof StopAsyncIteration) return;
        throw error;
      }
      if ((yield* call(item)) === BREAK) return;
    }
  }
  for (;;) {
    const step = (yield* awaitCall(() => iterator.next())) as IteratorResult<unknown>;
    if (step.done === true) return;
    if ((yield* call(step.value)) === BREAK) return;
  }
});

function isDirect(iterator: object): iterator is DirectIterator {
  return anext in iterator;
}
