/** examples/README.md lists what is there. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "vitest";
import { readExample } from "./example.js";
import { examples, files, folder } from "./run.js";

const tour = readFileSync(path.join(folder, "README.md"), "utf8");

test("the tour lists every example, with its first line", () => {
  for (const file of examples) {
    const row = `[${path.basename(file, ".ts")}](${file}) | ${readExample(path.join(folder, file)).line} |`;
    assert.ok(tour.includes(row), `examples/README.md has no row with: ${row}`);
  }
});

test("what the tour lists is there", () => {
  for (const [, file] of tour.matchAll(/\]\(([^)#:]+\.ts)\)/g)) assert.ok(files.includes(file!), `${file} is not there`);
});
