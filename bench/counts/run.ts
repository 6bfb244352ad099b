// npm run counts: counts the instructions of small fixed workloads under valgrind and compares them with the kept figures. Instructions repeat
// on a busy machine, where times do not.
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { table } from "../report.js";
import { root } from "../root.js";
import { findNode, probeUvio } from "../runtimes.js";
import { bundled, count, whyNot, type Count } from "./callgrind.js";
import { judge, renewed, type Expected } from "./verdict.js";
import { workloads, type Workload } from "./workloads.js";

const usage = `usage: npm run counts -- [options]
  --write           keep the counted figures, for this major version of Node
  --only TEXT       only workloads with such a name: ${workloads.map(({ name }) => name).join(", ")}
  --runs N          repeat each workload, and print the spread (1)
  --node PATH       the node to count (UVIO_NODE, or the one running this)
  --no-build        use the TypeScript compiled before
`;

const keptIn = path.join(root, "bench", "counts", "expected.json");

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** Runs the workloads, as many at a time as there are processors. */
async function countAll(node: string, chosen: Workload[]): Promise<Map<string, Count>> {
  const program = await bundled();
  const counts = new Map<string, Count>();
  const waiting = [...chosen];
  const worker = async (): Promise<void> => {
    for (let workload = waiting.shift(); workload !== undefined; workload = waiting.shift()) {
      const began = Date.now();
      const result = await count(node, program, workload);
      counts.set(workload.name, result);
      const seconds = Math.round((Date.now() - began) / 1000);
      process.stderr.write(
        `${workload.name}: ${whole(result.instructions)} (segments: ${result.segments.map(whole).join(" ")}), ${seconds} s\n`,
      );
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return new Map(chosen.map(({ name }) => [name, counts.get(name)!]));
}

function printSpread(runs: Map<string, Count>[]): void {
  const rows = [...runs[0]!.keys()].map((name) => {
    const figures = runs.map((run) => run.get(name)!.instructions);
    const [least, most] = [Math.min(...figures), Math.max(...figures)];
    return [name, figures.map(whole).join(" "), `${((most / least - 1) * 100).toFixed(2)} %`];
  });
  console.log(table(["workload", "runs", "spread"], rows).join("\n") + "\n");
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      write: { type: "boolean", default: false },
      only: { type: "string", default: "" },
      runs: { type: "string", default: "1" },
      node: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  if (values.node !== undefined) process.env.UVIO_NODE = values.node;
  const repeats = Number(values.runs);
  if (!Number.isInteger(repeats) || repeats < 1) throw new Error(`--runs must be a positive integer, got "${values.runs}"`);
  const chosen = workloads.filter(({ name }) => name.includes(values.only));
  if (chosen.length === 0) throw new Error(`--only "${values.only}" does not match any of ${workloads.map(({ name }) => name).join(", ")}`);

  const missing = await whyNot();
  if (missing !== undefined) return skip(missing);
  const node = await findNode();
  if ("missing" in node) throw new Error(node.missing);
  const uvio = await probeUvio(node.path);
  if ("missing" in uvio) throw new Error(uvio.missing);
  if (!uvio.native) return skip(`the native loop is not available: ${uvio.reason}`);
  const major = /^v(\d+)/.exec(node.version)![1]!;
  const expected = JSON.parse(readFileSync(keptIn, "utf8")) as Expected;
  const kept = expected[major];
  if (kept === undefined && !values.write) return skip(`there are no kept figures for Node ${major}; npm run counts -- --write adds them`);

  const runs: Map<string, Count>[] = [];
  for (let i = 0; i < repeats; i++) runs.push(await countAll(node.path, chosen));
  if (repeats > 1) printSpread(runs);
  // More than one run only gives more segments to take the least from.
  const counted = Object.fromEntries(chosen.map(({ name }) => [name, Math.min(...runs.map((run) => run.get(name)!.instructions))]));
  const judgements = judge(kept?.instructions ?? {}, counted);
  const rows = judgements.map(({ workload, kept, counted, change, ok }) => [
    ...[workload, kept === undefined ? "none" : whole(kept), whole(counted)],
    ...[kept === undefined ? "" : `${change < 0 ? "" : "+"}${(change * 100).toFixed(2)} %`, values.write ? "new" : ok ? "ok" : "CHANGED"],
  ]);
  console.log(`Instructions per message or operation, in user mode; node ${node.version}\n`);
  console.log(table(["workload", "kept", "counted", "change", ""], rows, 1).join("\n") + "\n");
  if (values.write) {
    writeFileSync(keptIn, `${JSON.stringify(renewed(expected, major, node.version, counted), null, 2)}\n`);
    console.log(`kept in ${path.relative(root, keptIn)}`);
    return 0;
  }
  const changed = judgements.filter(({ ok }) => !ok);
  if (changed.length === 0) return 0;
  const files = changed.map(({ workload }) => runs.at(-1)!.get(workload)!.file);
  console.log(
    [
      `Changed by more than they may: ${changed.map(({ workload, tolerance }) => `${workload} (${tolerance * 100} %)`).join(", ")}.`,
      `To see where: callgrind_annotate ${files[0]} | head -40`,
      "(a file for each function of C and C++; compiled JavaScript is in those without a name), beside that of the commit before.",
      "If the change is intended, say so in the commit, and renew the figures: npm run counts -- --write",
      ...(kept !== undefined && kept.node !== node.version ? [`The kept figures are for node ${kept.node}, which may be the reason.`] : []),
    ].join("\n"),
  );
  return 1;
}

function skip(reason: string): number {
  console.log(`counts: skipped: ${reason}`);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
