// npm run bench:compare -- OLD NEW: says which figures of two results of the benchmark differ beyond the spread of their rounds.
import { machineLine } from "../machine.js";
import { table } from "../report.js";
import type { Spread } from "../stats.js";
import { compare, type Comparison } from "./changes.js";
import { readResults } from "./results.js";

const usage = "usage: npm run bench:compare -- OLD NEW   (files of bench/results/)";

/** The figures of foreign peers do not depend on uvio: if they change, the machine did. */
const isUvio = (peer: string) => peer.startsWith("uvio-");

function number(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: value < 100 ? 2 : 0 });
}

function range({ median, min, max }: Spread): string {
  return min === max ? number(median) : `${number(median)} (${number(min)}..${number(max)})`;
}

function percent(change: number): string {
  return `${change < 0 ? "" : "+"}${(change * 100).toFixed(1)} %`;
}

/** "echo-1k, node-net: messages/s +3.0 %, p50 µs -1.0 %", a line for each scenario and peer. */
function lines(comparisons: Comparison[]): string[] {
  const groups = new Map<string, string[]>();
  for (const { scenario, peer, figure, change } of comparisons) {
    const key = `${scenario}, ${peer}`;
    groups.set(key, [...(groups.get(key) ?? []), `${figure} ${percent(change)}`]);
  }
  return [...groups].map(([key, figures]) => `- ${key}: ${figures.join(", ")}`);
}

function section(title: string, content: string[]): void {
  if (content.length > 0) console.log(`### ${title}\n\n${content.join("\n")}\n`);
}

function main([oldFile, newFile, ...rest]: string[]): void {
  if (oldFile === undefined || newFile === undefined || rest.length > 0) throw new Error(usage);
  const [before, after] = [readResults(oldFile), readResults(newFile)];
  console.log(`old: ${machineLine(before.machine)}\nnew: ${machineLine(after.machine)}\n`);
  const { comparisons, onlyOld, onlyNew } = compare(before, after);
  if (comparisons.length === 0) throw new Error("no scenario and peer is in both results: nothing can be compared");
  const of = (...verdicts: Comparison["verdict"][]) => comparisons.filter(({ verdict }) => verdicts.includes(verdict));
  const changed = of("better", "worse");
  const rows = changed.map((one) => [one.scenario, one.peer, one.figure, range(one.old), range(one.new), percent(one.change), one.verdict]);
  const head = ["scenario", "peer", "figure", "old", "new", "change", ""];
  section("Changed: the ranges of the rounds do not overlap", rows.length === 0 ? ["nothing"] : table(head, rows, 3));
  const foreign = [...new Set(changed.filter(({ peer }) => !isUvio(peer)).map(({ scenario, peer }) => `${peer} in ${scenario}`))];
  if (foreign.length > 0) {
    console.log(
      `Not uvio, but the machine or another version has changed ${foreign.join(", ")}: read the ratios of that scenario instead.\n`,
    );
  }
  section("Unchanged: the ranges overlap (change of the medians)", lines(of("same")));
  section("Not known: one round has no spread (change)", lines(of("unknown")));
  section(
    "Only in old",
    onlyOld.map((key) => `- ${key}`),
  );
  section(
    "Only in new",
    onlyNew.map((key) => `- ${key}`),
  );
}

try {
  main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
