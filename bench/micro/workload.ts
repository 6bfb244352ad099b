/** The form of a workload. */
import type * as asyncio from "uvio";

/** The argument of Runner.run(): a coroutine or an async function. */
export type Main = Parameters<asyncio.Runner["run"]>[0];

/** One workload. The names are shared with micro.py, which implements the same work in Python. */
export interface Workload {
  name: string;
  /** The number of operations in one run of `main`; at least 10,000, so that the cost of the harness is negligible. */
  operations: number;
  main: () => Main;
}

/** Throws if operations are missing, so that skipped work does not look fast. */
export function checkCount(counts: number[], expected: number): void {
  const sum = counts.reduce((a, b) => a + b, 0);
  if (sum !== expected) throw new Error(`${sum} operations were done, expected ${expected}`);
}
