/** Workloads for locks and queues, in both spellings. */
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

/** With a queue of one, each item needs a switch between the tasks; with a queue of ten, ten items share one. */
const throughQueue = (maxsize: number) =>
  asyncio.coroutine(function* () {
    const queue = new asyncio.Queue<number>(maxsize);
    yield* asyncio.gather(produce(queue), consume(queue));
  });

const throughQueueAsync = (maxsize: number) => async (): Promise<void> => {
  const queue = new asyncio.Queue<number>(maxsize);
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
};

export const syncGenerators: Workload[] = [
  { name: "lock, uncontended", operations: acquisitions, main: () => uncontendedLock() },
  { name: "queue of 1 between two tasks", operations: items, main: () => throughQueue(1)() },
  { name: "queue of 10 between two tasks", operations: items, main: () => throughQueue(10)() },
];

export const syncAsyncFunctions: Workload[] = [
  { name: "lock, uncontended", operations: acquisitions, main: () => uncontendedLockAsync },
  { name: "queue of 1 between two tasks", operations: items, main: () => throughQueueAsync(1) },
  { name: "queue of 10 between two tasks", operations: items, main: () => throughQueueAsync(10) },
];
