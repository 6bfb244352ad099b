import { describe } from "../util/format.js";
import { Queue } from "./queue.js";

/** Negative if `a` comes before `b`. */
export type Compare<T> = (a: T, b: T) => number;

/** Numbers, strings and dates by value; arrays like Python's tuples, element by element. */
function byValue(a: unknown, b: unknown): number {
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let i = 0; i < a.length && i < b.length; i++) {
      const order = byValue(a[i], b[i]);
      if (order !== 0) return order;
    }
    return a.length - b.length;
  }
  return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0;
}

/**
 * A Queue that gives the smallest item first. `compare` says what is smaller; by default numbers and strings by value, and arrays like
 * `[priority, data]` element by element. Mirrors asyncio.PriorityQueue.
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
    let i = heap.length;
    heap.push(item);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (this.#compare(item, heap[parent]!) >= 0) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = item;
  }

  protected override get_(): T {
    const heap = this.#heap;
    const top = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return top;
    let i = 0;
    for (let child = 1; child < heap.length; child = 2 * i + 1) {
      if (child + 1 < heap.length && this.#compare(heap[child + 1]!, heap[child]!) < 0) child++;
      if (this.#compare(last, heap[child]!) <= 0) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
    return top;
  }
}
