// npm test: from a fresh clone to a test result. Requires Node and, for the native loop and its tests, a C++ compiler.
//
//   node scripts/test.mjs [--quick | --all] [--node PATH] [--project NAME]... [--filter TEXT] [--skip TEXT]... [--no-build] [--coverage] [-t TEXT]
//
// --quick         a part of the tests, in less than a minute: for between two edits.
// --all           also the large tests, in files named *.slow.test.ts.
// --node PATH     run the compiled tests under another node binary, with the same addon.
// --project NAME  only this project of vitest.config.mjs: unit, portable, native, hazards, process, apps, repo, slow, package.
// --filter TEXT   only the test files whose path contains TEXT; the plain C++ tests run without a filter only.
// --skip TEXT     not the test files whose path contains TEXT; each is named.
// -t TEXT         only the tests whose name contains TEXT.
// --no-build      run what is compiled already.
// --coverage      say which lines of src/ the tests run, by folder, and write build/coverage/index.html.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const tsc = path.join(root, "node_modules", "typescript", "bin", "tsc");
const vitest = path.join(root, "node_modules", "vitest", "vitest.mjs");
/** Files and folders of `--quick`: the tests that most changes break. */
const QUICK = ["unit/", "semantics/", "golden/", "streams/", "loop/tcp", "loop/timers", "loop/call-soon", "loop/contexts", "repo/exports", "repo/layers", "repo/sizes"]; // prettier-ignore
/** Files among them that start a process for each test. */
const NOT_QUICK = ["unit/util/young-memory", "semantics/debug", "semantics/run"];

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean" },
    all: { type: "boolean" },
    node: { type: "string" },
    project: { type: "string", multiple: true },
    filter: { type: "string" },
    skip: { type: "string", multiple: true },
    "no-build": { type: "boolean" },
    coverage: { type: "boolean" },
    test: { type: "string", short: "t" },
  },
});
// A path is relative to the caller's folder; a name without a slash is searched in PATH.
const node = options.node === undefined ? process.execPath : options.node.includes(path.sep) ? path.resolve(options.node) : options.node;
const isWhole = [options.node, options.filter, options.project, options.test, options.quick, options.coverage].every((one) => !one);

try {
  if (!options["no-build"]) {
    install();
    run("build", process.execPath, [path.join(root, "scripts", "build.mjs"), "--tolerant"]);
    run("compiling the tests", process.execPath, [tsc, "-p", "tsconfig.test.json"]);
  }
  const nativeTests = path.join(root, "test", "native", "run.mjs");
  if (isWhole && existsSync(nativeTests)) {
    if (hasCompiler()) run("plain C++ tests", process.execPath, [nativeTests]);
    else console.log("plain C++ tests: skipped, no C++ compiler found (c++); set CXX to another one");
  }
  const files = testFiles();
  if (files.length === 0) throw new Error(`no test file's path contains "${options.filter}"; --all looks among the large ones too`);
  const args = [vitest, "run"];
  for (const project of options.project ?? []) args.push("--project", project);
  if (options.test !== undefined) args.push("-t", options.test);
  if (options.coverage) args.push("--coverage");
  run("tests", node, [...args, ...files]);
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

/** The compiled test files, which are Vitest's filters. */
function testFiles() {
  const contains = (name, texts) => texts.some((text) => name.includes(text));
  const names = readdirSync(path.join(root, "test"), { recursive: true })
    .map((name) => name.split(path.sep).join("/"))
    .filter((name) => name.endsWith(".test.ts") && name.includes(options.filter ?? ""))
    .filter((name) => options.all || !name.endsWith(".slow.test.ts"))
    .filter((name) => !options.quick || (contains(name, QUICK) && !contains(name, NOT_QUICK)))
    .sort();
  const isSkipped = (name) => contains(name, options.skip ?? []);
  for (const name of names.filter(isSkipped)) console.log(`${name}: skipped, as asked by --skip`);
  return names.filter((name) => !isSkipped(name)).map((name) => path.join(root, "build", "js", "test", name.replace(/\.ts$/, ".js")));
}

function hasCompiler() {
  return spawnSync(process.env.CXX ?? "c++", ["--version"], { stdio: "ignore" }).status === 0;
}

function run(title, command, args, extra = {}) {
  const { status, signal, error } = spawnSync(command, args, { cwd: root, stdio: "inherit", ...extra });
  if (error) throw new Error(`${title}: ${error.message}`);
  if (status !== 0) throw new Error(`${title} failed (${signal ?? `exit code ${status}`})`);
}
