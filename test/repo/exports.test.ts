/** The entry points' exports, and the names that the documents promise. */
import assert from "node:assert/strict";
import { describe, it } from "vitest";
import ts from "typescript";
import * as asyncio from "uvio";
import * as uvloop from "uvio/uvloop";
import { filesUnder, read } from "./tree.js";

interface Exported {
  name: string;
  from: string;
  isType: boolean;
}

/** Returns the names that an entry point exports. An `export *` is an error, because one place lists all public names. */
function exportsOf(file: string): Exported[] {
  const source = ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest);
  const found: Exported[] = [];
  for (const statement of source.statements) {
    if (ts.isExportDeclaration(statement)) {
      const clause = statement.exportClause;
      assert.ok(clause !== undefined && ts.isNamedExports(clause), `${file}: only named exports`);
      const from = statement.moduleSpecifier === undefined ? file : (statement.moduleSpecifier as ts.StringLiteral).text;
      for (const one of clause.elements) found.push({ name: one.name.text, from, isType: statement.isTypeOnly || one.isTypeOnly });
    } else if (ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) {
      const declared = ts.isVariableStatement(statement)
        ? statement.declarationList.declarations.map((one) => one.name)
        : [(statement as ts.FunctionDeclaration).name];
      const isType = ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement);
      for (const name of declared) found.push({ name: (name as ts.Identifier).text, from: file, isType });
    }
  }
  return found;
}

const index = exportsOf("src/index.ts");
const entry = exportsOf("src/uvloop.ts");

describe("index.ts", () => {
  it("exports each name once", () => {
    const names = index.map(({ name }) => name);
    assert.deepEqual(
      names.filter((name, at) => names.indexOf(name) !== at),
      [],
    );
  });

  it("re-exports only: it has no code of its own", () => {
    assert.deepEqual(
      index.filter(({ from }) => from === "src/index.ts"),
      [],
    );
  });

  it("exports at run time what it says, and nothing else", () => {
    const values = index.filter(({ isType }) => !isType).map(({ name }) => name);
    assert.deepEqual(Object.keys(asyncio).sort(), values.sort());
  });

  it("has no export that is undefined, as a cycle between modules would leave one", () => {
    for (const [name, value] of Object.entries(asyncio)) assert.notEqual(value, undefined, name);
    for (const [name, value] of Object.entries(uvloop)) assert.notEqual(value, undefined, name);
  });
});

describe("what the documents promise", () => {
  const documents = ["README.md", ...filesUnder("docs", /\.md$/)];
  const known = { asyncio: new Set(index.map(({ name }) => name)), uvloop: new Set(entry.map(({ name }) => name)) };

  for (const document of documents) {
    it(`exists: ${document}`, () => {
      // In code only; prose may speak of Python's asyncio.
      const code = [...read(document).matchAll(/```ts\b[\s\S]*?```|`[^`\n]+`/g)].map(([text]) => text).join("\n");
      const missing = [...code.matchAll(/(?<![\w./"'-])(asyncio|uvloop)\.([A-Za-z]\w*)/g)]
        .filter(([, module, name]) => !known[module as "asyncio" | "uvloop"].has(name!))
        .map(([text]) => text);
      assert.deepEqual(missing, []);
    });
  }
});

describe("README's table of what there is", () => {
  const rows = [...read("README.md").matchAll(/^\| [^|]+ \| ([^|]+) \| (yes|not yet) \|$/gm)].map(([, names, here]) => ({
    names: [...names!.matchAll(/`([\w.]+)`/g)].map(([, name]) => name!),
    here: here === "yes",
  }));

  it("is found", () => {
    assert.ok(rows.some(({ here }) => here));
  });

  it("names what is exported, and says of nothing exported that it is not there yet", () => {
    const wrong = rows.flatMap(({ names, here }) =>
      names.filter((name) => isThere(name) !== here).map((name) => `${name}: ${here ? "yes" : "not yet"}`),
    );
    assert.deepEqual(wrong, []);
  });

  function isThere(name: string): boolean {
    const [owner, member] = name.split(".");
    if (member === undefined) return index.some((one) => one.name === name);
    if (owner === "uvloop") return entry.some((one) => one.name === member);
    assert.equal(owner, "loop", name);
    return member in asyncio.NodeEventLoop.prototype;
  }
});
