/** Every example runs, and prints what its head comment says under "prints:". */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../../..");

function promised(source: string): string[] {
  const head = source.slice(0, source.indexOf("*/")).split("\n");
  const from = head.findIndex((line) => line.trim() === "* prints:");
  assert.notEqual(from, -1, "an example's head comment says what it prints");
  return head
    .slice(from + 1)
    .map((line) => line.replace(/^ \* {0,3}/, ""))
    .filter((line) => line.trim() !== "");
}

for (const file of readdirSync(path.join(root, "examples")).filter((name) => name.endsWith(".ts"))) {
  test(`example ${file} prints what it says`, async () => {
    const compiled = path.join(root, "build", "js", "examples", file.replace(/\.ts$/, ".js"));
    const { stdout } = await promisify(execFile)(process.execPath, [compiled], { timeout: 30_000 });
    assert.deepEqual(stdout.trimEnd().split("\n"), promised(readFileSync(path.join(root, "examples", file), "utf8")));
  });
}
