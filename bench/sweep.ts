/** The tables of sweeps: scenarios that differ in one number. */
import { cpu, decimals, middle, ratios, table, type Outcome } from "./report.js";

/** The names of the sweeps that were measured. */
export function sweepsOf(outcomes: Outcome[]): string[] {
  return [...new Set(outcomes.flatMap(({ scenario }) => (scenario.kind === "load" && scenario.sweep ? [scenario.sweep.name] : [])))];
}

/** Prints a sweep as one table: a row for each scenario, a column for each peer but the first, with the first one's CPU per message over its. */
export function sweepMarkdown(name: string, outcomes: Outcome[]): string {
  const rows: string[][] = [];
  let title = "";
  const own = outcomes.filter(({ scenario }) => scenario.kind === "load" && scenario.sweep?.name === name);
  const [base, ...others] = [...new Set(own.flatMap(({ peers }) => peers.map(({ id }) => id)))];
  for (const { scenario, trials } of own) {
    if (scenario.kind !== "load" || scenario.sweep === undefined) continue;
    title = scenario.sweep.title;
    const good = (id: string) => trials.filter((trial) => trial.peer === id && trial.error === undefined);
    const micros = good(base!).flatMap((trial) => cpu(trial) ?? []);
    const cells = others.map((id) => middle(ratios(good(id), good(base!), cpu, true), decimals(2)));
    rows.push([scenario.sweep.row, middle(micros, decimals(2)), ...cells]);
  }
  const head = ["", `${base}: µs CPU/message`, ...others];
  return [
    `### ${name}: ${title}`,
    "",
    `CPU per message: ${base} / peer. Above 1 is better than ${base}.`,
    "",
    ...table(head, rows, 1),
    "",
  ].join("\n");
}
