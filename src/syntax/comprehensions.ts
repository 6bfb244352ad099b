/** Asynchronous comprehensions: toList, toSet and toMap. */
import { describe } from "../util/format.js";
import { asyncFor } from "./async-for.js";
import { isAwaitable } from "../tasks/awaitable.js";
import { isGeneratorFunction } from "../core/generators.js";
import { coroutine, type Coroutine, type CoroutineGenerator } from "../tasks/coroutine.js";
import { awaitResult } from "./await-call.js";
import { currentScope, startInScope } from "../tasks/current-task.js";

/** The result of a `map` or `filter` function: a value, a promise of one, or a generator coroutine that returns one. */
export type Eventually<R> = R | PromiseLike<R> | CoroutineGenerator<R>;

/** The type of value that a function returning F produces once it is awaited. */
export type Settled<F> = F extends CoroutineGenerator<infer R> ? R : Awaited<F>;

/** Options that select the items. */
export interface Filtering<T> {
  /** Keeps the items for which it returns a true value. A plain, async or generator function. */
  filter?: (item: T) => Eventually<unknown>;
}

/** Options that select and transform the items. */
export interface Mapping<T, M> extends Filtering<T> {
  /** Transforms the items that `filter` keeps. A plain, async or generator function. */
  map: (item: T) => M;
}

type Part = (item: unknown) => unknown;
/** The second argument of toList, toSet and toMap: `map` alone, or an object of options. */
type Parts = ((item: never) => unknown) | Partial<Mapping<never, unknown>>;

/**
 * Collects the items of an async iterable in an array. Mirrors Python's `[map(x) async for x in iterable if filter(x)]`.
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
 * As in Python, the iterable stays open if `map` or `filter` throws: use `aclosing`.
 */
export function toList<T, M>(iterable: AsyncIterable<T>, parts: ((item: T) => M) | Mapping<T, M>): Coroutine<Settled<M>[]>;
export function toList<T>(iterable: AsyncIterable<T>, parts?: Filtering<T>): Coroutine<T[]>;
export function toList(iterable: AsyncIterable<unknown>, parts: Parts = {}): Coroutine<unknown[]> {
  return collect("toList", iterable, parts, () => {
    const list: unknown[] = [];
    return { result: list, add: (item) => void list.push(item) };
  });
}

/** Collects the items of an async iterable in a Set, like `toList`. Mirrors Python's `{map(x) async for x in iterable if filter(x)}`. */
export function toSet<T, M>(iterable: AsyncIterable<T>, parts: ((item: T) => M) | Mapping<T, M>): Coroutine<Set<Settled<M>>>;
export function toSet<T>(iterable: AsyncIterable<T>, parts?: Filtering<T>): Coroutine<Set<T>>;
export function toSet(iterable: AsyncIterable<unknown>, parts: Parts = {}): Coroutine<Set<unknown>> {
  return collect("toSet", iterable, parts, () => {
    const set = new Set<unknown>();
    return { result: set, add: (item) => void set.add(item) };
  });
}

/**
 * Collects the items of an async iterable in a Map, like `toList`. Items, or the results of `map`, must be pairs `[key, value]`; anything
 * else is a TypeError. The last of several equal keys wins. Mirrors Python's `{k: v async for k, v in iterable}`.
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
      if (!Array.isArray(item) || item.length !== 2) throw new TypeError(`toMap: items must be pairs [key, value], got ${describe(item)}`);
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
  const result = startInScope(currentScope()!, () => part(item)); // The function may be async.
  const waits = isAwaitable(result) || typeof (result as PromiseLike<unknown> | null | undefined)?.then === "function";
  return waits ? yield* awaitResult(result, part) : result;
}
