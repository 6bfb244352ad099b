// One process of the micro-benchmarks, for one loop (LOOP=node|uv) and one spelling (SPELLING=callbacks|generators|async). Each has its own
// process, because the first async function that becomes a task turns on hooks for the whole process. WORKLOAD selects one workload by name.
// Prints one line of JSON: { "nsPerOperation": { name: number } }.
import benny from "benny";
import * as asyncio from "uvio";
import * as uvloop from "uvio/uvloop";
import { asyncFunctions } from "./async.js";
import { callbacks } from "./callbacks.js";
import { generators } from "./generators.js";
import { syncAsyncFunctions, syncGenerators } from "./sync.js";
import type { Workload } from "./workload.js";

const suites: Record<string, Workload[]> = {
  callbacks,
  generators: [...generators, ...syncGenerators],
  async: [...asyncFunctions, ...syncAsyncFunctions],
};

const loopName = process.env.LOOP ?? "node";
if (loopName === "uv") uvloop.install();
else if (loopName !== "node") throw new Error(`LOOP must be node or uv, got "${loopName}"`);

const spelling = process.env.SPELLING ?? "generators";
const workloads = suites[spelling];
if (workloads === undefined) throw new Error(`SPELLING must be one of ${Object.keys(suites).join(", ")}`);

// All workloads share one loop, because creating and closing loops is not measured.
const runner = new asyncio.Runner();
const nsPerOperation: Record<string, number> = {};

// benny prints a greeting on stdout, which is reserved for the result.
const log = console.log;
console.log = (...args: unknown[]) => console.error(...args);

const only = process.env.WORKLOAD;
for (const { name, operations, main } of workloads.filter(({ name }) => only === undefined || name === only)) {
  // benny calls each case twice in a row, without waiting, to find out its kind. A loop can run only one call at a time.
  let tail: Promise<unknown> = Promise.resolve();
  const once = () => (tail = tail.then(() => runner.run(main())));
  const summary = await benny.suite(name, benny.add(name, once, { minSamples: 10, maxTime: 1 }));
  nsPerOperation[name] = (summary.results[0]!.details.median * 1e9) / operations;
}
await runner.close();
log(JSON.stringify({ nsPerOperation }));
