/** Queue and LifoQueue. */
import type { Suspension } from "../core/contracts.js";
import { QueueEmpty, QueueFull, QueueShutDown, ValueError } from "../core/errors.js";
import { checkSignal, failOnAbort, type Abortable } from "./abort-signal.js";
import { RESULT } from "../tasks/future.js";
import { coroutine, type Coroutine } from "../tasks/coroutine.js";
import { FastPathAwaitable, WOULD_BLOCK } from "../tasks/fast-path.js";
import { Deque } from "../util/deque.js";
import { describe } from "../util/format.js";
import { Event } from "./event.js";
import { WaitList } from "./waiters.js";

/**
 * A first-in, first-out queue between tasks. A subclass can change the order by overriding `put_`, `get_` and `qsize`.
 * Mirrors asyncio.Queue.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * await asyncio.run(async () => {
 *   const queue = new asyncio.Queue<number>(1);
 *   const consumer = asyncio.createTask(() => asyncio.toList(queue));
 *   for (const n of [1, 2, 3]) await queue.put(n); // Waits while the queue is full.
 *   queue.shutdown();
 *   console.log(await consumer); // [ 1, 2, 3 ]
 * });
 * ```
 */
export class Queue<T> {
  readonly #maxsize: number;
  readonly #getters = new WaitList();
  readonly #putters = new WaitList(this.#getters);
  /** Set iff no work is unfinished. Created by the first `join`, because most queues are never joined. */
  #finished: Event | null = null;
  /** Items that were put and have no `taskDone` yet. */
  #unfinished = 0;
  #shutdown = false;
  readonly #get = new Get(this);
  readonly #items = new Deque<T>();

  /** `maxsize` is the largest number of items; 0 or less, or Infinity, means no limit. */
  constructor(maxsize = 0) {
    if (typeof maxsize !== "number" || Number.isNaN(maxsize)) throw new TypeError(`maxsize must be a number, got ${describe(maxsize)}`);
    this.#maxsize = maxsize;
  }

  /** The largest number of items; 0 or less means no limit. */
  get maxsize(): number {
    return this.#maxsize;
  }

  /** Returns the number of items in the queue. */
  qsize(): number {
    return this.#items.length;
  }

  /** Whether the queue has no items. */
  empty(): boolean {
    return this.qsize() === 0;
  }

  /** Whether `put` would have to wait. */
  full(): boolean {
    return this.#maxsize > 0 && this.qsize() >= this.#maxsize;
  }

  /** Adds an item; waits while the queue is full. Rejects with QueueShutDown after `shutdown`. */
  put(item: T, options: Abortable = {}): FastPathAwaitable<void> {
    checkSignal(options.signal);
    return new Put(this, item, options.signal);
  }

