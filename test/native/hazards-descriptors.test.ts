/** Hazard 12, descriptors; hazard 14, functions that this Node's libuv may not have. */
import assert from "node:assert/strict";
import { test } from "vitest";
import { uvSkipped } from "../support/loops.js";
import { runChild } from "../support/child.js";
import { unless } from "../support/unless.js";
import { assertClean, sanitized, scenarios } from "./support/scenario.js";

const run = scenarios<typeof import("./scenarios/descriptors.js")>("descriptors");
const linux = process.platform === "linux" ? false : "reads /proc";

test("a descriptor that one loop owns cannot be given to another", unless(uvSkipped), async () => {
  assertClean(await run("adoptTwice", []));
});

test("descriptors go with their handles, and no child process inherits them", unless(uvSkipped || linux), async () => {
  assertClean(await run("closeAll", []));
});

test(
  "a listener survives that no descriptor is left",
  unless(uvSkipped || linux || (sanitized && "the limit is for Node alone")),
  async () => {
    // Only a shell can lower the limit of a process. It has a time limit of its own: killing the child would leave it behind.
    const child = await runChild(
      `import { spawnSync } from "node:child_process";
     const url = ${JSON.stringify(new URL("scenarios/descriptors.js", import.meta.url).href)};
     const program = "const { runOut } = await import(process.argv[1]); await runOut();";
     const command = 'ulimit -n 256; exec "$0" --input-type=module -e "$1" "$2"';
     const { status, signal } = spawnSync("/bin/sh", ["-c", command, process.execPath, program, url], { stdio: "inherit", timeout: 30000 });
     process.exitCode = status ?? signal;`,
      { deadline: 40 },
    );
    assertClean(child);
  },
);

// Hazard 14: lazily bound, a missing function would end the process at its first call. Bound at once, the addon would not load.
test("every function that the addon calls exists in this Node", unless(uvSkipped || linux), async () => {
  const child = await runChild(`import * as uvloop from "uvio/uvloop"; uvloop.newEventLoop().close(); console.log("loaded");`, {
    env: { LD_BIND_NOW: "1" },
    deadline: 100,
  });
  assertClean(child);
  assert.equal(child.stdout, "loaded\n");
});
