// Compiles the plain C++ tests, as they are and with sanitizers, and runs them. Needs only a C++ compiler.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const native = join(here, "..", "..", "native");
const compiler = process.env.CXX ?? "c++";
const sources = readdirSync(here)
  .filter((name) => name.endsWith(".cc"))
  .map((name) => join(here, name));
const folder = mkdtempSync(join(tmpdir(), "uvio-native-tests-"));

function run(command, args) {
  const { status, signal, error } = spawnSync(command, args, { stdio: "inherit" });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} failed: ${signal ?? `exit code ${status}`}`);
}

try {
  const sanitizers = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
  for (const [name, flags] of [
    ["plain", ["-O2"]],
    ["sanitize", ["-O1", "-g", ...sanitizers]],
  ]) {
    const program = join(folder, name);
    const common = ["-std=c++20", "-fno-exceptions", "-fno-rtti", "-Wall", "-Wextra", "-Werror", `-I${native}`, `-I${here}`];
    run(compiler, [...common, ...flags, ...sources, join(native, "loop", "completion_ring.cc"), "-o", program]);
    console.log(`${name}:`);
    run(program, []);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
