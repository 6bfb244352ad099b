/**
 * Whatever JavaScript passes, writes or takes away: an exception or a number, never a crash. Each run has another seed, which is
 * printed; UVIO_TEST_SEED repeats one.
 */
import { randomInt } from "node:crypto";
import { test } from "vitest";
import { uvSkipped } from "../support/loops.js";
import { unless } from "../support/unless.js";
import { DAMAGE } from "./scenarios/random-values.js";
import { assertClean, scenarios, times } from "./support/scenario.js";

const run = scenarios<typeof import("./scenarios/random-values.js")>("random-values");
const given = process.env["UVIO_TEST_SEED"];
/** A fixed one, so that a failure does not come and go, and new ones. */
const SEEDS = given !== undefined ? [Number(given)] : [1, randomInt(2 ** 31), randomInt(2 ** 31)];

for (const seed of SEEDS) {
  test(`random values into every export and method, seed ${seed}`, unless(uvSkipped), async () => {
    assertClean(await run("callEverything", [seed, times(60_000, 10_000)]));
  });

  for (const kind of DAMAGE) {
    test(`an echo survives damage at every step: ${kind}, seed ${seed}`, unless(uvSkipped), async () => {
      assertClean(await run("damageEcho", [seed, kind, times(1500, 400)]));
    });
  }
}
