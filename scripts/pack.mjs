// npm pack and npm publish run this before and after: the package's package.json is not the repository's.
//
//   node scripts/pack.mjs            prepack: builds from nothing, bundles dist/, adds this machine's addon, reduces package.json
//   node scripts/pack.mjs --restore  postpack: puts everything back
//
// binding.gyp stays in the repository, since npm compiles every installed package that has one: docs/decisions/0013.
import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const manifest = path.join(root, "package.json");
const dist = path.join(root, "dist");
/** The repository's package.json and dist/ while the package's are in their places. */
const keptManifest = path.join(root, "build", "package.json");
const keptDist = path.join(root, "build", "dist");
const addon = path.join(root, "build", "Release", "uvio.node");
const prebuild = path.join(root, "prebuilds", target());

if (process.argv.includes("--restore")) {
  restore();
} else {
  try {
    await prepare();
  } catch (error) {
    restore();
    console.error(`uvio: ${error.message}`);
    process.exitCode = 1;
  }
}

async function prepare() {
  restore(); // A pack that was killed has left its files.
  // The package must not contain output of deleted sources.
  rmSync(dist, { recursive: true, force: true });
  const { status } = spawnSync(process.execPath, [path.join(root, "scripts", "build.mjs"), "--tolerant"], { cwd: root, stdio: "inherit" });
  if (status !== 0) throw new Error(`the build failed (exit code ${status})`);
  if (existsSync(addon)) {
    mkdirSync(prebuild, { recursive: true });
    copyFileSync(addon, path.join(prebuild, "uvio.node"));
    strip(path.join(prebuild, "uvio.node"));
  }
  const content = JSON.parse(readFileSync(manifest, "utf8"));
  mkdirSync(path.dirname(keptDist), { recursive: true });
  renameSync(dist, keptDist);
  const declarations = declarationsFrom(entryPoints(content).map((file) => path.join(keptDist, file.replace(/\.js$/, ".d.ts"))));
  for (const file of declarations) cpSync(file, path.join(dist, path.relative(keptDist, file)));
  await bundle(keptDist, dist, entryPoints(content));
  copyFileSync(manifest, keptManifest);
  writeFileSync(manifest, `${JSON.stringify(reduced(content), null, 2)}\n`);
}

/** The declarations that those of the entry points lead to. The others describe what no program can import. */
function declarationsFrom(files, found = new Set()) {
  for (const file of files) {
    if (found.has(file)) continue;
    found.add(file);
    const named = [...readFileSync(file, "utf8").matchAll(/(?:\bfrom |\bimport |\bimport\()"(\.[^"]+)\.js"/g)];
    declarationsFrom(
      named.map(([, name]) => path.resolve(path.dirname(file), `${name}.d.ts`)),
      found,
    );
  }
  return found;
}

/** Removes the names of functions, a quarter of the addon. Profilers want them, but run in the repository. */
function strip(file) {
  if (process.platform !== "linux") return;
  const { status, error } = spawnSync("strip", ["--strip-all", file], { stdio: "inherit" });
  if (status !== 0) throw new Error(`strip of binutils failed: ${error?.message ?? `exit code ${status}`}`);
}

/** The modules that the package exports, below dist/. */
function entryPoints({ exports }) {
  const targets = Object.values(exports).map((target) => target.default);
  return targets.filter((file) => file !== undefined).map((file) => path.relative("dist", file));
}

/** The package's package.json: without what only works in the repository. */
function reduced(content) {
  return { ...content, devDependencies: undefined, imports: undefined, scripts: { "build:native": content.scripts["build:native"] } };
}

/** Removes the addon from prebuilds/ too, since the next build would not replace it there. */
function restore() {
  rmSync(prebuild, { recursive: true, force: true });
  if (existsSync(keptManifest)) renameSync(keptManifest, manifest);
  if (!existsSync(keptDist)) return;
  rmSync(dist, { recursive: true, force: true });
  renameSync(keptDist, dist);
}

/** The folder of an addon for this machine: addon.ts looks for it there. */
function target() {
  const isMusl = process.platform === "linux" && process.report.getReport().header.glibcVersionRuntime === undefined;
  return `${process.platform}${isMusl ? "musl" : ""}-${process.arch}`;
}
