/**
 * Runs the programs of a file of record.py in every spelling on both loops, in this process, and prints those that differ from CPython,
 * the shortest first:
 *
 *   node build/js/test/fuzz/run.js FILE [--loop node|uv] [--style generator|lazy|async|mixed] [--mix-seed N] [--show]
 *
 * `--show` prints both outputs of the shortest. The exit code is 1 if any program differs.
 */
import { parseArgs } from "node:util";
import { LOOP_KINDS, type LoopKind } from "../support/loops.js";
import { canPlay, differences, STYLES, type Style } from "./play.js";
import { readPrograms } from "./programs.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    loop: { type: "string", multiple: true },
    style: { type: "string", multiple: true },
    "mix-seed": { type: "string", default: "1" },
    show: { type: "boolean" },
  },
});
const [file] = positionals;
if (file === undefined) throw new Error("usage: run.js FILE [--loop node|uv] [--style generator|lazy|async|mixed] [--mix-seed N] [--show]");
const programs = readPrograms(file);

// An await that a failed program leaves behind may reject later. It must not end the process.
process.on("unhandledRejection", (error) => console.log(`unhandled rejection: ${String(error)}`));

for (const kind of (values.loop as LoopKind[] | undefined) ?? LOOP_KINDS) {
  for (const style of (values.style as Style[] | undefined) ?? STYLES) {
    const own = programs.filter((program) => canPlay(program, style));
    const started = performance.now();
    const different = await differences(own, kind, style, Number(values["mix-seed"]));
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${kind} ${style}: ${own.length - different.length} of ${own.length} equal, ${seconds} s`);
    if (different.length === 0) continue;
    process.exitCode = 1;
    for (const { program, out } of different) {
      const line = out.findIndex((text, i) => text !== program.out[i]);
      console.log(`  ${program.seed}: line ${line + 1} of ${program.out.length}: "${program.out[line]}", uvio "${out[line]}"`);
    }
    if (values.show !== true) continue;
    const { program, out } = different[0]!;
    console.log(`  ops ${JSON.stringify(program.ops)}`);
    for (let i = 0; i < Math.max(out.length, program.out.length); i++) {
      const same = out[i] === program.out[i];
      console.log(same ? `    ${out[i]}` : `  ! ${String(program.out[i])}   <- CPython; uvio -> ${String(out[i])}`);
    }
  }
}
