/** package.json, package-lock.json, and the package as its users import it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { describe, it } from "vitest";
import { unless } from "../support/unless.js";
import { filesUnder, read, root } from "./tree.js";

interface Manifest {
  exports: Record<string, string | { types: string; default: string }>;
  scripts: Record<string, string>;
  engines: { node: string };
  gypfile: boolean;
  dependencies?: Record<string, string>;
}

const requiring = unless(!(process.features as { require_module?: boolean }).require_module && "this Node cannot require() an ES module");
const manifest = JSON.parse(read("package.json")) as Manifest;

function node(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
}

describe("package-lock.json", () => {
  it("says nothing of where packages were downloaded from", () => {
    assert.doesNotMatch(read("package-lock.json"), /"resolved":|https?:\/\/[^"]*\.tgz/);
  });

  it("is of the version that package.json gives", () => {
    const lock = JSON.parse(read("package-lock.json")) as { packages: Record<string, { version: string }> };
    assert.equal(lock.packages[""]?.version, (JSON.parse(read("package.json")) as { version: string }).version);
  });
});

describe("package.json", () => {
  it("has exports that resolve, types included", () => {
    for (const [name, target] of Object.entries(manifest.exports)) {
      for (const file of typeof target === "string" ? [target] : Object.values(target)) {
        assert.ok(existsSync(path.join(root, file)), `${name}: ${file}`);
      }
    }
  });

  it("has no script that runs when the package is installed as a dependency", () => {
    for (const name of ["preinstall", "install", "postinstall"]) assert.equal(manifest.scripts[name], undefined, name);
    assert.equal(manifest.gypfile, false, "npm would run node-gyp by itself");
  });

  it("has scripts whose files exist", () => {
    for (const [name, command] of Object.entries(manifest.scripts)) {
      const file = /^node (\S+)/.exec(command)?.[1];
      if (file !== undefined) assert.ok(existsSync(path.join(root, file)), `${name}: ${file}`);
    }
  });
});

describe("the package", () => {
  it("can be imported, and leaves nothing running that keeps the process alive", () => {
    const { status, stdout, stderr } = node(
      "--input-type=module",
      "-e",
      'import * as a from "uvio"; import "uvio/uvloop"; console.log(typeof a.run)',
    );
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: "function\n", stderr: "" });
  });

  it("can be required from CommonJS: no module of it awaits at its top level", requiring, () => {
    const { status, stdout, stderr } = node(
      "--no-warnings",
      "--input-type=commonjs",
      "-e",
      'console.log(typeof require("uvio").run, typeof require("uvio/uvloop").install)',
    );
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: "function function\n", stderr: "" });
  });

  it("is one instance for import and require", requiring, () => {
    const program =
      'import { createRequire } from "node:module"; import * as a from "uvio"; console.log(createRequire(import.meta.url)("uvio").Task === a.Task)';
    assert.equal(node("--no-warnings", "--input-type=module", "-e", program).stdout, "true\n");
  });
});

describe("the project's files", () => {
  it("name no path of the machine they were written on", () => {
    const files = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "package.json", "binding.gyp", "CMakeLists.txt", ".ci/run"];
    for (const [folder, pattern] of [
      ["src", /\.ts$/],
      ["native", /\.(h|cc)$/],
      ["scripts", /\.mjs$/],
      ["docs", /\.md$/],
      ["bench", /\.(ts|mjs|py|c|sh|md)$/],
      ["test", /\.(ts|mjs|cc|md)$/],
    ] as const) {
      files.push(...filesUnder(folder, pattern));
    }
    const machine = /(?<![\w.<])\/(home|root|Users)\/\w/;
    assert.deepEqual(
      files.filter((file) => file !== "test/repo/package.test.ts" && machine.test(read(file))),
      [],
    );
  });
});
