/** Any value that JavaScript passes, writes or takes away leads to an exception or a number, never to a crash. */
import { test } from "vitest";
import { loopSkipped, uvSkipped } from "../../support/loops.js";
import { unless } from "../../support/unless.js";
import { DAMAGE } from "../scenarios/random-values.js";
import { assertClean, scenarios, times } from "./scenario.js";

const run = scenarios<typeof import("../scenarios/random-values.js")>("random-values");
const use = scenarios<typeof import("../scenarios/random-use.js")>("random-use");

export function testRandomValues(seed: number): void {
  test(`random values into every export and method, seed ${seed}`, unless(uvSkipped), async () => {
    assertClean(await run("callEverything", [seed, times(60_000, 10_000)]));
  });

  for (const kind of ["uv", "node"] as const) {
    test(`random use of transports by a program that lies, ${kind}, seed ${seed}`, unless(loopSkipped(kind)), async () => {
      assertClean(await use("useAtRandom", [seed, kind, times(10_000, 2000)]));
    });
  }

  for (const kind of DAMAGE) {
    test(`an echo survives damage at every step: ${kind}, seed ${seed}`, unless(uvSkipped), async () => {
      assertClean(await run("damageEcho", [seed, kind, times(1500, 400)]));
    });
  }
}
