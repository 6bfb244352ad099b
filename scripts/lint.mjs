// npm run lint, npm run format (--fix): eslint, prettier, clang-format, and the check of the prose. One failing does not stop the others.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const fix = process.argv.includes("--fix");
const require = createRequire(import.meta.url);
let failed = false;

check("eslint", process.execPath, [bin("eslint"), ".", "--max-warnings=0", ...(fix ? ["--fix"] : [])]);
check("prettier", process.execPath, [bin("prettier"), ".", "--log-level=warn", fix ? "--write" : "--check"]);
clangFormat();
check("prose", process.execPath, [path.join("scripts", "prose.mjs")]);
process.exitCode = failed ? 1 : 0;

function clangFormat() {
  const command = process.env.CLANG_FORMAT ?? "clang-format";
  const files = [...filesUnder("native", /\.(h|cc)$/), ...filesUnder("test/native", /\.(h|cc)$/), ...filesUnder("bench/native", /\.c$/)];
  if (files.length === 0) return;
  if (!existsSync(path.join(root, ".clang-format"))) return skip("clang-format", "there is no .clang-format");
  if (spawnSync(command, ["--version"], { stdio: "ignore" }).status !== 0) {
    return skip("clang-format", `${command} is not installed (Debian: apt install clang-format)`);
  }
  if (fix) return check("clang-format", command, ["-i", ...files]);
  // Its own report marks every character; the names say enough.
  const wrong = files.filter((file) => spawnSync(command, ["--dry-run", "--Werror", file], { cwd: root, stdio: "ignore" }).status !== 0);
  if (wrong.length === 0) return console.log("clang-format: ok");
  failed = true;
  for (const file of wrong) console.error(file);
  console.error("clang-format: failed; npm run format formats them");
}

function check(title, command, args) {
  const { status, signal, error } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  if (status === 0) return console.log(`${title}: ok`);
  failed = true;
  console.error(`${title}: failed (${error?.message ?? signal ?? `exit code ${status}`})`);
}

function skip(title, reason) {
  console.log(`${title}: skipped, ${reason}`);
}

/** The file behind a package's command of the same name. */
function bin(name) {
  const manifest = require.resolve(`${name}/package.json`);
  const entry = require(manifest).bin;
  return path.join(path.dirname(manifest), typeof entry === "string" ? entry : entry[name]);
}

function filesUnder(folder, pattern) {
  if (!existsSync(path.join(root, folder))) return [];
  return readdirSync(path.join(root, folder), { recursive: true })
    .filter((name) => pattern.test(name))
    .map((name) => path.join(folder, name));
}
