/** `closing()` and `aclosing()`: managers that close an object at the end of the block. */
import type { Awaitable as AwaitableContract, Suspension } from "../core/contracts.js";
import { coroutine, type Coroutine, type CoroutineGenerator } from "../tasks/coroutine.js";
import { SyncAwaitable } from "../tasks/fast-path.js";
import type { AsyncManager, Manager } from "../syntax/async-with.js";
import { describe } from "../util/format.js";
import { callAndWait } from "./call.js";

/** The argument of `closing()`. */
export interface Closable {
  close(): unknown;
}

/** The argument of `aclosing()`: an object with `aclose()`, or a JavaScript async generator. */
export type AsyncClosable =
  | { aclose(): PromiseLike<unknown> | AwaitableContract<unknown> | CoroutineGenerator<unknown> }
  | { return(value: undefined): PromiseLike<unknown>; [Symbol.asyncIterator](): unknown };

/** Returns a manager that calls `thing.close()` when the block ends, with or without an error. Mirrors contextlib.closing. */
export function closing<T extends Closable>(thing: T): Manager<T, void> {
  if (typeof (thing as Partial<Closable> | null | undefined)?.close !== "function")
    throw new TypeError(`thing must have close(), got ${describe(thing)}`);
  return { enter: () => thing, exit: () => void thing.close() };
}

/**
 * Returns a manager that awaits `thing.aclose()` when the block ends, with or without an error; for JavaScript's async generators it awaits
 * `return()`. Leaving an `asyncFor()` early does not close a generator, but this does:
 *
 * ```ts
 * import * as asyncio from "uvio";
 * import { aclosing } from "uvio/contextlib";
 *
 * const numbers = asyncio.asyncGenerator(function* (emit: asyncio.Emit<number>) {
 *   try {
 *     for (let i = 0; ; i++) yield* emit(i);
 *   } finally {
 *     console.log("closed"); // closed
 *   }
 * });
 * const main = asyncio.coroutine(function* () {
 *   yield* asyncio.asyncWith(aclosing(numbers()), function* (all) {
 *     yield* asyncio.asyncFor(all, function* (n) {
 *       return n === 3 ? asyncio.BREAK : null;
 *     });
 *   });
 * });
 * await asyncio.run(main());
 * ```
 *
 * Mirrors contextlib.aclosing.
 */
export function aclosing<T extends AsyncClosable>(thing: T): AsyncManager<T, void> {
  const { aclose, return: end } = (thing ?? {}) as { aclose?: unknown; return?: unknown };
  const method = typeof aclose === "function" ? aclose : end;
  if (typeof method !== "function") throw new TypeError(`thing must have aclose(), or be an async generator, got ${describe(thing)}`);
  return {
    aenter: () => new SyncAwaitable(() => thing),
    aexit: () => exit(() => (method as (this: T, value?: undefined) => unknown).call(thing, undefined), method),
  };
}

const exit: (close: () => unknown, method: object) => Coroutine<void> = coroutine(function* aexit(
  close: () => unknown,
  method: object,
): Generator<Suspension, void, unknown> {
  yield* callAndWait(close, method);
});
