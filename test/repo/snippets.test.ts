/** The TypeScript blocks of the documents and doc comments compile, and print what they say. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, it } from "vitest";
import ts from "typescript";
import { uvSkipped } from "../support/loops.js";
import { unless } from "../support/unless.js";
import { allSnippets, instrumented, type Snippet } from "./snippets.js";
import { root } from "./tree.js";

/** Inside the package, where `import ... from "uvio"` finds it. */
const folder = path.join(root, "build", `snippets-${process.pid}`);

const PRELUDE = `
import { format } from "node:util";
globalThis.__printed = (line, ...values) => console.log(JSON.stringify([line, format(...values)]));
`;

function compile(snippets: readonly Snippet[]): Map<string, string[]> {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts"],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ["node"],
    typeRoots: [path.join(root, "node_modules", "@types")],
    strict: true,
    skipLibCheck: true,
  };
  const declarations = path.join(folder, "printed.d.ts");
  writeFileSync(declarations, "declare function __printed(line: number, ...values: unknown[]): void;\n");
  writeFileSync(path.join(folder, "prelude.mjs"), PRELUDE);
  const files = snippets.map((snippet, number) => {
    const file = path.join(folder, `${number}.mts`);
    // A module even where nothing is imported.
    writeFileSync(file, `${instrumented(snippet)}\nexport {};\n`);
    return file;
  });
  const program = ts.createProgram([declarations, ...files], options);
  const errors = new Map<string, string[]>();
  const emitted = program.emit();
  for (const diagnostic of [...ts.getPreEmitDiagnostics(program), ...emitted.diagnostics]) {
    const { file, start } = diagnostic;
    const name = file === undefined ? "" : path.basename(file.fileName, ".mts");
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start ?? 0).line + 1;
    errors.set(name, [...(errors.get(name) ?? []), `line ${line}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n")}`]);
  }
  return errors;
}

function run(number: number): Promise<{ failure: string | null; stdout: string; stderr: string }> {
  const args = ["--import", path.join(folder, "prelude.mjs"), path.join(folder, `${number}.mjs`)];
  const { promise, resolve } = withResolvers<{ failure: string | null; stdout: string; stderr: string }>();
  execFile(process.execPath, args, { timeout: 30_000 }, (error, stdout, stderr) =>
    resolve({ failure: error?.message ?? null, stdout, stderr }),
  );
  return promise;
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((done) => (resolve = done));
  return { promise, resolve };
}

describe("the code in the documents and doc comments", { concurrent: true }, () => {
  const snippets = allSnippets();
  mkdirSync(folder, { recursive: true });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const errors = compile(snippets);

  it("is there", () => {
    assert.ok(snippets.length > 5, `${snippets.length} blocks were found`);
    assert.deepEqual(errors.get("") ?? [], []);
  });

  snippets.forEach((snippet, number) => {
    it(`compiles: ${snippet.place}`, () => {
      assert.deepEqual(errors.get(String(number)) ?? [], []);
    });

    if (!snippet.run) return;
    it(`prints what it says: ${snippet.place}`, unless(snippet.code.includes("uvio/uvloop") && uvSkipped), async () => {
      const { failure, stdout, stderr } = await run(number);
      assert.equal(failure, null, stderr);
      const printed = new Map<number, string[]>();
      for (const line of stdout.split("\n").filter((text) => text.startsWith("["))) {
        const [at, text] = JSON.parse(line) as [number, string];
        printed.set(at, [...(printed.get(at) ?? []), text.trimEnd()]);
      }
      for (const [at, text] of snippet.prints) assert.deepEqual(printed.get(at), [text], `line ${at + 1} of the block`);
    });
  });
});
