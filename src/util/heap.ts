/** An item of a Heap. Items are ordered by `deadline`; items with equal deadlines by `sequence`, so that they are first in, first out. */
export interface Timed {
  readonly deadline: number;
  readonly sequence: number;
}

function before(a: Timed, b: Timed): boolean {
  return a.deadline < b.deadline || (a.deadline === b.deadline && a.sequence < b.sequence);
}

/**
 * A binary min-heap of deadlines. It does not support removing an item from the middle: the loop marks cancelled timers and filters
 * them out in bulk.
 */
export class Heap<T extends Timed> {
  #items: T[] = [];

  get length(): number {
    return this.#items.length;
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    const items = this.#items;
    let i = items.length;
    items.push(item);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = items[parent]!;
      if (!before(item, above)) break;
      items[i] = above;
      i = parent;
    }
    items[i] = item;
  }

  pop(): T | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (last !== undefined && items.length > 0) this.#sink(0, last);
    return top;
  }

  /** Keeps only the items for which `keep` returns true. Takes linear time. */
  filter(keep: (item: T) => boolean): void {
    const kept = this.#items.filter(keep);
    this.#items = kept;
    for (let i = (kept.length >> 1) - 1; i >= 0; i--) this.#sink(i, kept[i]!);
  }

  clear(): void {
    this.#items = [];
  }

  [Symbol.iterator](): IterableIterator<T> {
    return this.#items[Symbol.iterator]();
  }

  #sink(start: number, item: T): void {
    const items = this.#items;
    const half = items.length >> 1;
    let i = start;
    while (i < half) {
      let child = 2 * i + 1;
      if (child + 1 < items.length && before(items[child + 1]!, items[child]!)) child++;
      const below = items[child]!;
      if (!before(below, item)) break;
      items[i] = below;
      i = child;
    }
    items[i] = item;
  }
}
