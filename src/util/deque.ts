const INITIAL_CAPACITY = 64;

/**
 * A FIFO queue in a ring buffer that doubles when it is full. The loop's ready queue is one.
 *
 *        head          tail
 *   | - - A B C D E F G - - - |      length = (tail - head) & mask; one slot is always free
 */
export class Deque<T> {
  #items: (T | undefined)[] = new Array<T | undefined>(INITIAL_CAPACITY).fill(undefined);
  #mask = INITIAL_CAPACITY - 1;
  #head = 0;
  #tail = 0;

  get length(): number {
    return (this.#tail - this.#head) & this.#mask;
  }

  push(item: T): void {
    this.#items[this.#tail] = item;
    this.#tail = (this.#tail + 1) & this.#mask;
    if (this.#tail === this.#head) this.#grow();
  }

  /** Removes and returns the oldest item; undefined when the queue is empty. */
  shift(): T | undefined {
    if (this.#head === this.#tail) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined; // The queue must not keep a removed item alive.
    this.#head = (this.#head + 1) & this.#mask;
    return item;
  }

  clear(): void {
    this.#items = new Array<T | undefined>(INITIAL_CAPACITY).fill(undefined);
    this.#mask = INITIAL_CAPACITY - 1;
    this.#head = this.#tail = 0;
  }

  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (let i = this.#head; i !== this.#tail; i = (i + 1) & this.#mask) yield this.#items[i] as T;
  }

  /** Doubles the ring. Called with head === tail, which means full here. */
  #grow(): void {
    const old = this.#items;
    const size = old.length;
    const items = new Array<T | undefined>(size * 2).fill(undefined);
    for (let i = 0; i < size; i++) items[i] = old[(this.#head + i) & this.#mask];
    this.#items = items;
    this.#mask = size * 2 - 1;
    this.#head = 0;
    this.#tail = size;
  }
}
