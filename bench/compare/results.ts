/** Reads files of bench/results/. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { root } from "../root.js";
import type { Results } from "./changes.js";

const folder = path.join(root, "bench", "results");

/** Reads a file of results: a path, or a name in bench/results/. Throws an error with a way out if it is not one. */
export function readResults(file: string): Results {
  return parseResults(file, textOf(file));
}

export function parseResults(file: string, text: string): Results {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is not JSON (${(error as Error).message}); expected a file that npm run bench has written`, { cause: error });
  }
  const { outcomes, machine, columns } = (content ?? {}) as Partial<Results> & { columns?: unknown };
  if (columns !== undefined) throw new Error(`${file} has the results of npm run bench:micro; expected those of npm run bench`);
  const isOutcome = (outcome: Partial<Results["outcomes"][0]> | null) =>
    typeof outcome?.scenario?.name === "string" &&
    Array.isArray(outcome.trials) &&
    outcome.trials.every((trial) => typeof trial?.peer === "string");
  if (machine === undefined || !Array.isArray(outcomes) || !outcomes.every(isOutcome)) {
    throw new Error(`${file} has no "machine" and "outcomes" with scenarios and trials; expected a file that npm run bench has written`);
  }
  if (outcomes.length === 0) throw new Error(`${file} has no measured scenario: its run was interrupted before the first one ended`);
  return { machine, outcomes };
}

function textOf(file: string): string {
  for (const candidate of [path.resolve(file), path.join(folder, file)]) {
    try {
      return readFileSync(candidate, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT")
        throw new Error(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
    }
  }
  throw new Error(`${file} does not exist, neither here nor in bench/results/, which has ${newest()}`);
}

function newest(): string {
  let names: string[] = [];
  try {
    names = readdirSync(folder).filter((name) => /^\d.*\.json$/.test(name));
  } catch {
    // Nothing was measured yet.
  }
  return names.length === 0 ? "no results; npm run bench writes them" : names.sort().slice(-5).join(", ");
}
