/** Runs recorded programs on uvio and compares each line with CPython's. */
import * as asyncio from "uvio";
import { makeLoop, type LoopKind } from "../support/loops.js";
import { random } from "../support/random.js";
import { SPELLINGS, Writer, type Spelling } from "../support/spellings.js";
import { Interpreter } from "./interpreter.js";
import type { Program } from "./programs.js";

/** A spelling, or a mix of all, chosen for each call from a seed. */
export type Style = Spelling | "mixed";
export const STYLES: readonly Style[] = [...SPELLINGS, "mixed"];

/** A program whose output differs. */
export interface Difference {
  readonly program: Program;
  readonly out: string[];
}

/** An eager task of an async function runs to its first `await` only; see docs/asyncio-differences.md. */
export function canPlay(program: Program, style: Style): boolean {
  return program.eager === undefined || style === "generator" || (program.eager === "waiting" && style !== "mixed");
}

function writerFor(program: Program, style: Style, seed: number): Writer {
  if (style !== "mixed") return new Writer(style);
  const next = random(seed * 1_000_003 + program.seed);
  return new Writer(() => SPELLINGS[Math.floor(next() * SPELLINGS.length)]!);
}

/** Returns what the program prints. */
export async function play(program: Program, kind: LoopKind, style: Style, seed: number): Promise<string[]> {
  const loop = makeLoop(kind);
  // Most programs never retrieve some error. While the loop runs, their own handler gets the reports; after it they would go to stderr.
  asyncio.reportUnretrievedAfter(1);
  const interpreter = new Interpreter(program, writerFor(program, style, seed));
  try {
    await loop.runUntilComplete(interpreter.main.lazy());
  } catch (error) {
    interpreter.out.push(`main failed: ${String(error)}`);
  } finally {
    loop.close();
    asyncio.reportUnretrievedAfter(0);
  }
  return interpreter.out;
}

/** Returns those programs that print something else than CPython, the shortest first. */
export async function differences(programs: readonly Program[], kind: LoopKind, style: Style, seed: number): Promise<Difference[]> {
  const different: Difference[] = [];
  for (const program of programs) {
    const out = await play(program, kind, style, seed);
    if (out.join("\n") !== program.out.join("\n")) different.push({ program, out });
  }
  return different.sort((a, b) => a.program.out.length - b.program.out.length);
}
