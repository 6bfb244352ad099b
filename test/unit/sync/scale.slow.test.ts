/** Waiting costs the same however many wait: what takes n for 10,000 waiters must not take 100 n for 100,000. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { eachLoop } from "../../support/loops.js";

const FEW = 10_000;
const MANY = 100_000;
/** Ten times the work; the rest is the machine's noise. Quadratic would be a hundred times. */
const FACTOR = 40;

type Work = (count: number) => Generator<asyncio.Suspension, void, unknown>;

function waiters(count: number, wait: () => asyncio.Awaitable<unknown>): asyncio.Task<unknown>[] {
  const one = asyncio.coroutine(function* () {
    yield* wait();
  });
  return Array.from({ length: count }, () => asyncio.createTask(one()));
}

function* settle(tasks: asyncio.Task<unknown>[]): Generator<asyncio.Suspension, void, unknown> {
  yield* asyncio.gather(...tasks, { returnExceptions: true });
}

const cases: Record<string, Work> = {
  "getters that are woken": function* (count) {
    const queue = new asyncio.Queue<number>();
    const tasks = waiters(count, () => queue.get());
    yield* asyncio.sleep(0);
    for (let i = 0; i < count; i++) queue.putNowait(i);
    yield* settle(tasks);
    assert.equal(queue.qsize(), 0);
  },
  "getters that are all cancelled": function* (count) {
    const queue = new asyncio.Queue<number>();
    const tasks = waiters(count, () => queue.get());
    yield* asyncio.sleep(0);
    for (const task of tasks) task.cancel();
    for (let i = 0; i < count; i++) queue.putNowait(i);
    yield* settle(tasks);
    assert.equal(queue.qsize(), count);
    assert.equal(queue.statistics().getting, 0);
  },
  "putters that are woken": function* (count) {
    const queue = new asyncio.Queue<number>(1);
    const tasks = waiters(count, () => queue.put(1));
    yield* asyncio.sleep(0);
    for (let i = 0; i < count; i++) yield* queue.get();
    yield* settle(tasks);
  },
  "putters that are all cancelled, the last first": function* (count) {
    const queue = new asyncio.Queue<number>(1);
    queue.putNowait(0);
    const tasks = waiters(count, () => queue.put(1));
    yield* asyncio.sleep(0);
    for (const task of [...tasks].reverse()) task.cancel();
    queue.getNowait();
    yield* settle(tasks);
    assert.deepEqual([queue.qsize(), queue.statistics().putting], [0, 0]);
  },
  "waiters of a lock that hand it on": function* (count) {
    const lock = new asyncio.Lock();
    yield* lock.acquire();
    const one = asyncio.coroutine(function* () {
      yield* lock.acquire();
      lock.release();
    });
    const tasks = Array.from({ length: count }, () => asyncio.createTask(one()));
    yield* asyncio.sleep(0);
    lock.release();
    yield* settle(tasks);
    assert.equal(lock.locked(), false);
  },
  "waiters of a lock that are all cancelled": function* (count) {
    const lock = new asyncio.Lock();
    yield* lock.acquire();
    const tasks = waiters(count, () => lock.acquire());
    yield* asyncio.sleep(0);
    for (const task of tasks) task.cancel();
    lock.release();
    yield* lock.acquire(); // Completes at once, because no other waiter is left.
    yield* settle(tasks);
    assert.deepEqual(lock.statistics(), { locked: true, waiting: 0 });
  },
  "waiters of a semaphore, every other cancelled": function* (count) {
    const semaphore = new asyncio.Semaphore(0);
    const tasks = waiters(count, () => semaphore.acquire());
    yield* asyncio.sleep(0);
    for (let i = 0; i < count; i += 2) tasks[i]!.cancel();
    for (let i = 0; i < count / 2; i++) semaphore.release();
    yield* settle(tasks);
    assert.deepEqual(semaphore.statistics(), { value: 0, waiting: 0 });
  },
  "waiters of an event": function* (count) {
    const event = new asyncio.Event();
    const tasks = waiters(count, () => event.wait());
    yield* asyncio.sleep(0);
    for (let i = 0; i < count; i += 2) tasks[i]!.cancel();
    event.set();
    yield* settle(tasks);
  },
  "waiters of a condition": function* (count) {
    const condition = new asyncio.Condition();
    const one = asyncio.coroutine(function* () {
      yield* condition.acquire();
      try {
        yield* condition.wait();
      } finally {
        condition.release();
      }
    });
    const tasks = Array.from({ length: count }, () => asyncio.createTask(one()));
    while (condition.statistics().waiting < count) yield* asyncio.sleep(0);
    yield* condition.acquire();
    for (let i = 0; i < count; i += 2) tasks[i]!.cancel();
    condition.notifyAll();
    condition.release();
    yield* settle(tasks);
    assert.deepEqual(condition.statistics(), { locked: false, waiting: 0 });
  },
};

for (const [name, work] of Object.entries(cases)) {
  eachLoop(`ten times as many ${name} take about ten times as long`, async (t) => {
    const measured = asyncio.coroutine(function* (count: number): asyncio.CoroutineGenerator<number> {
      const begin = performance.now();
      yield* work(count);
      return performance.now() - begin;
    });
    await t.run(measured(FEW)); // Compiles it.
    const few = Math.max(5, await t.run(measured(FEW)));
    const many = await t.run(measured(MANY));
    assert.ok(many < FACTOR * few, `${FEW}: ${few.toFixed(1)} ms, ${MANY}: ${many.toFixed(1)} ms`);
  });
}
