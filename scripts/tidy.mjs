// clang-tidy over native/, two files at a time, with the checks of .clang-tidy; any finding fails. Needs a CMake build, whose
// compile_commands.json says how each file is compiled. Headers of libuv, Node and node-addon-api are system headers, and not checked.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const AT_ONCE = 2;

/** Returns the folder of the last CMake build, or undefined if there was none. An older one may not know the newest files. */
export function compileCommands() {
  const folders = ["build-release", "build-debug", "build-sanitize"].map((name) => path.join(root, name));
  const commands = (folder) => path.join(folder, "compile_commands.json");
  const written = (folder) => statSync(commands(folder)).mtimeMs;
  return folders.filter((folder) => existsSync(commands(folder))).sort((a, b) => written(b) - written(a))[0];
}

/** Checks the files that are left; resolves with whether all of them are clean. */
async function checkAll(folder, files) {
  let clean = true;
  for (let file = files.shift(); file !== undefined; file = files.shift()) {
    const { status, output } = await check(folder, file);
    if (status === 0) continue;
    clean = false;
    console.log(output);
  }
  return clean;
}

function check(folder, file) {
  return new Promise((resolve) => {
    const args = ["-p", folder, "--quiet", "--warnings-as-errors=*", file];
    const child = spawn(process.env.CLANG_TIDY ?? "clang-tidy", args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
    child.on("error", (error) => resolve({ status: 1, output: error.message }));
    child.on("close", (code, signal) => resolve({ status: signal ?? code, output: `${file}\n${output}` }));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = compileCommands();
  if (folder === undefined) throw new Error("there is no CMake build; npm run build:native makes one");
  const files = readFileSync(path.join(root, "native", "sources.txt"), "utf8")
    .split("\n")
    .filter(Boolean);
  const results = await Promise.all(Array.from({ length: AT_ONCE }, () => checkAll(folder, files)));
  if (!results.every(Boolean)) process.exitCode = 1;
}
