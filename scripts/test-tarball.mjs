// Packs the package for the tests of test/package/, once for a run, in a copy of the repository: packing replaces dist/ and package.json
// for a while, which other tests read. If UVIO_TARBALL names a packed package, that one is tested.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const LEFT_OUT = /^(\.git|\.cache|node_modules|dist|prebuilds|build.*)$/;

export function setup() {
  if (process.env.UVIO_TARBALL !== undefined) return;
  const copy = path.join(process.env.UVIO_TEST_FOLDER, "repository");
  mkdirSync(copy);
  for (const name of readdirSync(root)) {
    if (!LEFT_OUT.test(name)) cpSync(path.join(root, name), path.join(copy, name), { recursive: true, preserveTimestamps: true });
  }
  symlinkSync(path.join(root, "node_modules"), path.join(copy, "node_modules"));
  const addon = path.join("build", "Release", "uvio.node");
  if (existsSync(path.join(root, addon))) cpSync(path.join(root, addon), path.join(copy, addon), { preserveTimestamps: true });
  const packed = spawnSync("npm", ["pack", "--json"], { cwd: copy, encoding: "utf8" });
  if (packed.status !== 0) throw new Error(`npm pack failed:\n${packed.stdout}${packed.stderr}`);
  const [name] = readdirSync(copy).filter((file) => file.endsWith(".tgz"));
  process.env.UVIO_TARBALL = path.join(copy, name);
}
