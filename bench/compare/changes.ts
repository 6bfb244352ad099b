/** Compares two results of the benchmark. */
import type { Machine } from "../machine.js";
import type { Outcome } from "../report.js";
import { spread, type Spread } from "../stats.js";
import type { Trial } from "../trial.js";

/** A file of bench/results/. */
export interface Results {
  machine: Machine;
  outcomes: Outcome[];
}

export interface Figure {
  name: string;
  isHigherBetter: boolean;
  /** Undefined in trials of a kind that does not have it. */
  valueOf(trial: Trial): number | null | undefined;
}

const figures: Figure[] = [
  { name: "CPU µs/message", isHigherBetter: false, valueOf: ({ load }) => load?.server?.cpuMicrosPerMessage },
  { name: "messages/s", isHigherBetter: true, valueOf: ({ load }) => load?.rps },
  { name: "p50 µs", isHigherBetter: false, valueOf: ({ load }) => load?.latencyMicros.p50 },
  { name: "p99 µs", isHigherBetter: false, valueOf: ({ load }) => load?.latencyMicros.p99 },
  { name: "p50 ms", isHigherBetter: false, valueOf: ({ fairness }) => fairness?.p50 },
  { name: "p99 ms", isHigherBetter: false, valueOf: ({ fairness }) => fairness?.p99 },
  { name: "server CPU s/s", isHigherBetter: false, valueOf: ({ fairness }) => fairness?.serverCpu },
  { name: "bytes per connection", isHigherBetter: false, valueOf: ({ idle }) => idle?.bytesPerConnection },
];

/** One figure of one peer in both results. */
export interface Comparison {
  scenario: string;
  peer: string;
  figure: string;
  old: Spread;
  new: Spread;
  /** By the medians: 0.1 for 10 % more. */
  change: number;
  /** `same`: the ranges of the rounds overlap. `unknown`: there is no range, because one of the results has one round only. */
  verdict: "better" | "worse" | "same" | "unknown";
}

/** Returns a comparison of each figure that both results have, and the pairs of scenario and peer that only one has measured. */
export function compare(before: Results, after: Results): { comparisons: Comparison[]; onlyOld: string[]; onlyNew: string[] } {
  const old = trialsByPeer(before);
  const now = trialsByPeer(after);
  const comparisons = [...old].flatMap(([key, trials]) => {
    const others = now.get(key);
    return others === undefined ? [] : figures.flatMap((figure) => compareFigure(key, figure, trials, others) ?? []);
  });
  const missingIn = (from: typeof old, other: typeof old) => [...from.keys()].filter((key) => !other.has(key));
  return { comparisons, onlyOld: missingIn(old, now), onlyNew: missingIn(now, old) };
}

const separator = ": ";

/** The trials without an error, by "scenario: peer". */
function trialsByPeer({ outcomes }: Results): Map<string, Trial[]> {
  const found = new Map<string, Trial[]>();
  for (const { scenario, trials } of outcomes) {
    for (const trial of trials) {
      if (trial.error !== undefined) continue;
      const key = `${scenario.name}${separator}${trial.peer}`;
      found.set(key, [...(found.get(key) ?? []), trial]);
    }
  }
  return found;
}

function compareFigure(key: string, { name, isHigherBetter, valueOf }: Figure, before: Trial[], after: Trial[]): Comparison | undefined {
  const values = (trials: Trial[]) => trials.map(valueOf).filter((value): value is number => typeof value === "number");
  const [oldValues, newValues] = [values(before), values(after)];
  if (oldValues.length === 0 || newValues.length === 0) return undefined;
  const [old, now] = [spread(oldValues), spread(newValues)];
  const [scenario, peer] = key.split(separator) as [string, string];
  const isHigher = now.min > old.max;
  const isLower = now.max < old.min;
  const isKnown = oldValues.length > 1 && newValues.length > 1;
  const verdict = !isKnown ? "unknown" : !isHigher && !isLower ? "same" : isHigher === isHigherBetter ? "better" : "worse";
  return { scenario, peer, figure: name, old, new: now, change: now.median / old.median - 1, verdict };
}
