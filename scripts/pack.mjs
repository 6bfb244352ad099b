// npm pack and npm publish run this before and after: the package's package.json is not the repository's.
//
//   node scripts/pack.mjs            prepack: builds from nothing, adds this machine's addon, reduces package.json
//   node scripts/pack.mjs --restore  postpack: puts everything back
//
// binding.gyp stays in the repository, since npm compiles every installed package that has one: docs/decisions/0013.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const manifest = path.join(root, "package.json");
/** The repository's package.json while the package's is in its place. */
const kept = path.join(root, "build", "package.json");
const addon = path.join(root, "build", "Release", "uvio.node");
const prebuild = path.join(root, "prebuilds", target());

if (process.argv.includes("--restore")) {
  restore();
} else {
  try {
    prepare();
  } catch (error) {
    restore();
    console.error(`uvio: ${error.message}`);
    process.exitCode = 1;
  }
}

function prepare() {
  restore(); // A pack that was killed has left its files.
  // The package must not contain output of deleted sources.
  rmSync(path.join(root, "dist"), { recursive: true, force: true });
  const { status } = spawnSync(process.execPath, [path.join(root, "scripts", "build.mjs"), "--tolerant"], { cwd: root, stdio: "inherit" });
  if (status !== 0) throw new Error(`the build failed (exit code ${status})`);
  if (existsSync(addon)) {
    mkdirSync(prebuild, { recursive: true });
    copyFileSync(addon, path.join(prebuild, "uvio.node"));
  }
  mkdirSync(path.dirname(kept), { recursive: true });
  copyFileSync(manifest, kept);
  writeFileSync(manifest, `${JSON.stringify(reduced(JSON.parse(readFileSync(manifest, "utf8"))), null, 2)}\n`);
}

/** The package's package.json: without what only works in the repository. */
function reduced(content) {
  return { ...content, devDependencies: undefined, imports: undefined, scripts: { "build:native": content.scripts["build:native"] } };
}

/** Removes the addon from prebuilds/ too, since the next build would not replace it there. */
function restore() {
  rmSync(prebuild, { recursive: true, force: true });
  if (existsSync(kept)) renameSync(kept, manifest);
}

/** The folder of an addon for this machine: addon.ts looks for it there. */
function target() {
  const isMusl = process.platform === "linux" && process.report.getReport().header.glibcVersionRuntime === undefined;
  return `${process.platform}${isMusl ? "musl" : ""}-${process.arch}`;
}
