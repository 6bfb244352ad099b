/** PriorityQueue, and the default order of its items. */
import { describe } from "../util/format.js";
import { Queue } from "./queue.js";

/** Returns a negative number if `a` comes before `b`. */
export type Compare<T> = (a: T, b: T) => number;

/** Compares numbers, strings and dates by value, and arrays element by element, like Python's tuples. */
function byValue(a: unknown, b: unknown): number {
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let i = 0; i < a.length && i < b.length; i++) {
      const order = byValue(a[i], b[i]);
      if (order !== 0) return order;
    }
    return a.length - b.length;
  }
  const kind = orderedKind(a);
  if (a !== b && (kind === null || kind !== orderedKind(b))) {
    throw new TypeError(`cannot compare ${describe(a)} with ${describe(b)}; pass an order: new PriorityQueue(maxsize, { compare })`);
  }
  if ((a as number) < (b as number)) return -1;
  return (a as number) > (b as number) ? 1 : 0;
}

/** The values that `<` orders as Python does are of one kind. It compares other objects as strings, and a word with a number as NaN. */
function orderedKind(value: unknown): "number" | "string" | "date" | null {
  if (value instanceof Date) return "date";
  if (typeof value === "string") return "string";
  return typeof value === "number" || typeof value === "bigint" || typeof value === "boolean" ? "number" : null;
}

/**
 * A Queue that returns the smallest item first. By default numbers and strings are compared by value, and arrays like
 * `[priority, data]` element by element; items without an order, or of different kinds, are a TypeError. Pass `compare` for another order.
 * Mirrors asyncio.PriorityQueue.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * await asyncio.run(async () => {
 *   const queue = new asyncio.PriorityQueue<[priority: number, name: string]>();
 *   for (const item of [[2, "second"], [1, "first"]] as const) queue.putNowait([...item]);
 *   console.log(queue.getNowait()); // [ 1, 'first' ]
 * });
 * ```
 */
export class PriorityQueue<T> extends Queue<T> {
  readonly #heap: T[] = [];
  readonly #compare: Compare<T>;

  constructor(maxsize = 0, options: { compare?: Compare<T> } = {}) {
    super(maxsize);
    const { compare = byValue } = options;
    if (typeof compare !== "function") throw new TypeError(`compare must be a function, got ${describe(compare)}`);
    this.#compare = compare;
  }

  override qsize(): number {
    return this.#heap.length;
  }

  protected override put_(item: T): void {
    const heap = this.#heap;
    // All comparisons come before the first move, because a comparison may throw. Then the heap is still unchanged.
    let depth = 0;
    for (let i = heap.length; i > 0 && this.#compare(item, heap[(i - 1) >> 1]!) < 0; i = (i - 1) >> 1) depth++;
    let hole = heap.length;
    for (; depth > 0; depth--) {
      const parent = (hole - 1) >> 1;
      heap[hole] = heap[parent]!;
      hole = parent;
    }
    heap[hole] = item;
  }

  protected override get_(): T {
    const heap = this.#heap;
    const top = heap[0]!;
    const path = this.#pathOfLast();
    const last = heap.pop()!;
    let hole = 0;
    for (const child of path) {
      heap[hole] = heap[child]!;
      hole = child;
    }
    if (heap.length > 0) heap[hole] = last;
    return top;
  }

  /**
   * Returns the indexes of the items to move up when the last item replaces the first. Only compares and changes nothing, because a
   * comparison may throw.
   */
  #pathOfLast(): number[] {
    const heap = this.#heap;
    const length = heap.length - 1;
    const last = heap[length]!;
    const path: number[] = [];
    let child = 1;
    while (child < length) {
      if (child + 1 < length && this.#compare(heap[child + 1]!, heap[child]!) < 0) child++;
      if (this.#compare(last, heap[child]!) <= 0) break;
      path.push(child);
      child = 2 * child + 1;
    }
    return path;
  }
}
