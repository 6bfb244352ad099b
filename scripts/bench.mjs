// npm run bench, bench:micro, bench:compare, counts, soak: compiles the TypeScript and then runs run.ts of bench/ or of a folder in it.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const args = process.argv.slice(2);

function take(flag) {
  const index = args.indexOf(flag);
  if (index < 0) return false;
  args.splice(index, 1);
  return true;
}

const folder = ["micro", "compare", "counts", "soak"].filter((name) => take(`--${name}`));
// Names alone do not need the current sources.
const isList = args.includes("--list");
const tsc = path.join(root, "node_modules", "typescript", "bin", "tsc");
const entry = path.join(root, "build", "js", "bench", ...folder, "run.js");

const build = !take("--no-build") && !(isList && existsSync(entry));

/** Compiles one project and shows its errors. Without `fatal` they are ignored, because tsc writes its output anyway. */
function compile(project, fatal) {
  const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", path.join(root, project)], {
    cwd: root,
    encoding: "utf8",
  });
  if (status === 0) return;
  process.stderr.write(`${project}:\n${stdout}`);
  if (fatal) process.exit(1);
}

if (build) {
  if (!existsSync(tsc)) {
    process.stderr.write("typescript is not installed: run npm ci first\n");
    process.exit(1);
  }
  process.stderr.write("compiling the library and the benchmarks; --no-build leaves that out\n");
  // The benchmark measures the library's current sources. Only `npm run build` rebuilds the addon.
  if (existsSync(path.join(root, "src", "index.ts"))) compile("tsconfig.json", true);
  compile("bench/tsconfig.json", false);
}

process.argv.splice(2, Infinity, ...args);
await import(entry);
