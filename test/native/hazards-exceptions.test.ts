/** Hazards 3 and 4: any value that a callback throws is reported, never left pending, and the loop continues. */
import assert from "node:assert/strict";
import { test } from "vitest";
import { uvSkipped } from "../support/loops.js";
import { unless } from "../support/unless.js";
import { CALLBACKS, PLACES, throwUnheard } from "./scenarios/exceptions.js";
import { assertClean, assertNotCrashed, scenarios } from "./support/scenario.js";

const run = scenarios<typeof import("./scenarios/exceptions.js")>("exceptions");
const native = unless(uvSkipped);

// Hazard 3: the plain C API survives every value; hazard 4: nothing stays pending, or the echo that follows would hang.
for (const place of PLACES) {
  test(`what is thrown from a ${place} reaches uncaughtException, and the loop goes on`, native, async () => {
    assertClean(await run("throwFromTurn", [place], { deadline: 20 }));
  });
}

// Hazard 3.
test("an exception that nobody listens for ends the process as any other does", native, async () => {
  for (let index = 0; index < throwUnheard.values; index++) {
    const child = await run("throwUnheard", [index]);
    assertNotCrashed(child, 1);
    assert.match(child.stderr, /Node\.js v/);
  }
});

// Hazard 3.
test("an uncaughtException listener that throws ends the process with Node's code for it", native, async () => {
  assertNotCrashed(await run("throwTwice", []), 7);
});

// Hazard 4.
test("an uncaughtException listener may close the loop whose turn has thrown", native, async () => {
  assertClean(await run("closeWhenTold", []));
});

// Hazards 3 and 4.
for (const callback of CALLBACKS) {
  test(`what a protocol's ${callback} throws reaches the exception handler, and others are served`, native, async () => {
    assertClean(await run("throwFromProtocol", [callback]));
  });
}
