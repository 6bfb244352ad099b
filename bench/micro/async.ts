/** Workloads for tasks and futures, as async functions. */
import * as asyncio from "uvio";
import { checkCount, type Workload } from "./workload.js";

const tasks = 100;
const perTask = 500;
const sequential = 20_000;

function setResult(future: asyncio.Future<void>): void {
  future.setResult(undefined);
}

async function waiter(futures: number): Promise<number> {
  const loop = asyncio.getRunningLoop();
  for (let i = 0; i < futures; i++) {
    const future = loop.createFuture<void>();
    loop.callSoon(setResult, future);
    await future;
  }
  return futures;
}

/** 100 tasks, each of which awaits this number of futures. */
export async function awaitFutures(futures: number): Promise<void> {
  // One function per task: gather() can take two occurrences of the same function for one awaitable.
  const counts = await asyncio.gather(...Array.from({ length: tasks }, () => () => waiter(futures)));
  checkCount(counts, tasks * futures);
}

async function child(): Promise<number> {
  return 1;
}

async function createTasks(): Promise<void> {
  for (let i = 0; i < sequential; i++) await asyncio.createTask(child);
}

async function sleepZero(): Promise<void> {
  for (let i = 0; i < sequential; i++) await asyncio.sleep(0);
}

export const asyncFunctions: Workload[] = [
  { name: "100 tasks awaiting futures", operations: tasks * perTask, main: () => () => awaitFutures(perTask) },
  { name: "createTask + await", operations: sequential, main: () => createTasks },
  { name: "sleep(0)", operations: sequential, main: () => sleepZero },
];