  /** Adds an item without waiting. Throws QueueFull if the queue is full, and QueueShutDown after `shutdown`. Mirrors Queue.put_nowait. */
  putNowait(item: T): void {
    if (this.#shutdown) throw new QueueShutDown("the queue was shut down and accepts no items");
    if (this.full()) throw new QueueFull(`the queue is full (${this.#maxsize} items); await put() to wait`);
    this.put_(item);
    this.#unfinished++;
    this.#finished?.clear();
    this.#getters.wakeNext();
  }

  /** Removes and returns the next item; waits while the queue is empty. Rejects with QueueShutDown if it is empty and shut down. */
  get(options: Abortable = {}): FastPathAwaitable<T> {
    if (options.signal === undefined) return this.#get;
    checkSignal(options.signal);
    return new Get(this, options.signal);
  }

  /**
   * Removes and returns the next item without waiting. Throws QueueEmpty if the queue is empty, and QueueShutDown if it is also shut
   * down. Mirrors Queue.get_nowait.
   */
  getNowait(): T {
    if (this.empty()) {
      if (this.#shutdown) throw new QueueShutDown("the queue was shut down and is empty");
      throw new QueueEmpty("the queue is empty; await get() to wait");
    }
    const item = this.get_();
    this.#putters.wakeNext();
    return item;
  }

  /** Marks one item from `get` as processed. Throws ValueError if called more often than items were put. Mirrors Queue.task_done. */
  taskDone(): void {
    if (this.#unfinished <= 0) throw new ValueError("taskDone() called too many times");
    if (--this.#unfinished === 0) this.#finished?.set();
  }

  /** Waits until `taskDone` was called for every item that was put. */
  join(options: Abortable = {}): Coroutine<void> {
    checkSignal(options.signal);
    if (this.#finished === null) {
      this.#finished = new Event();
      if (this.#unfinished === 0) this.#finished.set();
    }
    return join(this.#finished, options);
  }

  /**
   * Shuts the queue down: `put` fails with QueueShutDown from now on, and `get` does once the queue is empty. With `immediate` the items
   * in the queue are dropped, and count as processed for `join`.
   */
  shutdown(immediate = false): void {
    this.#shutdown = true;
    if (immediate) {
      while (!this.empty()) {
        this.get_();
        if (this.#unfinished > 0) this.#unfinished--;
      }
      if (this.#unfinished === 0) this.#finished?.set();
    }
    this.#getters.wakeAll();
    this.#putters.wakeAll();
  }

  /** Iterates over the items until the queue is shut down and empty. Beyond asyncio. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      let item: T;
      try {
        item = await this.get();
      } catch (error) {
        if (error instanceof QueueShutDown) return;
        throw error;
      }
      yield item;
    }
  }

  /** Returns a snapshot of the queue's state for monitoring. Beyond asyncio. */
  statistics(): { size: number; maxsize: number; unfinished: number; getting: number; putting: number; shutdown: boolean } {
    return {
      size: this.qsize(),
      maxsize: this.#maxsize,
      unfinished: this.#unfinished,
      getting: this.#getters.live,
      putting: this.#putters.live,
      shutdown: this.#shutdown,
    };
  }

  toString(): string {
    const parts = [`maxsize=${this.#maxsize}`, `size=${this.qsize()}`];
    if (this.#unfinished > 0) parts.push(`tasks=${this.#unfinished}`);
    if (this.#shutdown) parts.push("shutdown");
    return `<${this.constructor.name} ${parts.join(" ")}>`;
  }

  /** Stores an item. Mirrors Queue._put. */
  protected put_(item: T): void {
    this.#items.push(item);
  }

  /** Removes and returns the next item. Only called when the queue is not empty. Mirrors Queue._get. */
  protected get_(): T {
    return this.#items.shift() as T;
  }

  /** @internal */
  get closed(): boolean {
    return this.#shutdown;
  }

  /** @internal */
  *waitToGet(signal: AbortSignal | undefined): Generator<Suspension, T, unknown> {
    while (this.empty()) {
      if (this.#shutdown) throw new QueueShutDown("the queue was shut down and is empty");
      yield* waitOrPassOn(this, this.#getters, signal, () => !this.empty());
    }
    return this.getNowait();
  }

  /** @internal */
  *waitToPut(item: T, signal: AbortSignal | undefined): Generator<Suspension, void, unknown> {
    while (this.full()) {
      if (this.#shutdown) throw new QueueShutDown("the queue was shut down and accepts no items");
      yield* waitOrPassOn(this, this.#putters, signal, () => !this.full());
    }
    this.putNowait(item);
  }
}

const join = coroutine(function* join(finished: Event, options: Abortable) {
  yield* finished.wait(options);
});

/** Waits in the list. If the waiter was woken and the wait fails anyway, wakes the next waiter instead. */
function* waitOrPassOn(
  queue: object,
  waiters: WaitList,
  signal: AbortSignal | undefined,
  possible: () => boolean,
): Generator<Suspension, void, unknown> {
  const waiter = waiters.join(queue);
  const dispose = signal === undefined ? null : failOnAbort(waiter, signal);
  try {
    yield* waiter;
  } catch (error) {
    // A waiter that was not woken must not wake another: that one would find no item, and wait again at the end of the list.
    if (waiter.state === RESULT && possible()) waiters.wakeNext();
    throw error;
  } finally {
    dispose?.();
    waiters.leave(waiter);
  }
}

class Get<T> extends FastPathAwaitable<T> {
  readonly #queue: Queue<T>;
  readonly #signal: AbortSignal | undefined;

  constructor(queue: Queue<T>, signal?: AbortSignal) {
    super();
    this.#queue = queue;
    this.#signal = signal;
  }

  override tryNow(): T | typeof WOULD_BLOCK {
    this.#signal?.throwIfAborted();
    return this.#queue.empty() ? WOULD_BLOCK : this.#queue.getNowait();
  }

  protected override slowPath(): Generator<Suspension, T, unknown> {
    return this.#queue.waitToGet(this.#signal);
  }
}

class Put<T> extends FastPathAwaitable<void> {
  readonly #queue: Queue<T>;
  readonly #item: T;
  readonly #signal: AbortSignal | undefined;

  constructor(queue: Queue<T>, item: T, signal: AbortSignal | undefined) {
    super();
    this.#queue = queue;
    this.#item = item;
    this.#signal = signal;
  }

  override tryNow(): void | typeof WOULD_BLOCK {
    this.#signal?.throwIfAborted();
    return this.#queue.full() ? WOULD_BLOCK : this.#queue.putNowait(this.#item);
  }

  protected override slowPath(): Generator<Suspension, void, unknown> {
    return this.#queue.waitToPut(this.#item, this.#signal);
  }
}

/** A Queue that returns the newest item first. Mirrors asyncio.LifoQueue. */
export class LifoQueue<T> extends Queue<T> {
  readonly #stack: T[] = [];

  override qsize(): number {
    return this.#stack.length;
  }

  protected override put_(item: T): void {
    this.#stack.push(item);
  }

  protected override get_(): T {
    return this.#stack.pop() as T;
  }
}
