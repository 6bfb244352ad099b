/** The check of the prose (scripts/prose.mjs) finds bad comments, with their lines, and passes good ones. */
import assert from "node:assert/strict";
import path from "node:path";
import { describe, it } from "vitest";
import { pathToFileURL } from "node:url";
import { root } from "./tree.js";

interface Finding {
  line: number;
  words: string;
  rule: number;
}

type Check = (file: string, text: string, strings?: boolean) => Finding[];

const { checkProse } = (await import(pathToFileURL(path.join(root, "scripts", "prose.mjs")).href)) as { checkProse: Check };

function found(file: string, text: string, strings = true): string[] {
  return checkProse(file, text, strings).map(({ line, words, rule }) => `${line} ${rule} ${words}`);
}

describe("the check of the prose", () => {
  it("finds each rule's wordings in comments of TypeScript", () => {
    const bad = [
      "/** What is left to read. */",
      "// A call that often needs not wait, and has not a result.",
      "/** TypeError for a value that is no Readable. Nobody is told. */",
      "/** A Readable of ours. */",
      "// The same.",
      "// Of datagrams.",
      "// It is made anew.",
    ];
    assert.deepEqual(found("a.ts", bad.join("\n\n")), [
      "1 1 What",
      "3 2 needs not",
      "3 2 has not",
      "5 2 is no",
      "5 3 Nobody",
      "5 3 told",
      "7 4 of ours",
      "9 6 The same.",
      "11 6 Of",
      "13 8 anew",
    ]);
  });

  it("passes what is right", () => {
    const good = [
      "/** Returns the rest. There is no limit; it has not started, and has not yet been read. */",
      "// Who closes it? What if it is closed twice?",
      "// Set by `whom()`, and of course no longer needed.",
      "/** Lines are told apart by their ends. Users who cancel get CancelledError. */",
    ];
    assert.deepEqual(found("a.ts", good.join("\n\n")), []);
  });

  it("reads sentences across lines, and names the line of the words", () => {
    assert.deepEqual(found("a.ts", "/**\n * Takes it all the\n * same, and needs\n * not wait.\n */\n// It is\n// no list."), [
      "2 8 all the same",
      "3 2 needs not",
      "6 2 is no",
    ]);
  });

  it("reads messages, between templates and regular expressions too, where strings are checked", () => {
    const text = "throw new TypeError(`${/[`'\"]/.test(a) ? `{${b}` : 1} is no list`); // of ours";
    assert.deepEqual(found("a.ts", text), ["1 2 is no", "1 4 of ours"]);
    assert.deepEqual(found("a.ts", text, false), ["1 4 of ours"]);
    assert.deepEqual(found("a.ts", 'const meanwhile = whom / 2 / who; "anew"'), []);
  });

  it("reads C++, and Markdown outside code", () => {
    assert.deepEqual(found("a.cc", '// Of datagrams.\nfail("what is no file");\n/* whoever */ int whom;'), [
      "1 6 Of",
      "2 2 is no",
      "3 1 whoever",
    ]);
    assert.deepEqual(found("a.md", "# Title\n\n```ts\nwhom(); // of ours\n```\n\n- A list: `whom`.\n- It is made\n  anew.\n"), [
      "9 8 anew",
    ]);
  });
});
