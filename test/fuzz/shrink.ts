/**
 * Makes a program that differs from CPython as small as it can, by leaving out operations as long as it differs:
 *
 *   node build/js/test/fuzz/shrink.js FILE SEED [--python PATH] [--loop node|uv] [--style generator|lazy|async|mixed]
 *
 * Needs CPython 3.13, which says what each smaller program prints.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import type { LoopKind } from "../support/loops.js";
import { testFile } from "../support/paths.js";
import { differences, type Difference, type Style } from "./play.js";
import { readPrograms, type Op, type Program } from "./programs.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: "string", default: "python3.13" },
    loop: { type: "string", default: "node" },
    style: { type: "string", default: "generator" },
  },
});
const [file, seed] = positionals;
const found = file === undefined ? undefined : readPrograms(file).find((program) => program.seed === Number(seed));
if (found === undefined)
  throw new Error("usage: shrink.js FILE SEED [--python PATH] [--loop KIND] [--style STYLE]; the file must have the seed");

const folder = mkdtempSync(path.join(tmpdir(), "uvio-shrink-"));
process.on("exit", () => rmSync(folder, { recursive: true }));
// A program that differs may leave awaits behind that reject later.
process.on("unhandledRejection", () => {});

/** Every list of operations that has one of them less, or its body in its place. */
function* smallerLists(ops: readonly Op[]): Generator<Op[]> {
  for (let i = 0; i < ops.length; i++) {
    const before = ops.slice(0, i);
    const after = ops.slice(i + 1);
    yield [...before, ...after];
    const op = ops[i]!;
    if ("b" in op && op.k !== "gnew") yield [...before, ...op.b, ...after];
    for (const smaller of smallerOps(op)) yield [...before, smaller, ...after];
  }
}

function* smallerOps(op: Op): Generator<Op> {
  for (const field of ["b", "h", "f", "s"] as const) {
    const ops = (op as unknown as Record<string, unknown>)[field];
    if (Array.isArray(ops) && (ops.length === 0 || typeof ops[0] === "object"))
      for (const smaller of smallerLists(ops as Op[])) yield { ...op, [field]: smaller } as Op;
  }
  if (!("c" in op)) return;
  for (const [i, ops] of op.c.entries()) {
    yield { ...op, c: op.c.filter((_, j) => j !== i) };
    for (const smaller of smallerLists(ops)) yield { ...op, c: op.c.with(i, smaller) };
  }
}

function record(programs: readonly Program[]): Program[] {
  const input = path.join(folder, "in.jsonl");
  const output = path.join(folder, "out.jsonl.gz");
  writeFileSync(input, programs.map((program) => JSON.stringify({ ...program, out: undefined }) + "\n").join(""));
  const result = spawnSync(values.python, ["-B", testFile("fuzz", "record.py"), "--programs", input, output], { encoding: "utf8" });
  if (result.status !== 0) throw new Error(`${values.python}: ${result.error?.message ?? result.stderr}`);
  return readPrograms(output);
}

const sizeOf = (program: Program): number => JSON.stringify(program.ops).length;

let best: Difference | undefined = (await differences([found], values.loop as LoopKind, values.style as Style, 1))[0];
if (best === undefined) throw new Error(`program ${seed} prints what CPython prints`);
for (;;) {
  const { program }: Difference = best;
  const candidates = [...smallerLists(program.ops)].map((ops) => ({ ...program, ops }));
  const recorded = record(candidates).sort((a, b) => sizeOf(a) - sizeOf(b));
  let smaller: Difference | undefined;
  for (const candidate of recorded) {
    [smaller] = await differences([candidate], values.loop as LoopKind, values.style as Style, 1);
    if (smaller !== undefined) break;
  }
  if (smaller === undefined) break;
  best = smaller;
}
console.log(JSON.stringify({ ...best.program, out: undefined }));
for (let i = 0; i < Math.max(best.out.length, best.program.out.length); i++) {
  const [expected, actual] = [best.program.out[i], best.out[i]];
  console.log(actual === expected ? `  ${actual}` : `! ${String(expected)}   <- CPython; uvio -> ${String(actual)}`);
}
