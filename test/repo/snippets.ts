/** Finds the TypeScript blocks of the documents and doc comments. */
import { filesUnder, read } from "./tree.js";

export interface Snippet {
  /** Where its first line is: "README.md:12". */
  place: string;
  /** The code. In front of a block marked ```ts continued stands the code of the block before it. */
  code: string;
  /** ```ts no-run: compiled, but not run, because it runs for ever. */
  run: boolean;
  /** The output that the comment of each console.log line promises, by line of the code (from 0). */
  prints: Map<number, string>;
}

const FENCE = /^```ts\b(.*)$/;
const PRINTS = /\bconsole\.log\(.*\);\s*\/\/ (.+)$/;

export function allSnippets(): Snippet[] {
  const documents = ["README.md", "CONTRIBUTING.md", ...filesUnder("docs", /\.md$/)];
  return [
    ...documents.flatMap((file) => snippetsIn(file, read(file).split("\n"))),
    ...filesUnder("src", /\.ts$/).flatMap((file) => snippetsIn(file, commentLines(read(file)))),
  ];
}

/** The text with everything but the doc comments' contents blanked, line numbers kept. */
function commentLines(text: string): string[] {
  let inside = false;
  return text.split("\n").map((line) => {
    if (/^\s*\/\*\*/.test(line)) inside = true;
    const content = inside ? line.replace(/^\s*\*( |$)/, "") : "";
    if (line.includes("*/")) inside = false;
    return content;
  });
}

function snippetsIn(file: string, lines: readonly string[]): Snippet[] {
  const found: Snippet[] = [];
  for (let at = 0; at < lines.length; at++) {
    const fence = FENCE.exec(lines[at]!);
    if (fence === null) continue;
    const end = lines.indexOf("```", at + 1);
    if (end < 0) throw new Error(`${file}:${at + 1}: the block has no end`);
    const before = fence[1]!.includes("continued") ? (found.at(-1)?.code.split("\n") ?? []) : [];
    const block = [...before, ...lines.slice(at + 1, end)];
    const prints = new Map<number, string>();
    block.forEach((line, number) => {
      const printed = PRINTS.exec(line)?.[1];
      if (printed !== undefined) prints.set(number, printed.trim());
    });
    found.push({ place: `${file}:${at + 2}`, code: block.join("\n"), run: !fence[1]!.includes("no-run"), prints });
    at = end;
  }
  return found;
}

/** The code, with console.log lines that promise an output reporting it by line. */
export function instrumented({ code, prints }: Snippet): string {
  return code
    .split("\n")
    .map((line, number) => (prints.has(number) ? line.replace("console.log(", `__printed(${number}, `) : line))
    .join("\n");
}
