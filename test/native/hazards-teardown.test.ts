/** Hazards 1 and 2: the main thread ends at any moment, and nothing crashes. Workers: hazards-worker-ends. */
import { test } from "vitest";
import { uvSkipped } from "../support/loops.js";
import { unless } from "../support/unless.js";
import { MAIN_ENDINGS } from "./scenarios/teardown.js";
import { assertClean, scenarios } from "./support/scenario.js";

const run = scenarios<typeof import("./scenarios/teardown.js")>("teardown");

// Hazard 2: process.exit() in the main thread runs no hook.
for (const [how, { code }] of Object.entries(MAIN_ENDINGS)) {
  for (const where of ["event", "turn", "microtask"] as const) {
    if (where !== "event" && how.includes("never started")) continue;
    test(`the main thread ends ${how}, from: ${where}`, unless(uvSkipped), async () => {
      assertClean(await run("endMain", [how, where]), code);
    });
  }
}

// Hazard 1: a loop that is collected frees itself only after its close callbacks.
test("loops that nobody has closed are closed when they are collected", unless(uvSkipped), async () => {
  assertClean(await run("collectLoops", [30], { nodeArgs: ["--expose-gc"] }));
});

// Hazard 10: Node detaches external memory when it ends, and Node 24 aborts where markAsUntransferable() forbids that.
test("a program ends while bytes that it has received can still be reached", unless(uvSkipped), async () => {
  assertClean(await run("endWithBuffers", []));
});
