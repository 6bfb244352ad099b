import { describe } from "../util/format.js";
import { asyncFor } from "./async-for.js";
import { isAwaitable } from "../tasks/awaitable.js";
import { coroutine, isGeneratorFunction, type Coroutine, type CoroutineGenerator } from "../tasks/coroutine.js";
import { awaitResult } from "./await-call.js";
import { currentScope, startInScope } from "../tasks/current-task.js";

/** What a `map` or `filter` function may return: a value, at once or in either spelling of a coroutine. */
export type Eventually<R> = R | PromiseLike<R> | CoroutineGenerator<R>;

/** What a function returning F gives in the end. */
export type Settled<F> = F extends CoroutineGenerator<infer R> ? R : Awaited<F>;

/** Which items to take. Plain, async and generator functions are good. */
export interface Filtering<T> {
  filter?: (item: T) => Eventually<unknown>;
}

/** What to make of the items that `filter` lets through. Plain, async and generator functions are good. */
export interface Mapping<T, M> extends Filtering<T> {
  map: (item: T) => M;
}

type Part = (item: unknown) => unknown;
/** The parts of any of the three. */
type Parts = ((item: never) => unknown) | Partial<Mapping<never, unknown>>;

/**
 * The items of an async iterable as an array; works with `await` and `yield*`. Mirrors Python's `[map(x) async for x in iterable if filter(x)]`.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * const numbers = asyncio.asyncGenerator(function* (emit: asyncio.Emit<number>) {
 *   for (const n of [1, 2, 3]) yield* emit(n);
 * });
 * await asyncio.run(async () => {
 *   console.log(await asyncio.toList(numbers())); // [ 1, 2, 3 ]
 *   console.log(await asyncio.toList(numbers(), async (n) => n * 10)); // [ 10, 20, 30 ]
 *   console.log(await asyncio.toList(numbers(), { map: (n) => `n${n}`, filter: (n) => n !== 2 })); // [ 'n1', 'n3' ]
 * });
 * ```
 *
 * As in Python, when `map` or `filter` throws the iterable stays open: see aclosing.
 */
export function toList<T, M>(iterable: AsyncIterable<T>, parts: ((item: T) => M) | Mapping<T, M>): Coroutine<Settled<M>[]>;
export function toList<T>(iterable: AsyncIterable<T>, parts?: Filtering<T>): Coroutine<T[]>;
export function toList(iterable: AsyncIterable<unknown>, parts: Parts = {}): Coroutine<unknown[]> {
  return collect("toList", iterable, parts, () => {
    const list: unknown[] = [];
    return { result: list, add: (item) => void list.push(item) };
  });
}

/** The items of an async iterable as a Set; otherwise as `toList`. Mirrors Python's `{map(x) async for x in iterable if filter(x)}`. */
export function toSet<T, M>(iterable: AsyncIterable<T>, parts: ((item: T) => M) | Mapping<T, M>): Coroutine<Set<Settled<M>>>;
export function toSet<T>(iterable: AsyncIterable<T>, parts?: Filtering<T>): Coroutine<Set<T>>;
export function toSet(iterable: AsyncIterable<unknown>, parts: Parts = {}): Coroutine<Set<unknown>> {
  return collect("toSet", iterable, parts, () => {
    const set = new Set<unknown>();
    return { result: set, add: (item) => void set.add(item) };
  });
}

/**
 * The pairs `[key, value]` of an async iterable, or those that `map` makes of its items, as a Map; otherwise as `toList`. Of equal keys the last
 * one stays. Mirrors Python's `{k: v async for k, v in iterable}`.
 */
export function toMap<T, K, V>(
  iterable: AsyncIterable<T>,
  parts: ((item: T) => Eventually<readonly [K, V]>) | Mapping<T, Eventually<readonly [K, V]>>,
): Coroutine<Map<K, V>>;
export function toMap<K, V>(iterable: AsyncIterable<readonly [K, V]>, parts?: Filtering<readonly [K, V]>): Coroutine<Map<K, V>>;
export function toMap(iterable: AsyncIterable<unknown>, parts: Parts = {}): Coroutine<Map<unknown, unknown>> {
  return collect("toMap", iterable, parts, () => {
    const map = new Map<unknown, unknown>();
    const add = (item: unknown): void => {
      if (!Array.isArray(item) || item.length !== 2) throw new TypeError(`toMap() needs pairs [key, value], got ${describe(item)}`);
      map.set(item[0], item[1]);
    };
    return { result: map, add };
  });
}

interface Collection<C> {
  result: C;
  add: (item: unknown) => void;
}

function collect<C>(caller: string, iterable: AsyncIterable<unknown>, parts: Parts, make: () => Collection<C>): Coroutine<C> {
  const { map, filter } = (typeof parts === "function" ? { map: parts } : (parts ?? {})) as { map?: Part; filter?: Part };
  if (typeof (iterable as Partial<AsyncIterable<unknown>> | null | undefined)?.[Symbol.asyncIterator] !== "function") {
    throw new TypeError(`${caller}: iterable must be an async iterable, got ${describe(iterable)}`);
  }
  for (const [name, part] of Object.entries({ map, filter })) {
    if (part !== undefined && typeof part !== "function")
      throw new TypeError(`${caller}: ${name} must be a function, got ${describe(part)}`);
  }
  return fill(iterable, map, filter, make()) as Coroutine<C>;
}

const fill = coroutine(function* collect(
  iterable: AsyncIterable<unknown>,
  map: Part | undefined,
  filter: Part | undefined,
  into: Collection<unknown>,
) {
  yield* asyncFor(iterable, function* (item) {
    if (filter !== undefined && !(yield* apply(filter, item))) return;
    into.add(map === undefined ? item : yield* apply(map, item));
  });
  return into.result;
});

function* apply(part: Part, item: unknown): CoroutineGenerator<unknown> {
  if (isGeneratorFunction(part)) return yield* part(item) as CoroutineGenerator<unknown>;
  const result = startInScope(currentScope()!, () => part(item)); // It may start async work.
  const waits = isAwaitable(result) || typeof (result as PromiseLike<unknown> | null | undefined)?.then === "function";
  return waits ? yield* awaitResult(result, part) : result;
}
