/** A large file read by lines, in a process whose memory shows. */
import assert from "node:assert/strict";
import { test } from "vitest";
import { runChild } from "../support/child.js";

/** The most that a process may grow by while it reads 64 MiB in blocks of 64 KiB. */
const BOUND_MIB = 32;

const program = (spelling: string): string => `
import * as asyncio from "uvio";
import * as aiofiles from "uvio/aiofiles";

const LINES = 640_000;
const line = "x".repeat(99) + "\\n";

async function write(path) {
  await asyncio.asyncWith(aiofiles.open(path, "w"), async (file) => {
    for (let i = 0; i < LINES / 1000; i++) await file.write(line.repeat(1000));
  });
}

let lines = 0;
let most = 0;
let before = 0;
function count(text) {
  if (text !== line) throw new Error("a wrong line");
  if (++lines % 10_000 === 0) most = Math.max(most, process.memoryUsage.rss());
}

const readers = {
  async: async (path) =>
    await asyncio.asyncWith(aiofiles.open(path), async (file) => {
      for await (const text of file) count(text);
    }),
  generator: asyncio.coroutine(function* (path) {
    yield* asyncio.asyncWith(aiofiles.open(path), function* (file) {
      for (let text = yield* file.readline(); text !== ""; text = yield* file.readline()) count(text);
    });
  }),
};

await asyncio.run(() =>
  asyncio.asyncWith(aiofiles.tempfile.TemporaryDirectory(), async (folder) => {
    await write(folder + "/large");
    before = process.memoryUsage.rss();
    await readers["${spelling}"](folder + "/large");
  }),
);
console.log(JSON.stringify({ lines, grown: (most - before) / 2 ** 20 }));
`;

for (const spelling of ["async", "generator"]) {
  test(`a file of 64 MiB is read by lines in bounded memory (${spelling})`, async () => {
    // A small young generation, so that V8 collects garbage soon and the growth measured is not garbage.
    const { code, stdout, stderr } = await runChild(program(spelling), { nodeArgs: ["--max-semi-space-size=4"], deadline: 55 });
    assert.equal(code, 0, stderr);
    const { lines, grown } = JSON.parse(stdout) as { lines: number; grown: number };
    assert.equal(lines, 640_000);
    assert.ok(grown < BOUND_MIB, `grown by ${grown.toFixed(1)} MiB`);
  });
}
