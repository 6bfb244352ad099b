/** Hazards 1 and 4: a worker ends at any moment, under load, and nothing crashes. */
import { test } from "vitest";
import { uvSkipped } from "../support/loops.js";
import { unless } from "../support/unless.js";
import { ENDINGS } from "./scenarios/teardown.js";
import { assertClean, scenarios, times } from "./support/scenario.js";

const run = scenarios<typeof import("./scenarios/teardown.js")>("teardown");

// Hazard 1: every handle and request is closed by the asynchronous clean-up hook. Hazard 4: calls fail with nothing pending there.
for (const ending of ENDINGS) {
  test(`workers end while they serve an echo: ${ending}`, unless(uvSkipped), async () => {
    assertClean(await run("endWorkers", [ending, times(3, 2)]));
  });
}
