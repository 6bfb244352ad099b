/** Judges counts of instructions by the kept ones. */

/** The kept figures of one major version of Node: instructions per operation, by workload. */
export interface Kept {
  /** The version that they were counted with. */
  node: string;
  instructions: Record<string, number>;
}

/** bench/counts/expected.json: the kept figures, by the major version of Node. */
export type Expected = Record<string, Kept>;

/** A larger change is one of the code, or of Node: most workloads repeat within 0.1 %. */
const tolerance = 0.03;

/** These repeat within 3 % only. The cause is not known. */
const tolerances: Record<string, number> = { "futures-generators": 0.05 };

export interface Judgement {
  workload: string;
  kept: number | undefined;
  counted: number;
  /** 0.1 for 10 % more than kept. */
  change: number;
  /** The largest change that is ok. */
  tolerance: number;
  ok: boolean;
}

/** A workload without a kept figure fails: it would not be guarded. */
export function judge(kept: Record<string, number>, counted: Record<string, number>): Judgement[] {
  return Object.entries(counted).map(([workload, figure]) => {
    const before = kept[workload];
    const change = before === undefined ? 0 : figure / before - 1;
    const most = tolerances[workload] ?? tolerance;
    return { workload, kept: before, counted: figure, change, tolerance: most, ok: before !== undefined && Math.abs(change) <= most };
  });
}

/** Returns the kept figures with new ones. Those of other versions of Node stay, and so do those of workloads that were not counted. */
export function renewed(expected: Expected, major: string, node: string, counted: Record<string, number>): Expected {
  const rounded = Object.fromEntries(Object.entries(counted).map(([workload, figure]) => [workload, Math.round(figure)]));
  return { ...expected, [major]: { node, instructions: { ...expected[major]?.instructions, ...rounded } } };
}
