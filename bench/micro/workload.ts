import type * as asyncio from "uvio";

/** What Runner.run() takes: a coroutine, or an async function to call. */
export type Main = Parameters<asyncio.Runner["run"]>[0];

/** One thing measured. The names are shared with micro.py, where the same work is written in Python. */
export interface Workload {
  name: string;
  /** Operations one run of `main` does; 10,000 at least, so that the cost of the harness vanishes in them. */
  operations: number;
  main: () => Main;
}

/** What is fast because it did not happen must not become a figure. */
export function checkCount(counts: number[], expected: number): void {
  const sum = counts.reduce((a, b) => a + b, 0);
  if (sum !== expected) throw new Error(`${sum} operations were done instead of ${expected}`);
}
