/** npm installs the published package: it copies files, and neither compiles nor runs anything. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { chmod, mkdir } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { packageRoot } from "../support/paths.js";
import { unless } from "../support/unless.js";
import { hasAddon, makeProject, nodeFor, run, tarball, type Result } from "./projects.js";
import { serveRegistry, type Registry } from "./registry.js";

/** Versions of npm, and the oldest Node that each supports. `.ci/run` installs them into .cache/npms/. */
const NPMS = [
  { npm: 10, oldest: 20 },
  { npm: 11, oldest: 20 },
  { npm: 12, oldest: 22 },
];

const PROGRAM = `
import * as asyncio from "uvio";
import * as uvloop from "uvio/uvloop";

console.log(await asyncio.run(() => asyncio.sleep(0.001, "portable")));
if (${hasAddon}) console.log(await uvloop.run(async () => asyncio.getRunningLoop() instanceof uvloop.Loop ? "native" : "wrong loop"));
`;

let registry: Registry;
beforeAll(async () => {
  registry = await serveRegistry(tarball);
});
afterAll(() => registry.close());

function cliOf(npm: number): string {
  return path.join(packageRoot, ".cache", "npms", String(npm), "node_modules", "npm", "bin", "npm-cli.js");
}

function whyNot(npm: number, oldest: number): string | false {
  if (process.platform === "win32") return "the test is written for a POSIX shell";
  if (!existsSync(cliOf(npm))) return `there is no .cache/npms/${npm}; .ci/run installs it`;
  return nodeFor(oldest) === undefined ? `npm ${npm} needs Node ${oldest}, and .cache/nodes/ has none` : false;
}

describe.each(NPMS)("npm $npm on a machine without a compiler and Python", ({ npm, oldest }) => {
  it("installs, reinstalls and rebuilds without running a script", unless(whyNot(npm, oldest)), async () => {
    const folder = makeProject({ "program.mjs": PROGRAM });
    const bin = path.join(folder, "bin");
    const ran = path.join(folder, "scripts-that-ran");
    await mkdir(bin);
    symlinkSync(nodeFor(oldest)!, path.join(bin, "node"));
    // npm would run every script with this shell.
    const shell = path.join(bin, "shell");
    writeFileSync(shell, `#!/bin/sh\necho "$@" >> ${ran}\n`);
    await chmod(shell, 0o755);
    const env = {
      PATH: bin,
      HOME: folder,
      npm_config_registry: registry.url,
      npm_config_cache: path.join(folder, "cache"),
      npm_config_script_shell: shell,
      npm_config_update_notifier: "false",
      npm_config_audit: "false",
      npm_config_fund: "false",
    };
    const call = async (...args: string[]): Promise<Result> => {
      const result = await run(folder, env, path.join(bin, "node"), cliOf(npm), ...args);
      assert.equal(result.code, 0, `npm ${args.join(" ")}: ${result.output}`);
      assert.doesNotMatch(result.output, /gyp|allow-?scripts|install scripts|prepare/i, `npm ${args.join(" ")}`);
      assert.equal(existsSync(ran) ? readFileSync(ran, "utf8") : "", "", `npm ${args.join(" ")} ran a script`);
      return result;
    };
    const works = async (): Promise<void> => {
      const { code, output } = await run(folder, { PATH: bin }, path.join(bin, "node"), "program.mjs");
      assert.deepEqual({ code, output }, { code: 0, output: hasAddon ? "portable\nnative\n" : "portable\n" });
      assert.equal(existsSync(path.join(folder, "node_modules/uvio/build")), false, "something was built");
    };

    await call("install", "uvio");
    await works();
    const lock = JSON.parse(readFileSync(path.join(folder, "package-lock.json"), "utf8")) as {
      packages: Record<string, { hasInstallScript?: boolean }>;
    };
    const withScripts = Object.keys(lock.packages).filter((name) => lock.packages[name]!.hasInstallScript === true);
    assert.deepEqual(withScripts, []);

    rmSync(path.join(folder, "node_modules"), { recursive: true });
    await call("ci");
    await works();
    await call("rebuild");
    await works();
    rmSync(path.join(folder, "node_modules"), { recursive: true });
    await call("install", tarball);
    await works();
  });
});
