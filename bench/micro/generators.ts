/** Workloads for tasks and futures, as generator coroutines. */
import * as asyncio from "uvio";
import { checkCount, type Workload } from "./workload.js";

const tasks = 100;
const perTask = 500;
const sequential = 20_000;

function setResult(future: asyncio.Future<void>): void {
  future.setResult(undefined);
}

const waiter = asyncio.coroutine(function* (futures: number) {
  const loop = asyncio.getRunningLoop();
  for (let i = 0; i < futures; i++) {
    const future = loop.createFuture<void>();
    loop.callSoon(setResult, future);
    yield* future;
  }
  return futures;
});

/** 100 tasks, each of which awaits this number of futures. */
export const awaitFutures = asyncio.coroutine(function* (futures: number) {
  const counts = yield* asyncio.gather(...Array.from({ length: tasks }, () => waiter(futures)));
  checkCount(counts, tasks * futures);
});

const child = asyncio.coroutine(function* (): Generator<never, number> {
  return 1;
});

const createTasks = asyncio.coroutine(function* () {
  for (let i = 0; i < sequential; i++) yield* asyncio.createTask(child());
});

const sleepZero = asyncio.coroutine(function* () {
  for (let i = 0; i < sequential; i++) yield* asyncio.sleep(0);
});

export const generators: Workload[] = [
  { name: "100 tasks awaiting futures", operations: tasks * perTask, main: () => awaitFutures(perTask) },
  { name: "createTask + await", operations: sequential, main: () => createTasks() },
  { name: "sleep(0)", operations: sequential, main: () => sleepZero() },
];
