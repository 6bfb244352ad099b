// Tests the packed package as a user installs it: in an empty project, without development dependencies.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

const PROGRAM = `
import { createRequire } from "node:module";
import * as asyncio from "uvio";
import * as uvloop from "uvio/uvloop";

async function hello() {
  await asyncio.sleep(0.01);
  return "hello";
}

console.log(await asyncio.run(hello), "portable");
if (uvloop.isAvailable()) console.log(await uvloop.run(hello), "native");
else if (process.env.NATIVE_EXPECTED === "1") throw new Error("the package has no addon for this machine");
if (process.features.require_module && createRequire(import.meta.url)("uvio").run !== asyncio.run) throw new Error("require() gave another module");
`;

const folder = mkdtempSync(path.join(tmpdir(), "uvio-package-"));
const hasAddon = existsSync(path.join(root, "build", "Release", "uvio.node"));
try {
  const packed = run("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: root, stdio: ["inherit", "pipe", "inherit"] });
  const tarball = packed.trim().split("\n").at(-1);
  writeFileSync(path.join(folder, "package.json"), '{ "name": "empty", "private": true, "type": "module" }');
  writeFileSync(path.join(folder, "hello.mjs"), PROGRAM);
  run("npm", ["install", "--no-audit", "--no-fund", "--omit=dev", `./${tarball}`]);
  hello(hasAddon);
  if (spawnSync("c++", ["--version"], { stdio: "ignore" }).status === 0) {
    // Without a prebuilt addon: the command that the error names must work without development dependencies.
    rmSync(path.join(folder, "node_modules", "uvio", "prebuilds"), { recursive: true, force: true });
    run("npm", ["run", "--silent", "--prefix", path.join("node_modules", "uvio"), "build:native"]);
    hello(true);
  } else {
    console.log("building the addon in the package: skipped, there is no C++ compiler");
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function hello(isNativeExpected) {
  run(process.execPath, ["--no-warnings", "hello.mjs"], { env: { ...process.env, NATIVE_EXPECTED: isNativeExpected ? "1" : "0" } });
}

function run(command, args, options = {}) {
  const { status, signal, error, stdout } = spawnSync(command, args, { cwd: folder, stdio: "inherit", encoding: "utf8", ...options });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed (${signal ?? `exit code ${status}`})`);
  return stdout;
}
