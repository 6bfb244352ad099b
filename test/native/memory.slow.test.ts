/** Closed connections leave nothing behind. */
import { test } from "vitest";
import { uvSkipped } from "../support/loops.js";
import { unless } from "../support/unless.js";
import { assertClean, scenarios, times } from "./support/scenario.js";

const run = scenarios<typeof import("./scenarios/connections.js")>("connections");
const options = { nodeArgs: ["--expose-gc"] };
const linux = process.platform === "linux" ? false : "reads /proc";

test(
  "10,000 connections, opened, used once and closed, leave no handle, slot, descriptor or arena",
  unless(uvSkipped || linux),
  async () => {
    assertClean(await run("connections", [times(10_000, 1000)], options));
  },
);

test("the heap does not grow with the number of connections that have been", unless(uvSkipped), async () => {
  assertClean(await run("growth", [times(10_000, 5000)], options));
});
