/** Hazard 12: SIGPIPE. */
import { test } from "vitest";
import { uvSkipped } from "../support/loops.js";
import { unless } from "../support/unless.js";
import { assertClean, scenarios } from "./support/scenario.js";

const run = scenarios<typeof import("./scenarios/sigpipe.js")>("sigpipe");

for (const way of ["write", "submit"] as const) {
  for (const ending of ["reset", "close"] as const) {
    test(`a ${way} after the peer's ${ending} is an error where SIGPIPE has its default action`, unless(uvSkipped), async () => {
      assertClean(await run("writeAfter", [ending, way]));
    });
  }
}

const linux = process.platform === "linux" ? false : "reads /proc";

test("child processes do not inherit the blocked SIGPIPE", unless(uvSkipped || linux), async () => {
  assertClean(await run("childMask", []));
});
