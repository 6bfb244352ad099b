// npm start: from a fresh clone to measurements on this machine. Installs and builds what is missing, then runs the echo servers of
// bench/start.ts. Requires Node and, for the native loop, a C++ compiler. Works from any folder.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const tsc = path.join(root, "node_modules", "typescript", "bin", "tsc");
const build = path.join(root, "scripts", "build.mjs");

/** The running step. A signal to this process also ends it. */
let running;

function onSignal(signal) {
  // Signals its whole process group, because npm and node-gyp start compilers.
  if (running !== undefined) {
    try {
      if (process.platform === "win32") running.kill();
      else process.kill(-running.pid, "SIGTERM");
    } catch {
      // It has just exited.
    }
  }
  process.exit(128 + constants.signals[signal]);
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, onSignal);

/** Runs one step without output. If it fails, the error has its output. */
function step(title, command, args, options = {}) {
  const began = Date.now();
  process.stdout.write(`${title} ... `);
  return new Promise((resolve, reject) => {
    let output = "";
    const detached = process.platform !== "win32";
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], detached, ...options });
    running = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => (output += text));
    }
    child.on("error", (error) => reject(new Error(`failed\n${command}: ${error.message}`)));
    child.on("close", (code, signal) => {
      running = undefined;
      if (code === 0) {
        console.log(`done (${Math.round((Date.now() - began) / 1000)} s)`);
        resolve();
      } else {
        reject(new Error(`failed (${signal ?? `exit code ${code}`})\n${output.trim()}`));
      }
    });
  });
}

async function install() {
  if (existsSync(tsc)) return;
  // Without scripts, because the only one is the build, which is the next step. Uses the npm that started this script, if there is one.
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
  const npm = process.env.npm_execpath;
  const title = "Installing dependencies (npm ci)";
  if (npm?.endsWith("js")) await step(title, process.execPath, [npm, ...args]);
  else await step(title, "npm", args, { shell: process.platform === "win32" });
}

try {
  await install();
  await step("Building TypeScript and the native addon", process.execPath, [build, "--tolerant"]);
  // Type errors are reported by the tests; without the check this takes a second.
  const project = path.join(root, "bench", "tsconfig.json");
  await step("Building the echo servers", process.execPath, [tsc, "-p", project, "--noCheck"]);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.off(signal, onSignal);
await import(pathToFileURL(path.join(root, "build", "js", "bench", "start.js")).href);
