/** docs/architecture.md names only files and functions that exist. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { describe, it } from "vitest";
import { read, root } from "./tree.js";

/** Paths in code, and the names in code that follow each of them in the same line: `` `file` `function`, `other` ``. */
function placesOf(text: string): { file: string; names: string[] }[] {
  return text.split("\n").flatMap((line) => {
    const places: { file: string; names: string[] }[] = [];
    for (const [, code] of line.matchAll(/`([^`]+)`/g)) {
      if (/^(src|native)\//.test(code!)) places.push({ file: code!, names: [] });
      else if (/^#?\w+$/.test(code!)) places.at(-1)?.names.push(code!);
    }
    return places;
  });
}

describe("docs/architecture.md", () => {
  const text = read("docs/architecture.md");
  const walks = text.slice(text.indexOf("## Three walks"), text.indexOf("## The turn"));

  it("has the walks", () => {
    assert.ok(placesOf(walks).length > 30);
  });

  it("names files that exist", () => {
    const missing = placesOf(text).filter(({ file }) => !existsSync(path.join(root, file)));
    assert.deepEqual(missing, []);
  });

  it("names functions that are in those files", () => {
    const missing = placesOf(walks).flatMap(({ file, names }) =>
      existsSync(path.join(root, file)) ? names.filter((name) => !read(file).includes(name)).map((name) => `${file} ${name}`) : [],
    );
    assert.deepEqual(missing, []);
  });
});
