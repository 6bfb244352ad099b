/** Runs the examples on one kind of loop, each in its own process. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import path from "node:path";
import { describe, it } from "vitest";
import { uvSkipped, type LoopKind } from "../support/loops.js";
import { packageRoot } from "../support/paths.js";
import { programSkipped } from "../support/programs.js";
import { unless } from "../support/unless.js";
import { matched, readExample } from "./example.js";

export const folder = path.join(packageRoot, "examples");
/** Modules that examples import. */
const HELPERS = /^support\//;

/** All sources in examples/. */
export const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .map((file) => file.split(path.sep).join("/"))
  .filter((file) => file.endsWith(".ts"))
  .sort();
export const examples = files.filter((file) => !HELPERS.test(file));

/** Each prints on this loop what it says at its end. */
export function checkExamples(kind: LoopKind): void {
  const nodeArgs = kind === "uv" ? ["--import", "uvio/uvloop/install"] : [];
  describe(`the examples on the ${kind === "uv" ? "native" : "portable"} loop`, { concurrent: true }, () => {
    for (const file of examples) {
      const { stdout, stderr, nativeOnly, commands } = readExample(path.join(folder, file));
      if (kind === "node" && nativeOnly) continue;
      it(`${file} prints what it says`, unless(missing(commands) || (kind === "uv" && uvSkipped)), async () => {
        const printed = await runExample(file, nodeArgs);
        assert.equal(printed.failure, null, printed.stderr);
        assert.deepEqual(matched(printed.stdout, stdout), stdout);
        assert.deepEqual(matched(printed.stderr, stderr), stderr);
      });
    }
  });
}

interface Outcome {
  failure: string | null;
  stdout: string;
  stderr: string;
}

/** As its reader runs it: the source itself where this Node strips types, else what tsc made of it. */
function runExample(file: string, nodeArgs: readonly string[]): Promise<Outcome> {
  const stripsTypes = "typescript" in process.features && process.features.typescript !== false;
  const compiled = path.join(packageRoot, "build", "js", "examples", file.replace(/\.ts$/, ".js"));
  const program = stripsTypes ? path.join(folder, file) : compiled;
  const env = { ...process.env };
  for (const name of ["NODE_TEST_CONTEXT", "NODE_OPTIONS", "UVIO_DEBUG"]) delete env[name];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ["--no-warnings", ...nodeArgs, program],
      { env, cwd: packageRoot, timeout: 60_000 },
      (error, stdout, stderr) => resolve({ failure: error?.message ?? null, stdout, stderr }),
    );
  });
}

/** Why an example is skipped that runs these. */
function missing(commands: readonly string[]): string | false {
  return commands.map((command) => programSkipped(command)).find((reason) => reason !== false) ?? false;
}
