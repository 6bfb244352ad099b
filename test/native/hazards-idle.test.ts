/** Hazard 13: what has nothing to do burns no CPU, and keeps the process only when it is to. */
import assert from "node:assert/strict";
import { test } from "vitest";
import { uvSkipped } from "../support/loops.js";
import { unless } from "../support/unless.js";
import { IDLE, LEFT } from "./scenarios/idle.js";
import { assertClean, scenarios } from "./support/scenario.js";

const run = scenarios<typeof import("./scenarios/idle.js")>("idle");
const native = unless(uvSkipped);

for (const state of Object.keys(IDLE)) {
  test(`a loop costs nothing ${state}`, native, async () => {
    assertClean(await run("idle", [state]));
  });
}

for (const [how, { ends }] of Object.entries(LEFT)) {
  test(`the process ${ends ? "ends by itself" : "is kept alive"} with a loop that is ${how}`, native, async () => {
    const child = await run("leave", [how]);
    assertClean(child);
    assert.equal(child.stdout, ends ? "" : "alive\n");
  });
}

test("a program ends when its runs have, though nobody has closed the loop or the server", native, async () => {
  assertClean(await run("runAndLeave", []));
});

test("a turn, with its ticks and microtasks, comes before setImmediate's callbacks", native, async () => {
  assertClean(await run("turnBeforeImmediate", []));
});
