/** Measures the resources that this process uses in a period of time. */
import { setTimeout as delay } from "node:timers/promises";
import { performance } from "node:perf_hooks";

export interface Cost {
  /** User and system. */
  cpuMs: number;
  /** Turns of Node's loop; NaN if this version of Node does not count them. */
  loops: number;
  /** Events that libuv's poll has reported; NaN likewise. */
  events: number;
}

interface UvMetrics {
  loopCount: number;
  events: number;
}

function metrics(): UvMetrics {
  const { uvMetricsInfo } = performance.nodeTiming as unknown as { uvMetricsInfo?: UvMetrics };
  return uvMetricsInfo ?? { loopCount: NaN, events: NaN };
}

/** Measures the cost of `work`: a function, or a number of milliseconds without work. */
export async function costOf(work: number | (() => Promise<void>)): Promise<Cost> {
  const cpu = process.cpuUsage();
  const before = metrics();
  if (typeof work === "number") await delay(work);
  else await work();
  const after = metrics();
  const { user, system } = process.cpuUsage(cpu);
  return { cpuMs: (user + system) / 1000, loops: after.loopCount - before.loopCount, events: after.events - before.events };
}
