/** The invariants of each primitive, which must hold after any sequence of operations. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { on, type Body, type Routine } from "../support/spellings.js";
import { FifoProbe, LifoProbe, PriorityProbe, QueueModel } from "./queue-model.js";

/** A coroutine function in the spelling under test. */
export type Define = <A extends unknown[], T>(body: (...args: A) => Body<T>) => Routine<A, T>;

export interface Model {
  /** Does something: at once, and then gives null, or as a new actor. */
  act(kind: number, value: number, signal: AbortSignal | undefined): asyncio.TaskSource<void> | null;
  /** Must hold at every moment. */
  check(): void;
  /** Must hold when all that can run has run. */
  checkQuiet(): void;
  /** Lets a waiter continue; false if none can. */
  relax(): boolean;
  /** Must hold when all actors have ended. */
  checkEnd(): void;
  /** Errors that actors may end with, beside cancellations and aborts. */
  allows(error: unknown): boolean;
}

interface Place {
  task: asyncio.Task<unknown>;
  signal: AbortSignal | undefined;
}

/** The waiters, in order. Each one that is admitted must be the first of those that are not cancelled or aborted. */
export class Line {
  readonly #places: Place[] = [];

  join(signal: AbortSignal | undefined): Place {
    const place = { task: asyncio.currentTask()!, signal };
    this.#places.push(place);
    return place;
  }

  admit(place: Place): void {
    for (const other of this.#places.splice(0, this.#places.indexOf(place) + 1)) {
      if (other === place) return;
      const doomed = other.task.cancelling() > 0 || other.signal?.aborted === true;
      assert.ok(doomed, `${other.task.getName()} was overtaken by ${place.task.getName()}`);
    }
  }

  leave(place: Place): void {
    const at = this.#places.indexOf(place);
    if (at >= 0) this.#places.splice(at, 1);
  }
}

export function* turns(count: number): Body<void> {
  for (let i = 0; i < count; i++) yield* on(asyncio.sleep(0));
}

/** Locks and semaphores: no more holders than the limit, waiters in the order of arrival, and no waiter while a slot is free. */
class GateModel implements Model {
  readonly #gate: asyncio.Lock | asyncio.Semaphore;
  readonly #limit: number;
  readonly #line = new Line();
  readonly #visit: Routine<[number, AbortSignal | undefined], void>;
  #inside = 0;

  constructor(fn: Define, gate: asyncio.Lock | asyncio.Semaphore, limit: number) {
    this.#gate = gate;
    this.#limit = limit;
    const visit = (stay: number, signal: AbortSignal | undefined): Body<void> => this.visit(stay, signal);
    this.#visit = fn(visit);
  }

