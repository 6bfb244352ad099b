/** Any value that JavaScript passes, writes or takes away leads to an exception or a number, never to a crash. */
import { test } from "vitest";
import { uvSkipped } from "../../support/loops.js";
import { unless } from "../../support/unless.js";
import { DAMAGE } from "../scenarios/random-values.js";
import { assertClean, scenarios, times } from "./scenario.js";

const run = scenarios<typeof import("../scenarios/random-values.js")>("random-values");

export function testRandomValues(seed: number): void {
  test(`random values into every export and method, seed ${seed}`, unless(uvSkipped), async () => {
    assertClean(await run("callEverything", [seed, times(60_000, 10_000)]));
  });

  for (const kind of DAMAGE) {
    test(`an echo survives damage at every step: ${kind}, seed ${seed}`, unless(uvSkipped), async () => {
      assertClean(await run("damageEcho", [seed, kind, times(1500, 400)]));
    });
  }
}
