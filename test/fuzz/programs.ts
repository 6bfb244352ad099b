/** The recorded programs. README.md says where they come from, and record.py defines what each operation does. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { testFile } from "../support/paths.js";

export type Op =
  | { k: "log" | "s0" | "soon" | "self" | "raise" | "put" | "get" | "setev" }
  | { k: "afut" | "sfut" | "efut" | "cfut"; f: number }
  | { k: "cancel"; t: number; m: string | null }
  | { k: "atask"; t: number }
  | { k: "spawn" | "call" | "shield" | "wf" | "wf0"; b: Op[] }
  | { k: "lock"; b: Op[]; l: number }
  | { k: "timeout"; b: Op[]; n: number | null }
  | { k: "try" | "nestfin"; b: Op[]; h: Op[]; f: Op[]; sw: boolean }
  | { k: "gather"; c: Op[][]; re: boolean }
  | { k: "tg"; c: Op[][]; b: Op[] }
  | { k: "wait"; t: number[]; fc: boolean }
  | { k: "agen"; b: Op[]; h: Op[]; brk: boolean };

export interface Program {
  readonly seed: number;
  readonly ops: Op[];
  /** The lines that CPython printed. */
  readonly out: string[];
}

/** Returns the recorded programs, or those of a file that record.py has written. */
export function readPrograms(file?: string): Program[] {
  if (file !== undefined) return JSON.parse(readFileSync(file, "utf8")) as Program[];
  const text = gunzipSync(readFileSync(testFile("fuzz", "programs.jsonl.gz"))).toString();
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Program);
}
