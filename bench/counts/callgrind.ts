/** Runs a counted process under valgrind. */
import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import { Child } from "../children.js";
import { run } from "../command.js";
import { root } from "../root.js";
import { Clients } from "./clients.js";
import type { RoundShape, Workload } from "./workloads.js";

/**
 * Makes runs of Node alike. One thread does everything; hashes and random numbers have fixed seeds; garbage is collected when 64 MiB are full,
 * which is once or never. The program turns optimization on when it has started.
 */
const nodeFlags = [
  ...["--single-threaded", "--hash-seed=1", "--random-seed=1", "--no-opt", "--no-maglev", "--no-flush-bytecode"],
  ...["--min-semi-space-size=64", "--max-semi-space-size=64", "--no-minor-gc-task", "--no-incremental-marking", "--no-memory-reducer"],
];

/** The C function of the calls that mark the end of a segment (counted.ts). */
const markedBy = "uv_os_getpriority";

const folder = path.join(root, "build", "counts");

/** A run takes about 15 seconds, on a loaded machine a minute. */
const patienceMs = 240_000;

/** The reason why nothing can be counted here, if there is one. */
export async function whyNot(): Promise<string | undefined> {
  if (process.platform !== "linux" || process.arch !== "x64") return "the kept figures are for Linux on x64";
  if ((await run("valgrind", ["--version"])).code !== 0) return "valgrind is not installed (Debian: apt install valgrind)";
  return undefined;
}

/** The instructions of a file that callgrind has written: the sum over all functions and threads. */
function totalOf(file: string): number {
  const match = /^(?:totals|summary): (\d+)$/m.exec(readFileSync(file, "utf8"));
  if (match === null) throw new Error(`callgrind has not written its totals to ${file}`);
  return Number(match[1]);
}

export interface Count {
  /** Instructions per operation in user mode: the least of the measured segments, because compilers and the garbage collector only add to it. */
  instructions: number;
  /** All measured segments. */
  segments: number[];
  /** The file of callgrind with the functions of the least segment. */
  file: string;
}

/** Runs a workload once, and leaves callgrind's files, one a segment, in build/counts/. */
export async function count(node: string, program: string, workload: Workload): Promise<Count> {
  const files = path.join(folder, `${workload.name}.callgrind`);
  const valgrind = ["--tool=callgrind", `--dump-before=${markedBy}`, `--callgrind-out-file=${files}`, "--vgdb=no", "--quiet"];
  // Without random addresses, which decide about collisions in hash tables.
  const args = ["-R", "valgrind", ...valgrind, node, ...nodeFlags, program, workload.name];
  const child = new Child("setarch", args, process.env, root);
  const timer = setTimeout(() => void child.stop(), patienceMs);
  try {
    const clients = workload.load === undefined ? undefined : await Promise.race([connect(child, workload.load), child.ended]);
    const how = await child.ended;
    if (child.exitCode !== 0) throw new Error(`${workload.name}: ${how}\n${child.stderr}`);
    if (clients instanceof Clients) await clients.finish();
  } finally {
    clearTimeout(timer);
    await child.stop();
  }
  const numbers = Array.from({ length: workload.measured }, (_, i) => workload.warmup + i + 1);
  const segments = numbers.map((number) => totalOf(`${files}.${number}`) / workload.operations);
  const instructions = Math.min(...segments);
  return { instructions, segments, file: path.relative(root, `${files}.${numbers[segments.indexOf(instructions)]}`) };
}

/** Returns the counted program, with uvio, in one file: loading uvio from its own files takes longer than all the rest. */
export async function bundled(): Promise<string> {
  rmSync(folder, { recursive: true, force: true });
  const outfile = path.join(folder, "counted.mjs");
  const program = path.join(root, "build", "js", "bench", "counts", "counted.js");
  await build({ entryPoints: [program], outfile, bundle: true, platform: "node", format: "esm", logLevel: "error" });
  return outfile;
}

async function connect(child: Child, load: RoundShape): Promise<Clients> {
  for await (const line of createInterface({ input: child.process.stdout! })) {
    const port = /^PORT (\d+)$/.exec(line)?.[1];
    if (port !== undefined) return await Clients.connect(Number(port), load, child.channel);
  }
  return await new Promise<never>(() => {}); // The child has ended.
}
