// npm test: from a fresh clone to a test result. Requires Node and, for the native loop and its tests, a C++ compiler.
//
//   node scripts/test.mjs [--node PATH] [--filter TEXT] [--skip TEXT]... [--no-build]
//
// --node PATH    runs the compiled tests under another node binary, with the same addon.
// --filter TEXT  runs only test files whose path contains TEXT, and no plain C++ tests.
// --skip TEXT    skips test files whose path contains TEXT, and prints their names.
// --no-build     runs the existing output without building.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const tsc = path.join(root, "node_modules", "typescript", "bin", "tsc");
/** For one test file. A test that hangs must fail and not stop the run. */
const FILE_TIMEOUT_MS = 300_000;
/** The number of test files that run concurrently. The default of node --test leaves one processor idle. */
const FILES_AT_ONCE = availableParallelism();

const { values: options } = parseArgs({
  options: {
    node: { type: "string" },
    filter: { type: "string" },
    skip: { type: "string", multiple: true },
    "no-build": { type: "boolean" },
  },
});
// A path is relative to the caller's folder; a name without a slash is searched in PATH.
const node = options.node === undefined ? process.execPath : options.node.includes(path.sep) ? path.resolve(options.node) : options.node;

try {
  if (!options["no-build"]) {
    install();
    run("build", process.execPath, [path.join(root, "scripts", "build.mjs"), "--tolerant"]);
    run("compiling the tests", process.execPath, [tsc, "-p", "tsconfig.test.json"]);
  }
  const nativeTests = path.join(root, "test", "native", "run.mjs");
  if (options.node === undefined && options.filter === undefined && existsSync(nativeTests)) {
    if (hasCompiler()) run("plain C++ tests", process.execPath, [nativeTests]);
    else console.log("plain C++ tests: skipped, no C++ compiler found (c++); set CXX to another one");
  }
  const files = testFiles();
  if (files.length === 0) throw new Error(`no test file's path contains "${options.filter}"`);
  run("tests", node, [
    "--test",
    "--test-reporter=spec",
    `--test-concurrency=${FILES_AT_ONCE}`,
    `--test-timeout=${FILE_TIMEOUT_MS}`,
    ...files,
  ]);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

/**
 * Runs npm ci, with the npm that started this script if there is one. Without scripts, because the only one is the build, which is the next
 * step.
 */
function install() {
  if (existsSync(tsc)) return;
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
  const npm = process.env.npm_execpath;
  if (npm?.endsWith("js")) run("npm ci", process.execPath, [npm, ...args]);
  else run("npm ci", "npm", args, { shell: process.platform === "win32" });
}

/** Finds test files by their sources, because build/js can have the output of deleted tests. */
function testFiles() {
  const skipped = (name) => (options.skip ?? []).some((text) => name.includes(text));
  const names = readdirSync(path.join(root, "test"), { recursive: true })
    .filter((name) => name.endsWith(".test.ts") && name.includes(options.filter ?? ""))
    .sort();
  for (const name of names.filter(skipped)) console.log(`${name}: skipped, as asked by --skip`);
  return names.filter((name) => !skipped(name)).map((name) => path.join("build", "js", "test", name.replace(/\.ts$/, ".js")));
}

function hasCompiler() {
  return spawnSync(process.env.CXX ?? "c++", ["--version"], { stdio: "ignore" }).status === 0;
}

function run(title, command, args, extra = {}) {
  // Inside another test run, node --test would report to that one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { status, signal, error } = spawnSync(command, args, { cwd: root, stdio: "inherit", env, ...extra });
  if (error) throw new Error(`${title}: ${error.message}`);
  if (status !== 0) throw new Error(`${title} failed (${signal ?? `exit code ${status}`})`);
}