  *visit(stay: number, signal: AbortSignal | undefined): Body<void> {
    const place = this.#line.join(signal);
    try {
      assert.equal(yield* on(this.#gate.acquire({ signal })), true);
    } catch (error) {
      this.#line.leave(place);
      throw error;
    }
    this.#line.admit(place);
    this.#inside++;
    this.check();
    try {
      yield* turns(stay);
    } finally {
      this.#inside--;
      this.#gate.release();
    }
  }

  act(_kind: number, value: number, signal: AbortSignal | undefined): asyncio.TaskSource<void> {
    return this.#visit.lazy(value % 4, signal);
  }

  check(): void {
    assert.ok(this.#inside >= 0 && this.#inside <= this.#limit, `${this.#inside} inside`);
  }

  checkQuiet(): void {
    assert.fail("everybody leaves: nobody may be left waiting");
  }

  relax(): boolean {
    return false;
  }

  checkEnd(): void {
    assert.equal(this.#inside, 0);
    assert.equal(this.#gate.locked(), false);
    assert.equal(this.#gate.statistics().waiting, 0);
    if (this.#gate instanceof asyncio.Semaphore) assert.equal(this.#gate.statistics().value, this.#limit);
  }

  allows(): boolean {
    return false;
  }
}

/** Every waiter that waited when set() was called continues. */
class EventModel implements Model {
  readonly #event = new asyncio.Event();
  readonly #wait: Routine<[AbortSignal | undefined], void>;
  /** The number of calls of set() so far, and for each waiter the number at the start of its wait. */
  #sets = 0;
  readonly #waiting = new Map<symbol, number>();

  constructor(fn: Define) {
    const wait = (signal: AbortSignal | undefined): Body<void> => this.wait(signal);
    this.#wait = fn(wait);
  }

  *wait(signal: AbortSignal | undefined): Body<void> {
    const began = this.#sets;
    const wasSet = this.#event.isSet();
    const me = Symbol();
    this.#waiting.set(me, began);
    try {
      assert.equal(yield* on(this.#event.wait({ signal })), true);
      assert.ok(wasSet || this.#sets > began, "woken though nobody has called set()");
    } finally {
      this.#waiting.delete(me);
    }
  }

  act(kind: number, _value: number, signal: AbortSignal | undefined): asyncio.TaskSource<void> | null {
    if (kind % 4 === 0) this.#set();
    else if (kind % 4 === 1) this.#event.clear();
    else return this.#wait.lazy(signal);
    return null;
  }

  check(): void {
    assert.equal(this.#event.statistics().set, this.#event.isSet());
  }

  checkQuiet(): void {
    assert.equal(this.#event.isSet(), false, "somebody waits for an event that is set");
    for (const began of this.#waiting.values()) assert.equal(began, this.#sets, "a waiter was forgotten by set()");
  }

  relax(): boolean {
    this.#set();
    return true;
  }

  checkEnd(): void {
    assert.equal(this.#event.statistics().waiting, 0);
  }

  allows(): boolean {
    return false;
  }

  #set(): void {
    if (!this.#event.isSet()) this.#sets++;
    this.#event.set();
  }
}

/** Tokens that are added with one notify() each and taken by waiters. No notification may get lost. */
class ConditionModel implements Model {
  readonly #condition = new asyncio.Condition();
  readonly #produce: Routine<[boolean], void>;
  readonly #consume: Routine<[AbortSignal | undefined], void>;
  #tokens = 0;
  #inside = 0;
  #consumers = 0;
  #made = 0;
  #taken = 0;

  constructor(fn: Define) {
    const produce = (all: boolean): Body<void> => this.produce(all);
    const consume = (signal: AbortSignal | undefined): Body<void> => this.consume(signal);
    this.#produce = fn(produce);
    this.#consume = fn(consume);
  }

  *produce(all: boolean): Body<void> {
    yield* on(this.#condition.acquire());
    this.#inside++;
    try {
      this.#tokens++;
      this.#made++;
      if (all) this.#condition.notifyAll();
      else this.#condition.notify();
      this.check();
    } finally {
      this.#inside--;
      this.#condition.release();
    }
  }

  *consume(signal: AbortSignal | undefined): Body<void> {
    yield* on(this.#condition.acquire());
    try {
      this.#consumers++;
      yield* on(this.#condition.waitFor(() => this.#tokens > 0, { signal }));
      this.#inside++;
      this.check();
      this.#tokens--;
      this.#taken++;
      this.#inside--;
    } finally {
      this.#consumers--;
      assert.equal(this.#condition.locked(), true);
      this.#condition.release();
    }
  }

  act(kind: number, value: number, signal: AbortSignal | undefined): asyncio.TaskSource<void> {
    return kind % 3 !== 0 ? this.#consume.lazy(signal) : this.#produce.lazy(value === 0);
  }

  check(): void {
    assert.ok(this.#inside <= 1, "two hold the lock");
    assert.ok(this.#tokens >= 0);
  }

  checkQuiet(): void {
    assert.ok(this.#tokens === 0 || this.#consumers === 0, "a notification was lost");
    assert.equal(this.#condition.locked(), false);
  }

  relax(): boolean {
    asyncio.createTask(this.#produce.lazy(false));
    return true;
  }

  checkEnd(): void {
    assert.equal(this.#made, this.#taken + this.#tokens);
    assert.deepEqual(this.#condition.statistics(), { locked: false, waiting: 0 });
  }

  allows(): boolean {
    return false;
  }
}

/** No task waits at a full or broken barrier. */
class BarrierModel implements Model {
  readonly #barrier: asyncio.Barrier;
  readonly #wait: Routine<[], void>;
  readonly #reset: Routine<[], void>;
  readonly #abort: Routine<[], void>;
  #waiting = 0;

  constructor(fn: Define, parties: number) {
    this.#barrier = new asyncio.Barrier(parties);
    const { wait, reset, abort } = {
      wait: (): Body<void> => this.wait(),
      reset: (): Body<void> => this.reset(),
      abort: (): Body<void> => this.abort(),
    };
    this.#wait = fn(wait);
    this.#reset = fn(reset);
    this.#abort = fn(abort);
  }

  *wait(): Body<void> {
    this.#waiting++;
    try {
      const index = yield* on(this.#barrier.wait());
      assert.ok(index >= 0 && index < this.#barrier.parties);
    } finally {
      this.#waiting--;
    }
  }

  *reset(): Body<void> {
    yield* on(this.#barrier.reset());
  }

  *abort(): Body<void> {
    yield* on(this.#barrier.abort());
  }

  act(kind: number): asyncio.TaskSource<void> {
    return kind === 0 ? this.#abort.lazy() : kind <= 3 ? this.#reset.lazy() : this.#wait.lazy();
  }

  check(): void {
    assert.ok(this.#barrier.nWaiting >= 0 && this.#barrier.nWaiting <= this.#barrier.parties);
  }

  checkQuiet(): void {
    assert.equal(this.#barrier.statistics().state, "filling");
    assert.equal(this.#barrier.nWaiting, this.#waiting);
    assert.ok(this.#waiting < this.#barrier.parties, "the barrier is full and lets nobody through");
  }

  relax(): boolean {
    asyncio.createTask(this.#abort.lazy());
    return true;
  }

  checkEnd(): void {
    assert.equal(this.#waiting, 0);
    const { state, waiting } = this.#barrier.statistics();
    assert.equal(waiting, 0);
    assert.ok(state === "filling" || state === "broken", state);
  }

  allows(error: unknown): boolean {
    return error instanceof asyncio.BrokenBarrierError;
  }
}

export const models: Record<string, (fn: Define) => Model> = {
  Lock: (fn) => new GateModel(fn, new asyncio.Lock(), 1),
  Semaphore: (fn) => new GateModel(fn, new asyncio.Semaphore(2), 2),
  BoundedSemaphore: (fn) => new GateModel(fn, new asyncio.BoundedSemaphore(3), 3),
  Event: (fn) => new EventModel(fn),
  Condition: (fn) => new ConditionModel(fn),
  "Barrier of 2": (fn) => new BarrierModel(fn, 2),
  "Barrier of 3": (fn) => new BarrierModel(fn, 3),
  Queue: (fn) => new QueueModel(fn, (record) => new FifoProbe(0, record)),
  "Queue of 2": (fn) => new QueueModel(fn, (record) => new FifoProbe(2, record)),
  "LifoQueue of 1": (fn) => new QueueModel(fn, (record) => new LifoProbe(1, record)),
  "PriorityQueue of 3": (fn) => new QueueModel(fn, (record) => new PriorityProbe(3, record)),
};
