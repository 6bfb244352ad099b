// npm run bench:micro: the same small workloads on uvio (both loops, both spellings), asyncio and uvloop, as nanoseconds per operation.
// Each figure comes from its own process. In each round, all columns run a workload before the next one starts. A machine that is slow for a
// minute is then slow for all of them.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { Child } from "../children.js";
import { describeMachine, machineLine } from "../machine.js";
import { root } from "../root.js";
import { findNode, findPython, probeUvio } from "../runtimes.js";
import { spread } from "../stats.js";
import { asyncFunctions } from "./async.js";
import { callbacks } from "./callbacks.js";
import { generators } from "./generators.js";
import { syncAsyncFunctions, syncGenerators } from "./sync.js";

interface Column {
  name: string;
  version: string;
  command: string;
  args: string[];
  env: Record<string, string>;
  /** The figures of all rounds, by workload. */
  results: Map<string, number[]>;
}

/** Callbacks have no spelling; their figures are in the columns of both. */
const spellings = ["generators", "async"] as const;
const reference = "uvloop";

/** A figure takes about two seconds. A loop that hangs is killed after this time. */
const patienceMs = 60_000;

/** In the order of the table. A process that does not have a workload prints nothing for it. */
const workloads = [...new Set([callbacks, generators, syncGenerators, asyncFunctions, syncAsyncFunctions].flat().map(({ name }) => name))];

function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function findColumns(): Promise<{ columns: Column[]; skipped: string[] }> {
  const columns: Column[] = [];
  const skipped: string[] = [];
  const add = (column: Omit<Column, "results">) => columns.push({ ...column, results: new Map() });

  const script = path.join(root, "bench", "micro", "micro.py");
  for (const name of ["asyncio", "uvloop"]) {
    const python = await findPython(name === "uvloop");
    if ("missing" in python) skipped.push(`${name}: ${python.missing}`);
    else {
      const env = { UVLOOP: name === "uvloop" ? "1" : "" };
      add({ name, version: python.version, command: python.path, args: [script], env });
    }
  }

  const suite = path.join(root, "build", "js", "bench", "micro", "suite.js");
  const node = await findNode();
  if ("missing" in node) return { columns, skipped: [...skipped, `uvio: ${node.missing}`] };
  const uvio = await probeUvio(node.path);
  if ("missing" in uvio) return { columns, skipped: [...skipped, `uvio: ${uvio.missing}`] };
  for (const loop of ["node", "uv"]) {
    if (loop === "uv" && !uvio.native) {
      skipped.push(`uvio uv: ${uvio.reason}`);
      continue;
    }
    for (const spelling of ["callbacks", ...spellings]) {
      const version = `uvio ${uvio.uvio}, node ${node.version}`;
      const env = { LOOP: loop, SPELLING: spelling };
      add({ name: `uvio ${loop} ${spelling}`, version, command: node.path, args: [suite], env });
    }
  }
  return { columns, skipped };
}

async function measure(column: Column, workload: string): Promise<void> {
  const child = new Child(column.command, column.args, { ...process.env, ...column.env, WORKLOAD: workload }, root);
  let text = "";
  child.process.stdout!.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  const timer = setTimeout(() => void child.stop(), patienceMs);
  const how = await child.ended;
  clearTimeout(timer);
  if (child.exitCode !== 0) throw new Error(`${column.name}: ${how}\n${child.stderr}`);
  const { nsPerOperation } = JSON.parse(text) as { nsPerOperation: Record<string, number> };
  for (const [workload, ns] of Object.entries(nsPerOperation)) {
    column.results.set(workload, [...(column.results.get(workload) ?? []), ns]);
  }
}

/** Returns a table with one row per workload and spelling, one column per loop, and the speed relative to uvloop. */
function markdown(columns: Column[]): string {
  const find = (name: string, workload: string) => columns.find((c) => c.name === name)?.results.get(workload);
  const cell = (values: number[] | undefined) => {
    if (values === undefined) return "n/a";
    const { median, min, max } = spread(values);
    const range = values.length > 1 ? ` (${min.toFixed(0)}..${max.toFixed(0)})` : "";
    return `${median.toFixed(0)}${range}`;
  };
  const ratio = (a: number[] | undefined, b: number[] | undefined) =>
    a && b ? `${(spread(a).median / spread(b).median).toFixed(2)}` : "n/a";
  const head = ["ns per operation", "spelling", "asyncio", "uvloop", "uvio, portable loop", "uvio, native loop"];
  head.push(`${reference} / portable`, `${reference} / native`);
  const rows: string[][] = [];
  for (const workload of workloads.filter((name) => columns.some((column) => column.results.has(name)))) {
    const python = [find("asyncio", workload), find(reference, workload)] as const;
    const unspelled = ["node", "uv"].some((loop) => find(`uvio ${loop} callbacks`, workload) !== undefined);
    const started = columns.some((column) => column.name.startsWith("uvio"));
    for (const spelling of unspelled ? ["callbacks"] : started ? spellings : ["-"]) {
      const portable = find(`uvio node ${spelling}`, workload);
      const native = find(`uvio uv ${spelling}`, workload);
      rows.push([
        ...[workload, spelling, cell(python[0]), cell(python[1]), cell(portable), cell(native)],
        ...[ratio(python[1], portable), ratio(python[1], native)],
      ]);
    }
  }
  const align = head.map((_, i) => (i < 2 ? "---" : "---:"));
  return [head, align, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "3" },
      only: { type: "string" },
      node: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    console.log("usage: npm run bench:micro -- [--rounds N (3)] [--only TEXT in a workload's name] [--node PATH] [--no-build]");
    return;
  }
  if (values.node !== undefined) process.env.UVIO_NODE = values.node;
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds must be a positive integer`);

  const chosen = workloads.filter((name) => name.includes(values.only ?? ""));
  if (chosen.length === 0) throw new Error(`--only "${values.only}" does not match any workload: ${workloads.join("; ")}`);

  const machine = await describeMachine();
  const { columns, skipped } = await findColumns();
  for (let round = 1; round <= rounds; round++) {
    for (const workload of chosen) {
      for (const column of columns) await measure(column, workload);
      progress(`${round}/${rounds} ${workload}`);
    }
  }
  console.log(`${machineLine(machine)}\n`);
  console.log(`${[...new Set(columns.map((column) => column.version))].join("; ")}`);
  console.log(`${rounds} rounds, medians (min..max)\n`);
  console.log(markdown(columns));
  for (const line of skipped) console.log(`- skipped: ${line}`);

  const folder = path.join(root, "bench", "results");
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `micro-${machine.date.replace(/[:.]/g, "-")}.json`);
  const plain = columns.map(({ name, version, results }) => ({ name, version, results: Object.fromEntries(results) }));
  writeFileSync(file, `${JSON.stringify({ machine, rounds, columns: plain, skipped }, null, 2)}\n`);
  progress(`results: ${path.relative(process.cwd(), file)}`);
  if (columns.length === 0) throw new Error("nothing was measured: neither uvio nor Python is available");
}

try {
  await main();
} catch (error) {
  progress(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
