/** Whether the curve of a soak is flat. */
import { spread } from "../stats.js";

/** The resources of the watched process at one moment. */
export interface Sample {
  /** Whether a loop was just closed and the next one not yet opened, and garbage was collected. */
  readonly quiet: boolean;
  readonly seconds: number;
  readonly descriptors: number;
  readonly handles: number;
  /** In bytes. */
  readonly rss: number;
  /** In bytes. */
  readonly heap: number;
  /** Connections so far. */
  readonly accepted: number;
  /** Loops that were closed so far. */
  readonly loops: number;
}

/** A process of Node grows by this much for reasons of its own: code that becomes hot, fragments. In bytes. */
const RSS_MARGIN = 16 << 20;
/** The heap after a collection is more constant. In bytes. */
const HEAP_MARGIN = 3 << 20;

/**
 * Returns what is not flat after the warm-up, in words; nothing if the soak has passed.
 *
 * When nothing is open, a timer or a write of the watch itself may be counted or not. So of the last three such moments one must have as few
 * descriptors and handles as one of the first three after the warm-up: one more in each is a leak. Memory is noisy, so medians are compared: that of the last third of the time must not exceed that of the first third by more than the margin, for
 * the heap at the quiet moments and for RSS at all.
 */
export function findings(samples: readonly Sample[], warmupSeconds: number): string[] {
  const after = samples.filter(({ seconds }) => seconds >= warmupSeconds);
  const quiet = after.filter((one) => one.quiet);
  if (quiet.length < 6) return [`only ${quiet.length} loops were closed after the warm-up: too few to judge`];
  const found: string[] = [];
  for (const name of ["descriptors", "handles"] as const) {
    const first = Math.max(...quiet.slice(0, 3).map((one) => one[name]));
    const last = Math.min(...quiet.slice(-3).map((one) => one[name]));
    if (last > first) found.push(`${name}: ${first} after the warm-up, ${last} at the end, with nothing open`);
  }
  for (const [name, all, margin] of [
    ["rss", after, RSS_MARGIN],
    ["heap", quiet, HEAP_MARGIN],
  ] as const) {
    // prettier-ignore
    const third = Math.floor(all.length / 3);
    const median = (part: readonly Sample[]): number => spread(part.map((one) => one[name])).median;
    const growth = median(all.slice(-third)) - median(all.slice(0, third));
    if (growth > margin) found.push(`${name}: the median has grown by ${mib(growth)} MiB, more than ${mib(margin)}`);
  }
  return found;
}

export function mib(bytes: number): string {
  return (bytes / (1 << 20)).toFixed(1);
}
