/**
 * Reads an example file. Its first line says what it shows, and a comment at its end contains the output that it must print:
 *
 *     // prints:
 *     //   a line
 *     //   … stands for anything within a line
 *
 * `// prints to stderr:` starts the output to stderr, which must be empty if this is missing. `// prints (the native loop, openssl):`
 * lists what the example needs: the native loop, or commands.
 */
import { readFileSync } from "node:fs";

export interface Example {
  /** The sentence of its first line. */
  readonly line: string;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  readonly nativeOnly: boolean;
  /** Commands it runs. */
  readonly commands: readonly string[];
}

const BLOCK = /^\/\/ prints( to stderr)?(?: \((.+)\))?:$/;

export function readExample(file: string): Example {
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  const line = /^\/\/ ([^ ].*[.?!])$/.exec(lines[0]!)?.[1];
  if (line === undefined) throw new Error(`${file}: the first line must be a comment, a sentence that says what the example shows`);
  const output: { stdout: string[]; stderr: string[] } = { stdout: [], stderr: [] };
  const needs: string[] = [];
  let current: string[] | null = null;
  for (const text of lines) {
    const head = BLOCK.exec(text);
    if (head !== null) {
      current = output[head[1] === undefined ? "stdout" : "stderr"];
      if (head[2] !== undefined) needs.push(...head[2].split(", "));
    } else if (text.startsWith("//")) {
      current?.push(text.slice("//   ".length));
    } else {
      current = null;
    }
  }
  if (output.stdout.length + output.stderr.length === 0)
    throw new Error(`${file}: it must say at its end what it prints, after "// prints:"`);
  return { line, ...output, nativeOnly: needs.includes("the native loop"), commands: needs.filter((need) => need !== "the native loop") };
}

/** The printed lines, each replaced by the expected one it matches: so that a difference shows as the line that differs. */
export function matched(printed: string, expected: readonly string[]): string[] {
  const lines = printed === "" ? [] : printed.replace(/\n$/, "").split("\n");
  return lines.map((line, at) => (expected[at] !== undefined && pattern(expected[at]).test(line) ? expected[at] : line));
}

function pattern(expected: string): RegExp {
  const parts = expected.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
}
