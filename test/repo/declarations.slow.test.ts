/** The published types compile in a user's project that checks libraries, whichever way it resolves modules. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "vitest";
import ts from "typescript";
import { root } from "./tree.js";

const { exports } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as { exports: Record<string, unknown> };
const entries = Object.keys(exports)
  .filter((entry) => entry !== "./package.json")
  .map((entry) => path.posix.join("uvio", entry));

for (const [name, module, moduleResolution] of [
  ["node16", ts.ModuleKind.Node16, ts.ModuleResolutionKind.Node16],
  ["nodenext", ts.ModuleKind.NodeNext, ts.ModuleResolutionKind.NodeNext],
  ["bundler", ts.ModuleKind.ESNext, ts.ModuleResolutionKind.Bundler],
] as const) {
  test(`the declarations of ${entries.join(", ")} compile with skipLibCheck off: ${name}`, (t) => {
    // Inside the package, where `import ... from "uvio"` finds it.
    const folder = path.join(root, "build", `declarations-${name}-${process.pid}`);
    mkdirSync(folder, { recursive: true });
    t.onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = path.join(folder, "user.mts");
    writeFileSync(file, entries.map((entry) => `import ${JSON.stringify(entry)};\n`).join(""));
    const program = ts.createProgram([file], {
      target: ts.ScriptTarget.ES2022,
      lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts"],
      module,
      moduleResolution,
      types: ["node"],
      typeRoots: [path.join(root, "node_modules", "@types")],
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      skipLibCheck: false,
    });
    const seen = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(path.join(root, "dist")));
    assert.ok(seen.length > 50, `${seen.length} declaration files of ours`);
    const errors = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
      return `${path.relative(root, file?.fileName ?? "")}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
    });
    assert.deepEqual(errors, []);
  });
}
