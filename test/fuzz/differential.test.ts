/**
 * Runs the recorded programs in every spelling on both loops and compares each line with CPython's. PROGRAM=seed runs one of them only,
 * SEED=n seeds the mix of spellings, RECORDED=file takes other programs.
 */
import assert from "node:assert/strict";
import { test } from "vitest";
import { LOOP_KINDS, makeLoop, loopSkipped, type LoopKind } from "../support/loops.js";
import { random } from "../support/random.js";
import { SPELLINGS, Writer, type Spelling } from "../support/spellings.js";
import { unless } from "../support/unless.js";
import { Interpreter } from "./interpreter.js";
import { readPrograms, type Program } from "./programs.js";

const only = process.env["PROGRAM"];
const seed = Number(process.env["SEED"] ?? 1);
const programs = readPrograms(process.env["RECORDED"]).filter((program) => only === undefined || program.seed === Number(only));

async function play(program: Program, kind: LoopKind, writer: Writer): Promise<string[]> {
  const loop = makeLoop(kind);
  const interpreter = new Interpreter(writer);
  try {
    await loop.runUntilComplete(interpreter.main.lazy(program.ops));
  } catch (error) {
    interpreter.out.push(`main failed: ${String(error)}`);
  } finally {
    loop.close();
  }
  return interpreter.out;
}

/** A new writer for each program. */
const writers: Record<Spelling | "mixed", (program: Program) => Writer> = {
  generator: () => new Writer("generator"),
  lazy: () => new Writer("lazy"),
  async: () => new Writer("async"),
  mixed: (program) => {
    const next = random(seed * 1_000_003 + program.seed);
    return new Writer(() => SPELLINGS[Math.floor(next() * SPELLINGS.length)]!);
  },
};

for (const kind of LOOP_KINDS) {
  for (const [spelling, makeWriter] of Object.entries(writers)) {
    const seeded = spelling === "mixed" ? ` with seed ${seed}` : "";
    test(`random programs print what CPython prints: ${spelling}${seeded} [${kind}]`, unless(loopSkipped(kind)), async () => {
      const different: { program: Program; out: string[] }[] = [];
      for (const program of programs) {
        const out = await play(program, kind, makeWriter(program));
        if (out.join("\n") !== program.out.join("\n")) different.push({ program, out });
      }
      const equal = `${programs.length - different.length} of ${programs.length} equal`;
      console.log(`${spelling} [${kind}]: ${equal}`);
      if (different.length === 0) return;
      const { program, out } = different.sort((a, b) => a.program.out.length - b.program.out.length)[0]!;
      assert.deepEqual(
        out,
        program.out,
        `${equal}; different: ${different.map((one) => one.program.seed).join(" ")}; the shortest is ${program.seed}`,
      );
    });
  }
}
