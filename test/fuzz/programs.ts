/** The recorded programs. README.md says where they come from, and interpret.py defines what each operation does. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { testFile } from "../support/paths.js";

export type Op =
  | { k: "log" | "s0" | "soon" | "self" | "raise" | "put" | "get" | "setev" }
  | { k: "afut" | "sfut" | "efut" | "cfut" | "shieldf"; f: number }
  | { k: "cancel"; t: number; m: string | null }
  | { k: "atask" | "shieldt"; t: number }
  | { k: "spawn" | "call" | "shield" | "wf" | "wf0" | "swallow" | "eager"; b: Op[] }
  | { k: "lock"; b: Op[]; l: number }
  | { k: "timeout" | "deadline"; b: Op[]; n: number | null }
  | { k: "try" | "nestfin"; b: Op[]; h: Op[]; f: Op[]; sw: boolean }
  | { k: "gather"; c: Op[][]; re: boolean }
  | { k: "gathert"; t: number[]; f: number[]; re: boolean }
  | { k: "gathercancel"; c: Op[][]; b: Op[]; re: boolean }
  | { k: "tg"; c: Op[][]; b: Op[] }
  | { k: "tgadd"; t: number; b: Op[] }
  | { k: "wait"; t: number[]; fc: boolean }
  | { k: "wft"; t: number; n: number | null }
  | { k: "reschedule"; t: number; n: number | null }
  | { k: "uncancel"; t: number | null }
  | { k: "cancels"; t: number | null; s: string }
  | { k: "completed"; c: Op[][]; t: number[]; b: Op[]; async: boolean; n: number | null; brk: number | null }
  | { k: "agen"; b: Op[]; h: Op[]; brk: boolean }
  | { k: "gnew"; i: number; b: Op[]; h: Op[]; in: "lock" | "timeout" | "group" | null }
  | { k: "gnext" | "gclose"; i: number }
  | { k: "gsend"; i: number; x: number | null }
  | { k: "gthrow"; i: number; x: "boom" | "cancelled" }
  | { k: "gfor"; i: number; b: Op[]; brk: number | null }
  | { k: "afor"; b: Op[]; s: Op[]; x: number; brk: number | null }
  | {
      k: "ewait" | "eset" | "eclear" | "cwait" | "cnotifyraw" | "cwaitraw" | "sacquire" | "srelease" | "bwait" | "babort" | "breset";
      i: number;
    }
  | { k: "condition" | "semaphore" | "barrier"; i: number; b: Op[] }
  | { k: "cwaitfor" | "qput" | "qputnow"; i: number; x: number }
  | { k: "cnotify"; i: number; x: number | null }
  | { k: "qget" | "qgetnow" | "qdone" | "qjoin"; i: number }
  | { k: "qshutdown"; i: number; now: boolean }
  | { k: "factory"; on: boolean };

export interface Program {
  readonly seed: number;
  /**
   * Whether it uses eager tasks. Those of "waiting" wait for a turn before they run operations, and so does the task that starts them. Those
   * of "any" may run operations, and even end, before the call that starts them returns, which async functions cannot.
   */
  readonly eager?: "waiting" | "any";
  readonly ops: Op[];
  /** The lines that CPython printed. */
  readonly out: string[];
}

/** The names of the recorded files. */
export const MIXES = ["core", "wide"] as const;

/** Returns the programs of a file that record.py has written. */
export function readPrograms(file: string): Program[] {
  const bytes = readFileSync(file);
  return (file.endsWith(".gz") ? gunzipSync(bytes) : bytes)
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Program);
}

/** Returns all recorded programs; with RECORDED=file those of that file instead. */
export function recordedPrograms(): Program[] {
  const file = process.env["RECORDED"];
  return file === undefined ? MIXES.flatMap((mix) => readPrograms(testFile("fuzz", `${mix}.jsonl.gz`))) : readPrograms(file);
}
