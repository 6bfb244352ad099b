// npm test: from a fresh clone to a test result. Needs Node and, for the native loop and its tests, a C++ compiler.
//
//   node scripts/test.mjs [--node PATH] [--filter TEXT] [--skip TEXT]... [--no-build]
//
// --node PATH    run the compiled tests under another node binary, with the same addon.
// --filter TEXT  only the test files whose path contains TEXT; the plain C++ tests run without a filter only.
// --skip TEXT    not the test files whose path contains TEXT; each is named.
// --no-build     run what is compiled already.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const tsc = path.join(root, "node_modules", "typescript", "bin", "tsc");
/** Of one test file. What hangs must fail, not stop the run. */
const FILE_TIMEOUT_MS = 300_000;
/** Test files at a time; node --test leaves a processor idle. */
const FILES_AT_ONCE = availableParallelism();

const { values: options } = parseArgs({
  options: {
    node: { type: "string" },
    filter: { type: "string" },
    skip: { type: "string", multiple: true },
    "no-build": { type: "boolean" },
  },
});
// A path is the caller's; a bare name is found on PATH.
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
    else console.log("plain C++ tests: skipped, there is no C++ compiler (c++; CXX names another)");
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

/** The npm that started us, if one did. Without scripts: the only one is our own build, which comes next. */
function install() {
  if (existsSync(tsc)) return;
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
  const npm = process.env.npm_execpath;
  if (npm?.endsWith("js")) run("npm ci", process.execPath, [npm, ...args]);
  else run("npm ci", "npm", args, { shell: process.platform === "win32" });
}

/** By their sources: build/js may hold the output of tests that were deleted since. */
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
  // A test runner that sees it runs inside another one reports to that one instead.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { status, signal, error } = spawnSync(command, args, { cwd: root, stdio: "inherit", env, ...extra });
  if (error) throw new Error(`${title}: ${error.message}`);
  if (status !== 0) throw new Error(`${title} failed (${signal ?? `exit code ${status}`})`);
}
