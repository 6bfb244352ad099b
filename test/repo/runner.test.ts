/** The test runner runs every test file, hides itself from child processes, and leaves modules to Node. */
import assert from "node:assert/strict";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { describe, it } from "vitest";
import * as asyncio from "uvio";
import { filesUnder, root } from "./tree.js";

interface Config {
  test: { projects: { test: { name: string; include: string[]; env?: Record<string, string> } }[] };
}

describe("the test runner", () => {
  it("shows nothing of itself in the environment and the arguments that children take over", () => {
    assert.deepEqual(
      Object.keys(process.env).filter((name) => /^VITEST|^NODE_ENV$|^NODE_OPTIONS$/.test(name)),
      [],
    );
    assert.deepEqual(process.execArgv, []);
  });

  it("leaves modules to Node: there is one uvio, by whichever name", async () => {
    const url = import.meta.resolve("uvio");
    assert.equal(url, pathToFileURL(path.join(root, "dist", "index.js")).href);
    assert.equal(((await import(url)) as typeof asyncio).run, asyncio.run);
    assert.equal(new URL(import.meta.url).pathname, path.join(root, "build", "js", "test", "repo", "runner.test.js"));
  });

  it("runs every test file, in one project or once for each loop", async () => {
    const { default: config } = (await import(pathToFileURL(path.join(root, "vitest.config.mjs")).href)) as { default: Config };
    const runs = new Map<string, string[]>();
    for (const { test } of config.test.projects) {
      for (const file of test.include) runs.set(file, [...(runs.get(file) ?? []), test.env?.["UVIO_LOOPS"] ?? "both"]);
    }
    const files = filesUnder("test", /\.test\.ts$/).map((file) => `build/js/${file.replace(/\.ts$/, ".js")}`);
    assert.deepEqual([...runs.keys()].sort(), files.sort());
    for (const [file, kinds] of runs) assert.ok(["both", "uv", "uv,node"].includes(kinds.join()), `${file}: ${kinds.join()}`);
  });
});
