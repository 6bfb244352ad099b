/** Hazard 5: a full ring or arena refuses what can be refused, loses nothing and does not spin. */
import { test } from "vitest";
import { ReadMode } from "#uvio/native-loop/boundary/layout.js";
import { uvSkipped } from "../support/loops.js";
import { unless } from "../support/unless.js";
import { assertClean, sanitized, scenarios } from "./support/scenario.js";

const run = scenarios<typeof import("./scenarios/full-ring.js")>("full-ring");
const native = unless(uvSkipped);

for (const [name, mode] of Object.entries(ReadMode)) {
  for (const [capacity, arenaBytes] of [
    [1, 16],
    [2, 64],
    [2, 1 << 16],
    [1024, 64],
  ] as const) {
    test(`20 connections get their bytes back: ${name} arenas of ${arenaBytes} bytes, rings of ${capacity}`, native, async () => {
      assertClean(await run("echoThroughTinyRings", [mode, capacity, arenaBytes]));
    });
  }
}

// These wait, each for seconds: at the same time.
for (const [name, mode] of Object.entries(ReadMode)) {
  for (const [capacity, arenaBytes] of [
    [1024, 64],
    [1, 64],
  ] as const) {
    test.concurrent(`connections read in turns: ${name} arenas of ${arenaBytes} bytes, rings of ${capacity}`, native, async () => {
      assertClean(await run("readInTurns", [mode, capacity, arenaBytes]));
    });
  }
}

test("streams without room for their bytes cost nothing while they wait, and lose nothing", native, async () => {
  assertClean(await run("refuseWithoutSpinning", [50]));
});

// Hazard 5: with 1,024 or more readable descriptors libuv polls again 48 times a turn.
test(
  "the same with more readable descriptors than libuv takes at a time",
  unless(uvSkipped || (sanitized && "descriptors, not memory")),
  async () => {
    assertClean(await run("refuseWithoutSpinning", [1100]));
  },
);

// The promises to 13 leave less than the first datagram needs; those to 10 less than the second.
for (const waiting of [13, 10]) {
  test(`large Unix datagrams are received whole while ${waiting} connections have been promised memory`, native, async () => {
    assertClean(await run("receiveWholeDatagrams", [waiting]));
  });
}

test("what cannot be refused waits in order while the ring is full", native, async () => {
  assertClean(await run("overflowInOrder", [100]));
});

test("more submissions than the ring holds leave in order", native, async () => {
  assertClean(await run("submitBeyondCapacity", []));
});
