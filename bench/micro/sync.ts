import * as asyncio from "uvio";
import type { Workload } from "./workload.js";

const acquisitions = 200_000;
const items = 50_000;

const uncontendedLock = asyncio.coroutine(function* () {
  const lock = new asyncio.Lock();
  for (let i = 0; i < acquisitions; i++) {
    yield* lock.acquire();
    lock.release();
  }
});

async function uncontendedLockAsync(): Promise<void> {
  const lock = new asyncio.Lock();
  for (let i = 0; i < acquisitions; i++) {
    await lock.acquire();
    lock.release();
  }
}

const produce = asyncio.coroutine(function* (queue: asyncio.Queue<number>) {
  for (let i = 0; i < items; i++) yield* queue.put(i);
});

const consume = asyncio.coroutine(function* (queue: asyncio.Queue<number>) {
  let sum = 0;
  for (let i = 0; i < items; i++) sum += yield* queue.get();
  return sum;
});

/** A queue of one: every item passes from task to task through the loop. */
const queueOfOne = asyncio.coroutine(function* () {
  const queue = new asyncio.Queue<number>(1);
  yield* asyncio.gather(produce(queue), consume(queue));
});

async function queueOfOneAsync(): Promise<void> {
  const queue = new asyncio.Queue<number>(1);
  await asyncio.gather(
    async () => {
      for (let i = 0; i < items; i++) await queue.put(i);
    },
    async () => {
      let sum = 0;
      for (let i = 0; i < items; i++) sum += await queue.get();
      return sum;
    },
  );
}

export const syncGenerators: Workload[] = [
  { name: "lock, uncontended", operations: acquisitions, main: () => uncontendedLock() },
  { name: "queue of 1 between two tasks", operations: items, main: () => queueOfOne() },
];

export const syncAsyncFunctions: Workload[] = [
  { name: "lock, uncontended", operations: acquisitions, main: () => uncontendedLockAsync },
  { name: "queue of 1 between two tasks", operations: items, main: () => queueOfOneAsync },
];
