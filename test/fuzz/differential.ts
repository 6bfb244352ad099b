/** The tests of differential.test.ts and differential.slow.test.ts. PROGRAM=seed runs one program only, SEED=n seeds the mix of spellings. */
import assert from "node:assert/strict";
import { test } from "vitest";
import { LOOP_KINDS, loopSkipped } from "../support/loops.js";
import { unless } from "../support/unless.js";
import { canPlay, differences, STYLES } from "./play.js";
import type { Program } from "./programs.js";

const only = process.env["PROGRAM"];
const seed = Number(process.env["SEED"] ?? 1);

/** Registers a test for each loop and each spelling. */
export function comparePrograms(programs: readonly Program[]): void {
  for (const kind of LOOP_KINDS) {
    for (const style of STYLES) {
      const seeded = style === "mixed" ? ` with seed ${seed}` : "";
      const own = programs.filter((program) => canPlay(program, style) && (only === undefined || program.seed === Number(only)));
      test(`${own.length} random programs print what CPython prints: ${style}${seeded} [${kind}]`, unless(loopSkipped(kind)), async () => {
        const different = await differences(own, kind, style, seed);
        if (different.length === 0) return;
        const { program, out } = different[0]!;
        const seeds = different.map((one) => one.program.seed).join(" ");
        assert.deepEqual(out, program.out, `${different.length} of ${own.length} differ: ${seeds}; the shortest is ${program.seed}`);
      });
    }
  }
}
