// Random values and random use, with new seeds, for as long as is wanted:
//
//   npm run fuzz -- [--minutes 10] [--loop native|portable] [--sanitize] [--seed N]
//
// Each run is a child process of its own. The first one that crashes, hangs, prints or fails a check ends the fuzzing; its seed repeats the
// same choices, though not the times at which the system answers. `--sanitize` takes the addon of build-sanitize/ (docs/testing.md).
import { spawn, spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { sanitizedEnvironment } from "./test-sanitized.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const scenarios = path.join(root, "build", "js", "test", "native", "scenarios");
/** A run takes seconds. One that takes this long, even on a busy machine, hangs. */
const DEADLINE_SECONDS = 300;
/** A child that hangs writes to stderr where it is. */
const REPORT = ["--report-on-signal", "--report-signal=SIGUSR2", "--report-filename=stderr"];

const { values: options } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    loop: { type: "string" },
    sanitize: { type: "boolean", default: false },
    seed: { type: "string" },
  },
});
const minutes = Number(options.minutes);
if (!(minutes > 0)) fail(`--minutes must be a positive number, got ${options.minutes}`);
if (![undefined, "native", "portable"].includes(options.loop)) fail(`--loop must be native or portable, got ${options.loop}`);
if (!existsSync(scenarios)) fail("the tests are not compiled: npm test -- --filter none");

const env = { ...process.env, ...(options.sanitize ? sanitizedEnvironment(libasan()) : {}) };
const many = options.sanitize ? 1 : 4;
const native = [
  ["random-use", "useAtRandom", "uv", 2000 * many],
  ["random-use", "useAtRandom", "uv", 5000 * many],
  ["random-values", "callEverything", 5000 * many],
  ...["headers", "records", "everything", "detached arenas"].map((kind) => ["random-values", "damageEcho", kind, 200 * many]),
];
const portable = [["random-use", "useAtRandom", "node", 2000 * many]];
const kinds = options.loop === "native" ? native : options.loop === "portable" ? portable : [...native, ...portable];

const end = Date.now() + minutes * 60_000;
let seed = options.seed === undefined ? randomInt(2 ** 31) : Number(options.seed);
let operations = 0;
let runs = 0;
console.log(`fuzzing for ${minutes} minutes from seed ${seed}${options.sanitize ? ", with the sanitizers" : ""}`);
while (Date.now() < end) {
  for (const [module, name, ...rest] of kinds) {
    if (Date.now() >= end) break;
    operations += await run(module, name, [seed, ...rest]);
    runs++;
  }
  seed++;
}
console.log(`${operations} operations in ${runs} runs, no finding`);

/** Returns the number of operations that the child has counted. Ends the process if the child does not end well. */
function run(module, name, args) {
  const url = pathToFileURL(path.join(scenarios, `${module}.js`)).href;
  const call = `${name}(...${JSON.stringify(args)})`;
  const source = `const { ${name} } = await import(${JSON.stringify(url)}); console.log(await ${call});`;
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...REPORT, "--input-type=module", "--eval", source], {
      cwd: root,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"]) child[stream].setEncoding("utf8").on("data", (text) => (output[stream] += text));
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGUSR2");
      setTimeout(() => child.kill("SIGKILL"), 10_000);
    }, DEADLINE_SECONDS * 1000);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (code === 0 && output.stderr === "" && Number(output.stdout) > 0) return resolve(Number(output.stdout));
      console.log(`${operations} operations in ${runs} runs, then: ${module}.ts ${call}`);
      if (late) fail(`no end after ${DEADLINE_SECONDS} s; the child is at\n${whereIn(output.stderr)}`);
      fail(`exit code ${code}, signal ${signal}\n${output.stderr}`);
    });
  });
}

/** The parts of Node's report that tell a loop that never ends from a wait for nothing. */
function whereIn(report) {
  try {
    const { javascriptStack, libuv, resourceUsage } = JSON.parse(report.slice(report.indexOf("{"), report.lastIndexOf("}") + 1));
    return JSON.stringify({ javascriptStack, active: libuv.filter((one) => one.is_active), resourceUsage }, null, 1);
  } catch {
    return report; // It was too busy to write one.
  }
}

function libasan() {
  const found = spawnSync("gcc", ["-print-file-name=libasan.so"], { encoding: "utf8" }).stdout?.trim();
  if (found === undefined || !existsSync(found)) fail("--sanitize requires gcc with libasan");
  return found;
}

function fail(message) {
  console.error(`fuzz: ${message}`);
  process.exit(1);
}
