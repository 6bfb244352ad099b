/** Threads that are terminated while they call the addon. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { untilNothingIsLeft } from "../support/raw-loop.js";

/** The calls that the worker of surface-worker.ts makes until its end. */
export const FLOODS = ["loop methods", "socket methods", "objects as results", "getters", "constructors", "unusable arguments"] as const;
export type Flood = (typeof FLOODS)[number];

/** Ends at another moment each time: the calls differ in what they are doing then. */
export async function terminateCaller(flood: Flood, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const worker = new Worker(new URL("surface-worker.js", import.meta.url), { workerData: flood, execArgv: [] });
    const exited = once(worker, "exit"); // Rejects when the worker fails.
    await once(worker, "message");
    const until = performance.now() + 1 + i * 0.7;
    while (performance.now() < until);
    assert.equal(await worker.terminate(), 1);
    await exited;
  }
  await untilNothingIsLeft();
}
