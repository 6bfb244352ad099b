/** Prints results as Markdown tables. */
import type { FairnessResult } from "./fairness/fairness.js";
import type { Peer } from "./peers.js";
import type { Scenario } from "./scenarios.js";
import { spread, type Spread } from "./stats.js";
import type { Trial } from "./trial.js";

export interface Outcome {
  scenario: Scenario;
  peers: Peer[];
  trials: Trial[];
}

export const decimals = (digits: number) => (value: number) =>
  value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** With a generator this busy, the requests per second are bounded by it and not by the server. */
const saturated = 0.95;

function withSpread(values: number[], format: (value: number) => string): string {
  if (values.length === 0) return "n/a";
  const { median, min, max }: Spread = spread(values);
  return values.length === 1 ? format(median) : `${format(median)} (${format(min)}..${format(max)})`;
}

export function middle(values: number[], format: (value: number) => string): string {
  return values.length === 0 ? "n/a" : format(spread(values).median);
}

/** `names` is the number of columns with text. */
export function table(head: string[], rows: string[][], names = 2): string[] {
  const align = head.map((_, i) => (i < names ? "---" : "---:"));
  return [head, align, ...rows].map((cells) => `| ${cells.join(" | ")} |`);
}

/** Returns ratios within rounds, where both peers ran shortly after each other. */
export function ratios(of: Trial[], to: Trial[], value: (trial: Trial) => number | undefined, inverse: boolean): number[] {
  const result: number[] = [];
  for (const trial of of) {
    const partner = to.find((other) => other.round === trial.round);
    const a = value(trial);
    const b = partner && value(partner);
    if (a && b) result.push(inverse ? b / a : a / b);
  }
  return result;
}

const rps = (trial: Trial) => trial.load?.rps;
export const cpu = (trial: Trial) => trial.load?.server?.cpuMicrosPerMessage;
const perConnection = (trial: Trial) => trial.idle?.bytesPerConnection;

function collect(trials: Trial[], value: (trial: Trial) => number | undefined): number[] {
  return trials.map(value).filter((x): x is number => x !== undefined);
}

function fairnessCells(trials: Trial[]): string[] {
  const cell = (value: (result: FairnessResult) => number | null, format: (value: number) => string): string =>
    withSpread(
      collect(trials, (trial) => value(trial.fairness!) ?? undefined),
      format,
    );
  const one = decimals(1);
  return [
    cell(({ p50 }) => p50, one),
    cell(({ p99 }) => p99, one),
    cell(({ answered, seconds }) => answered / seconds, decimals(0)),
    cell(({ unanswered }) => unanswered, decimals(0)),
    cell(({ floodMBps }) => floodMBps, decimals(0)),
    cell(({ serverCpu }) => serverCpu, decimals(2)),
  ];
}

/** Prints one scenario as a Markdown table, followed by the skipped and the failed peers. */
export function markdown({ scenario, peers, trials }: Outcome): string {
  const good = (id: string) => trials.filter((trial) => trial.peer === id && trial.error === undefined);
  const measured = peers.filter((peer) => good(peer.id).length > 0);
  const lines = [`### ${scenario.name}: ${scenario.title}`, ""];
  const base = measured.find(({ id }) => id === scenario.peers[0]) ?? measured[0];
  if (base !== undefined) {
    const baseTrials = good(base.id);
    const two = decimals(2);
    const rows = measured.map((peer) => {
      const own = good(peer.id);
      const name = [peer.id, "version" in peer ? peer.version : ""];
      if (scenario.kind === "idle") {
        return [
          ...name,
          withSpread(collect(own, perConnection), decimals(0)),
          middle(ratios(own, baseTrials, perConnection, false), two),
          middle(
            collect(own, (trial) => trial.idle!.rssBytes.at(-1)! / 2 ** 20),
            decimals(1),
          ),
        ];
      }
      if (scenario.kind === "fairness") return [...name, ...fairnessCells(own)];
      return [
        ...name,
        withSpread(collect(own, rps), decimals(0)),
        withSpread(collect(own, cpu), two),
        middle(ratios(own, baseTrials, cpu, true), two),
        middle(ratios(own, baseTrials, rps, false), two),
        middle(
          collect(own, (trial) => trial.load?.latencyMicros.p50),
          decimals(0),
        ),
        middle(
          collect(own, (trial) => trial.load?.latencyMicros.p99),
          decimals(0),
        ),
        middle(
          collect(own, (trial) => trial.load?.server && trial.load.server.rssBytes / 2 ** 20),
          decimals(1),
        ),
      ];
    });
    const head =
      scenario.kind === "idle"
        ? ["peer", "version", "bytes per connection", `peer / ${base.id}`, `RSS MiB at ${scenario.steps.at(-1)}`]
        : scenario.kind === "fairness"
          ? ["peer", "version", "p50 ms", "p99 ms", "answered/s", "unanswered for 0.5 s", "flood MB/s", "server CPU s/s"]
          : [
              ...["peer", "version", "messages/s", "server CPU µs/message"],
              ...[`CPU: ${base.id} / peer`, `rate: peer / ${base.id}`, "p50 µs", "p99 µs", "RSS MiB"],
            ];
    lines.push(...table(head, rows), "");
    if (base.id !== scenario.peers[0]) {
      lines.push(`Ratios are against ${base.id}: ${scenario.peers[0]} was not measured.`, "");
    }
    const bound = measured.filter(({ id }) => {
      const busy = collect(good(id), (trial) => trial.load?.client.busy);
      return busy.length > 0 && spread(busy).median >= saturated;
    });
    if (bound.length > 0) {
      const names = bound.map(({ id }) => id).join(", ");
      lines.push(`The load generator used a whole core with ${names}: there messages/s is a lower bound.`, "");
    }
  }
  for (const peer of peers) {
    if ("skipped" in peer) lines.push(`- skipped: ${peer.id}: ${peer.skipped}`);
    const failed = trials.filter((trial) => trial.peer === peer.id && trial.error !== undefined);
    const ran = trials.filter((trial) => trial.peer === peer.id).length;
    if (failed.length > 0) lines.push(`- FAILED: ${peer.id}: ${failed.length} of ${ran} trials: ${failed[0]!.error}`);
  }
  return lines.join("\n").trimEnd() + "\n";
}
