/** Plays every scenario on both loops, in every spelling, and compares line by line with what CPython printed. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "vitest";
import { eachLoop } from "../support/loops.js";
import { testFile } from "../support/paths.js";
import { SPELLINGS } from "../support/spellings.js";
import { unless } from "../support/unless.js";
import { MISSING } from "./missing.js";
import { Stage, type Scenario } from "./stage.js";

const names = readdirSync(testFile("golden", "recorded"))
  .filter((file) => file.endsWith(".txt"))
  .map((file) => file.slice(0, -".txt".length))
  .sort();

for (const name of names) {
  if (!existsSync(testFile("golden", "scenarios", `${name}.ts`))) {
    test(name, unless(`not translated: ${MISSING[name] ?? "?"}`), () => {});
    continue;
  }
  for (const spelling of SPELLINGS) {
    eachLoop(`${name} [${spelling}]`, async (loops) => {
      const { default: play } = (await import(`./scenarios/${name}.js`)) as { default: Scenario };
      const stage = new Stage(loops, spelling);
      await play(stage);
      const recorded = readFileSync(testFile("golden", "recorded", `${name}.txt`), "utf8");
      assert.deepEqual(stage.lines, recorded.replace(/\n$/, "").split("\n"));
    });
  }
}

test("what is listed as missing is neither translated nor unknown", () => {
  for (const name of Object.keys(MISSING)) {
    assert.ok(names.includes(name), `${name} is no recorded scenario`);
    assert.ok(!existsSync(testFile("golden", "scenarios", `${name}.ts`)), `${name} is translated: take it off the list`);
  }
});
