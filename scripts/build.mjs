// npm run build: compiles TypeScript to dist/ and the C++ addon to build/Release/uvio.node.
//
//   node scripts/build.mjs [--tolerant]
//
// --tolerant for `prepare`: reports a missing tool, with the remedy, as a warning instead of an error.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync, utimesSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildNative } from "./build-native.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const addon = path.join(root, "build", "Release", "uvio.node");

const WAY_OUT = `
  It needs a C++20 compiler (Debian: apt install g++; macOS: xcode-select --install) and Node's headers, which come
  with Node beside bin/node; if they are elsewhere, set npm_config_nodedir to the folder that has include/node.
  Then: npm run build`;

const { values: options } = parseArgs({ options: { tolerant: { type: "boolean" } } });

try {
  buildTypeScript();
  buildAddon();
} catch (error) {
  console.error(`uvio: ${error.message}`);
  process.exitCode = 1;
}

function buildTypeScript() {
  const tsc = path.join(root, "node_modules", "typescript", "bin", "tsc");
  if (!existsSync(tsc)) {
    const built = existsSync(path.join(root, "dist", "index.js"));
    const problem = `TypeScript is not installed, so dist/ was ${built ? "left as it is" : "not built"}; run \`npm ci\` for the development dependencies`;
    if (!options.tolerant) throw new Error(problem);
    console.warn(`uvio: ${problem}`);
    return;
  }
  const { status, signal, error } = spawnSync(process.execPath, [tsc, "-p", path.join(root, "tsconfig.json")], {
    cwd: root,
    stdio: "inherit",
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`tsc failed (${signal ?? `exit code ${status}`})`);
}

function buildAddon() {
  if (process.platform === "win32") return console.warn("uvio: the addon was not built; only the portable loop is available on Windows");
  if (isUpToDate()) return;
  try {
    buildNative({ with: "install", mode: "release", quiet: true });
    // If the changed sources did not change the addon, make leaves its time as it was, and every build would start again.
    utimesSync(addon, new Date(), new Date());
  } catch (error) {
    const problem = `the native loop was not built; the portable loop works without it.\n${indent(error.message)}${WAY_OUT}`;
    if (!options.tolerant) throw new Error(problem);
    console.warn(`uvio: ${problem}`);
  }
}

/** Whether the addon is newer than all its sources. */
function isUpToDate() {
  if (!existsSync(addon)) return false;
  const built = statSync(addon).mtimeMs;
  const sources = ["binding.gyp", path.join("scripts", "build-native.mjs"), ...filesUnder("native")];
  return sources.every((name) => statSync(path.join(root, name)).mtimeMs <= built);
}

function filesUnder(folder) {
  return readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath ?? entry.path, entry.name)));
}

function indent(text) {
  return text
    .trim()
    .split("\n")
    .slice(-15)
    .map((line) => `  ${line}`)
    .join("\n");
}
