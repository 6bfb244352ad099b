/** Every name of asyncio's `__all__`, and every method of its loops, is here, has another name, or is listed with the reason why not. */
import assert from "node:assert/strict";
import { describe, it } from "vitest";
import * as asyncio from "uvio";
import { LOOP_KINDS, loopSkipped, makeLoop } from "../support/loops.js";
import { unless } from "../support/unless.js";
import { read } from "./tree.js";

/** As record-all.py prints it. */
interface Recorded {
  source: string;
  all: string[];
  loop: string[];
}

const recorded = JSON.parse(read("test/repo/asyncio-all.json")) as Record<string, Recorded>;
const named = new Set(Object.values(recorded).flatMap(({ all }) => all));

/** create_task: createTask. Classes and constants keep their names. */
function ourNameOf(name: string): string {
  return name === name.toUpperCase() ? name : name.replaceAll(/(?<=[a-z0-9])_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** The rows of the table under a heading of docs/asyncio-differences.md: the names in code of each column, and its last column. */
function tableOf(heading: string): { cells: string[][]; why: string }[] {
  const section = read("docs/asyncio-differences.md").split(`## ${heading}\n`)[1]!.split("\n## ")[0]!;
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  return rows.map((row) => {
    const columns = row.split("|").slice(1, -1);
    return { cells: columns.map((text) => [...text.matchAll(/`(\w+)`/g)].map(([, name]) => name!)), why: columns.at(-1)!.trim() };
  });
}

/** By asyncio's name. One name here may stand for several there. */
const renamed = new Map(
  tableOf("Names that differ").flatMap(({ cells: [theirs, ours] }) => theirs!.map((name, at) => [name, ours![at] ?? ours![0]!] as const)),
);
const absent = tableOf("Parts of asyncio that uvio will not have");
const absentNames = new Set(absent.flatMap(({ cells }) => cells[0]!));

const isExported = (name: string): boolean => name in asyncio;
/** As a value or as a type. */
const isInIndex = (name: string): boolean => new RegExp(`\\b${name}\\b`).test(read("src/index.ts").replaceAll(/^\/[/*].*$/gm, ""));

for (const [version, { source, all, loop }] of Object.entries(recorded)) {
  describe(`asyncio of Python ${version} (${source})`, () => {
    it("has no public name that is neither here, nor renamed, nor listed as absent", () => {
      const unknown = all.filter((name) => !isExported(ourNameOf(name)) && !renamed.has(name) && !absentNames.has(name));
      assert.deepEqual(unknown, []);
    });

    for (const kind of LOOP_KINDS) {
      it(`has no method of a loop that is not here: ${kind}`, unless(loopSkipped(kind)), () => {
        const ours = makeLoop(kind);
        const missing = loop.filter((name) => typeof (ours as unknown as Record<string, unknown>)[ourNameOf(name)] !== "function");
        ours.close();
        assert.deepEqual(missing, []);
      });
    }
  });
}

describe("what docs/asyncio-differences.md says of names", () => {
  it("is of names that asyncio has", () => {
    assert.deepEqual(
      [...renamed.keys(), ...absentNames].filter((name) => !named.has(name)),
      [],
    );
  });

  it("leads to names that are here, from names that are not", () => {
    const wrong = [...renamed].filter(([theirs, ours]) => isExported(ourNameOf(theirs)) || !isInIndex(ours));
    assert.deepEqual(wrong, []);
  });

  it("lists as absent what is absent, once, with a reason", () => {
    assert.deepEqual(
      [...absentNames].filter((name) => isExported(ourNameOf(name)) || renamed.has(name)),
      [],
    );
    assert.equal(absent.flatMap(({ cells }) => cells[0]!).length, absentNames.size);
    assert.deepEqual(
      absent.filter(({ why }) => why === ""),
      [],
    );
  });
});
