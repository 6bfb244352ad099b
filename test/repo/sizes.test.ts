/** Limits on the length of source files. */
import assert from "node:assert/strict";
import { it } from "vitest";
import { filesUnder, read } from "./tree.js";

function longerThan(limit: number, files: string[]): string[] {
  return files
    .map((file) => [file, read(file).trimEnd().split("\n").length] as const)
    .flatMap(([file, lines]) => (lines > limit ? [`${file}: ${lines}`] : []));
}

it("no file of src/ is longer than 500 lines", () => {
  assert.deepEqual(longerThan(500, filesUnder("src", /\.ts$/)), []);
});

it("no file of native/ is longer than 400 lines", () => {
  assert.deepEqual(longerThan(400, filesUnder("native", /\.(h|cc)$/)), []);
});
