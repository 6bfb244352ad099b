/** The invariants of a queue: each item comes out once and in order, no task waits for an existing item, and waiters keep their order. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { on, type Body, type Routine } from "../support/spellings.js";
import { Line, type Define, type Model } from "./models.js";

/** A number to compare by, and the item's identity. */
export type Item = readonly [priority: number, id: number];

/** Records, by the queue's own hooks, which items are stored and taken. */
export interface Record {
  stored(item: Item): void;
  taken(item: Item): void;
}

type Probe = asyncio.Queue<Item> & { next(list: readonly Item[]): Item };

type MakeProbe = new (maxsize: number, record: Record) => Probe;

/** A kind of queue that tells of its own hooks. `next`: what it has to give of what is in it, in the order it was put. */
function probe(Base: new (maxsize: number) => asyncio.Queue<Item>, next: (list: readonly Item[]) => Item): MakeProbe {
  return class extends Base {
    readonly record: Record;

    constructor(maxsize: number, record: Record) {
      super(maxsize);
      this.record = record;
    }

    protected override put_(item: Item): void {
      super.put_(item);
      this.record.stored(item);
    }

    protected override get_(): Item {
      const item = super.get_();
      this.record.taken(item);
      return item;
    }

    next(list: readonly Item[]): Item {
      return next(list);
    }
  };
}

export const FifoProbe = probe(asyncio.Queue<Item>, (list) => list[0]!);
export const LifoProbe = probe(asyncio.LifoQueue<Item>, (list) => list[list.length - 1]!);
export const PriorityProbe = probe(asyncio.PriorityQueue<Item>, (list) =>
  list.reduce((least, item) => (item[0] < least[0] || (item[0] === least[0] && item[1] < least[1]) ? item : least)),
);

export class QueueModel implements Model {
  readonly #queue: Probe;
  readonly #content: Item[] = [];
  readonly #getting = new Line();
  readonly #putting = new Line();
  /** A newcomer was served before a woken waiter, as asyncio allows. From then on the waiters are not served in their order. */
  #barged = false;
  #dropping = false;
  #nextId = 0;
  #stored = 0;
  #taken = 0;
  #got = 0;
  #unfinished = 0;
  #joining = 0;
  readonly #get: Routine<[AbortSignal | undefined], void>;
  readonly #put: Routine<[Item, AbortSignal | undefined], void>;
  readonly #join: Routine<[], void>;

  constructor(fn: Define, make: (record: Record) => Probe) {
    this.#queue = make({ stored: (item) => this.#onStored(item), taken: (item) => this.#onTaken(item) });
    const { get, put, join } = {
      get: (signal: AbortSignal | undefined): Body<void> => this.get(signal),
      put: (item: Item, signal: AbortSignal | undefined): Body<void> => this.put(item, signal),
      join: (): Body<void> => this.join(),
    };
    this.#get = fn(get);
    this.#put = fn(put);
    this.#join = fn(join);
  }

  *get(signal: AbortSignal | undefined): Body<void> {
    const queue = this.#queue;
    if (!queue.empty() && queue.statistics().getting > 0) this.#barged = true;
    const place = this.#getting.join(signal);
    try {
      const item = yield* on(queue.get({ signal }));
      assert.ok(Array.isArray(item));
      this.#got++;
    } catch (error) {
      this.#getting.leave(place);
      throw error;
    }
    if (this.#barged) this.#getting.leave(place);
    else this.#getting.admit(place);
    queue.taskDone();
    this.#unfinished--;
  }

  *put(item: Item, signal: AbortSignal | undefined): Body<void> {
    const queue = this.#queue;
    if (!queue.full() && queue.statistics().putting > 0) this.#barged = true;
    const place = this.#putting.join(signal);
    try {
      yield* on(queue.put(item, { signal }));
    } catch (error) {
      this.#putting.leave(place);
      throw error;
    }
    if (this.#barged) this.#putting.leave(place);
    else this.#putting.admit(place);
  }

  *join(): Body<void> {
    this.#joining++;
    try {
      yield* on(this.#queue.join());
    } finally {
      this.#joining--;
    }
  }

  act(kind: number, value: number, signal: AbortSignal | undefined): asyncio.TaskSource<void> | null {
    if (kind < 9) return this.#get.lazy(signal);
    if (kind < 14) return this.#put.lazy(this.#item(value), signal);
    if (kind < 18) this.#putNowait(value);
    else if (kind < 20) this.#getNowait();
    else if (kind < 22) return this.#join.lazy();
    else if (value === 0) this.#shutdown(kind === 22);
    return null;
  }

  check(): void {
    const { size, unfinished } = this.#queue.statistics();
    assert.equal(size, this.#content.length);
    assert.equal(unfinished, this.#unfinished);
    const { maxsize } = this.#queue;
    assert.ok(maxsize <= 0 || size <= maxsize, `${size} items in a queue of ${maxsize}`);
  }

  checkQuiet(): void {
    const { getting, putting, unfinished, shutdown } = this.#queue.statistics();
    assert.ok(this.#queue.empty() || getting === 0, "a getter waits though there is an item");
    assert.ok(this.#queue.full() || putting === 0, "a putter waits though there is room");
    assert.ok(unfinished > 0 || this.#joining === 0, "join() waits though all is done");
    assert.ok(!shutdown || (getting === 0 && putting === 0), "somebody waits for a queue that was shut down");
  }

  relax(): boolean {
    const { getting, putting } = this.#queue.statistics();
    if (getting > 0) this.#putNowait(0);
    else if (putting > 0 || !this.#queue.empty()) this.#getNowait();
    else return false;
    return true;
  }

  checkEnd(): void {
    assert.equal(this.#taken, this.#got, "an item that was taken has not arrived");
    assert.equal(this.#stored, this.#taken + this.#content.length);
    const { getting, putting } = this.#queue.statistics();
    assert.deepEqual([getting, putting], [0, 0]);
  }

  allows(error: unknown): boolean {
    return error instanceof asyncio.QueueShutDown;
  }

  #item(priority: number): Item {
    return [priority, this.#nextId++];
  }

  #putNowait(priority: number): void {
    try {
      if (!this.#queue.full() && this.#queue.statistics().putting > 0) this.#barged = true;
      this.#queue.putNowait(this.#item(priority));
    } catch (error) {
      assert.ok(error instanceof asyncio.QueueFull || error instanceof asyncio.QueueShutDown);
    }
  }

  #getNowait(): void {
    try {
      if (!this.#queue.empty() && this.#queue.statistics().getting > 0) this.#barged = true;
      this.#queue.getNowait();
      this.#got++;
      this.#queue.taskDone();
      this.#unfinished--;
    } catch (error) {
      assert.ok(error instanceof asyncio.QueueEmpty || error instanceof asyncio.QueueShutDown);
    }
  }

  #shutdown(immediate: boolean): void {
    this.#dropping = immediate;
    this.#queue.shutdown(immediate);
    this.#dropping = false;
  }

  #onStored(item: Item): void {
    this.#content.push(item);
    this.#stored++;
    this.#unfinished++;
  }

  #onTaken(item: Item): void {
    const at = this.#content.indexOf(item);
    assert.ok(at >= 0, "an item came out that was not in the queue");
    assert.equal(item, this.#queue.next(this.#content), "not the item whose turn it was");
    this.#content.splice(at, 1);
    if (this.#dropping) {
      this.#stored--;
      this.#unfinished--;
    } else {
      this.#taken++;
    }
  }
}
